package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
)

// actsByCommand are the commands that do acts which need a second administrator, by their names.
var actsByCommand = map[string][]approval.Act{
	"users disable":              {approval.DisableUser},
	"users delete":               {approval.DeleteUser},
	"users password":             {approval.ResetUser},
	"users remove-second-factor": {approval.RemoveFactor},
	"keys issue":                 {approval.IssueKeys, approval.WithdrawRoll}, // keys that cannot be written are withdrawn
	"keys revoke":                {approval.RevokeKey, approval.ReplaceKey},
	"keys withdraw":              {approval.WithdrawRoll},
	"elections withdraw":         {approval.WithdrawElection},
}

// noSuchAct are the other commands: they do no such act, and those that write into a data folder say why.
var noSuchAct = map[string]string{
	"serve": "the acts of its pages ask", "demo": "", "rehearse": "", "simulate": "", "allocate": "", "verify": "", "version": "",
	"config check": "", "config show": "", "completion": "", "man": "", "results": "", "setup-link": "a link for the first administrator",
	"elections list": "", "elections import": "creates an election, which no one has confirmed yet", "elections export": "",
	"elections publish": "publishes a draft, which no one has confirmed yet", "elections delete": "deletes a draft, which the public has not seen",
	"participants list": "", "participants delete": "deletes a participant that is in no published election",
	"users add": "an account that waits for a day before it approves or confirms", "users list": "",
	"users enable": "the account waits for a day before it approves or confirms",
	"users accept": "an account that waits for a day before it approves or confirms",
	"users places": "officials and observers only",
	"approve":      "marks the approval that it decides",
	"keys letters": "",
	"keys count":   "",
	"keys open":    "", "keys identity": "",
	"secrets replace": "an event of its own",
	"move":            "an event in the log of each end",
	"backup":          "", "doctor": "", "restore": "an event of its own, and an open point of each election that was open",
	"witness follow": "", "witness key": "", "witnesses list": "",
	"witnesses add": "an event of its own", "witnesses remove": "an event of its own",
}

// onlyOnPages are the acts that no command does.
var onlyOnPages = []approval.Act{
	approval.DemoteUser, approval.LowerConfirmations, approval.RetractBatch, approval.RestoreBatch, approval.LateBatch, approval.ChangeSealing,
	approval.AnnulStation, approval.ReopenStation, approval.RetractProtocol, approval.RestoreProtocol, approval.ReopenProtocol,
	approval.LateProtocol, approval.OpenCorrection,
}

// TestOperator_EachCommandAndEachActIsKnown: a new command, and a new act, has to be entered above.
func TestOperator_EachCommandAndEachActIsKnown(t *testing.T) {
	var found []string
	for _, leaf := range model(t).Leaves(false) {
		found = append(found, strings.TrimPrefix(leaf.FullPath(), "urna "))
	}
	known := slices.Collect(maps.Keys(noSuchAct))
	acts := slices.Clone(onlyOnPages)
	for name, does := range actsByCommand {
		known, acts = append(known, name), append(acts, does...)
	}
	for _, name := range found {
		if !slices.Contains(known, name) {
			t.Errorf("want the command %q entered above", name)
		}
	}
	for _, act := range approval.Acts() {
		if !slices.Contains(acts, act) {
			t.Errorf("want it entered above which command does %s", act)
		}
	}
}

// TestOperator_ActsByCommandAreMarked does each such act by its command, in a folder in which two administrators exist
// and an election is open. Each is marked for the page, in the log, and in what figures and bundles are made of.
func TestOperator_ActsByCommandAreMarked(t *testing.T) {
	data, out := t.TempDir(), t.TempDir()
	cleo := addAdministrators(t, data, "ada", "bea", "dora", "cleo")
	f, err := openFolder(t.Context(), data, app.Options{Parts: app.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Auth.BeginSecondFactor(t.Context(), audit.System(), cleo.ID); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	poll := apptest.NewPoll(t, data, 3, nil) // whose keys a command issued: approval 1
	roll := filepath.Join(out, "roll.csv")
	if err := os.WriteFile(roll, []byte("personal_id\n9001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := []string{"--election", strconv.FormatInt(poll.ElectionID, 10)}
	for i, c := range []struct {
		act   approval.Act
		input string
		args  []string
	}{
		{approval.RemoveFactor, "", []string{"users", "remove-second-factor", "--email", "cleo@example.org"}},
		{approval.ResetUser, "five quite unrelated words\n", []string{"users", "password", "--email", "bea@example.org", "--password-stdin"}},
		{approval.DisableUser, "", []string{"users", "disable", "--email", "cleo@example.org"}},
		{approval.DeleteUser, "", []string{"users", "delete", "--email", "dora@example.org"}},
		{approval.IssueKeys, "", append([]string{"keys", "issue", "--roll", roll, "--out", filepath.Join(out, "keys.csv")}, keys...)},
		{approval.ReplaceKey, "", append([]string{"keys", "revoke", "--reissue", "--personal-id", poll.Keys[0].PersonalID}, keys...)},
		{approval.RevokeKey, "", append([]string{"keys", "revoke", "--personal-id", poll.Keys[1].PersonalID}, keys...)},
		{approval.WithdrawRoll, "", append([]string{"keys", "withdraw", "--roll", "1"}, keys...)},
	} {
		if code, out := runWith(c.input, append(c.args, "--data", data)...); code != 0 {
			t.Fatalf("%q: want exit 0, got %d, %s", c.args, code, out)
		}
		isMarked(t, data, int64(i+2), c.act, poll.ElectionID)
	}
}

// addAdministrators makes administrators in a data folder, which it makes if there is none, and returns the last one.
func addAdministrators(t *testing.T, data string, names ...string) (last auth.User) {
	t.Helper()
	f, err := openFolder(t.Context(), data, app.Options{Create: true, Parts: app.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		last, err = f.Auth.AddUser(t.Context(), audit.System(), auth.NewUser{
			Email: name + "@example.org", Forename: name, Surname: "Person", Role: auth.Administrator, Password: apptest.Password,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return last
}

// isMarked fails the test unless an approval of an act is marked as done by the operator.
func isMarked(t *testing.T, data string, id int64, act approval.Act, electionID int64) {
	t.Helper()
	f, err := openFolder(t.Context(), data, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	onPage, err := f.Approvals.Approval(t.Context(), id)
	if err != nil || onPage.Act != act || !onPage.ByOperator() || onPage.Proposer != commandLine().Name {
		t.Errorf("%s: want it marked for its page, got %+v, %v", act, onPage, err)
	}
	events, err := f.Audit.Events(t.Context(), audit.Filter{Action: "done-by-operator", Subject: fmt.Sprintf("approval %d", id)})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, `"act":"`+string(act)+`"`) || events[0].Actor.From != "command line" {
		t.Errorf("%s: want it marked in the log, got %+v, %v", act, events, err)
	}
	err = f.DB.Read(t.Context(), func(tx *database.Tx) error {
		decided, err := f.Approvals.Decided(t.Context(), tx, []approval.Period{{ElectionID: electionID}})
		of := decided[electionID]
		if last := len(of) - 1; err == nil && (last < 0 || of[last].ID != id || of[last].Outcome != approval.OutcomeByOperator || !of[last].Done) {
			t.Errorf("%s: want it marked in the figures, got %+v", act, of)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestApprove_WithdrawsARoll approves, on the machine, a proposal whose act needs the voter keys.
func TestApprove_WithdrawsARoll(t *testing.T) {
	data := t.TempDir()
	ada := addAdministrators(t, data, "bea", "ada")
	poll := apptest.NewPoll(t, data, 3, nil)
	f, err := openFolder(t.Context(), data, app.Options{Parts: app.VoterKeys})
	if err != nil {
		t.Fatal(err)
	}
	err = f.Votes.Withdraw(t.Context(), ada.Actor("here"), 1, "printed twice")
	if waiting, ok := err.(*approval.Waiting); !ok || waiting.ID != 2 { //nolint:errorlint // it is the answer itself
		t.Fatalf("want it proposed, got %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	code, out := runWith("", "approve", "2", "--reason", "alone here", "--data", data)
	if code != 0 || !strings.Contains(out, "approved by the operator, without a second administrator") {
		t.Fatalf("want it approved, got %d, %s", code, out)
	}
	code, out = runWith("", "keys", "count", "--election", strconv.FormatInt(poll.ElectionID, 10), "--data", data)
	if code != 0 || !strings.HasPrefix(out, "0 keys\n") || !strings.Contains(out, "withdrawn") {
		t.Errorf("want the roll withdrawn, got %d, %s", code, out)
	}
}
