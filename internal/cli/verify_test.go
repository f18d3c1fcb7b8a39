package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/databasetest"
)

// countedFolder makes a data folder with two batches: 40 ballots, one of them invalid; and one ballot beside
// one duplicate.
func countedFolder(t *testing.T) string {
	t.Helper()
	path, actor := t.TempDir(), audit.System()
	apptest.Unpack(t, path)
	f, err := openFolder(t.Context(), path, app.Options{Create: true, Parts: app.Accounts | app.Batches})
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Participants.Create(t.Context(), actor, participants.Draft{Name: "One", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	e, err := f.Elections.Create(t.Context(), actor, elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-2 * time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		PublicView:     elections.RunningCount,
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: p.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	line := func(n, poll int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x,%d\n", n, poll) }
	var first strings.Builder
	for n := range 39 {
		first.WriteString(line(n+1, 1))
	}
	first.WriteString(line(40, 8))
	countAll(t, f, e.ID, first.String(), line(1, 1)+line(41, 1))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// countAll has batches counted, one after the other, in an election's first constituency.
func countAll(t *testing.T, f *app.App, electionID int64, files ...string) {
	t.Helper()
	batches := f.Batches
	if err := batches.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer batches.Stop()
	for _, file := range files {
		b, err := batches.Receive(t.Context(), batch.Delivery{Actor: audit.System(), ElectionID: electionID, FileName: "a.csv"}, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); b.State != batch.Counted; time.Sleep(time.Millisecond) {
			if b, err = batches.Batch(t.Context(), b.ID); err != nil || time.Now().After(deadline) {
				t.Fatalf("want it counted, got %+v, %v", b, err)
			}
		}
	}
}

// tamper goes around the program, straight into the tables.
func tamper(t *testing.T, path, statement string) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(path, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement)
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// verified runs the command and returns what it printed, and whether it ended as with differences.
func verified(t *testing.T, c VerifyCommand) (printed string, differs bool) {
	t.Helper()
	var out bytes.Buffer
	err := c.Run(t.Context(), &Streams{Out: &out, Err: io.Discard})
	exit, differs := errors.AsType[*ExitError](err)
	if err != nil && !differs || differs && exit.Code != 1 {
		t.Fatalf("want success or the exit code 1, got %v", err)
	}
	return out.String(), differs
}

// TestVerify_SaysExactlyWhatWasChanged changes one table after the other behind the program's back.
func TestVerify_SaysExactlyWhatWasChanged(t *testing.T) {
	from := countedFolder(t)
	printed, differs := verified(t, VerifyCommand{dataFlag: dataFlag{Data: from}})
	if differs || !strings.Contains(printed, "40 ballots") && !strings.Contains(printed, "41 ballots") || !strings.Contains(printed, "2 accepted files") {
		t.Fatalf("want nothing to differ and everything compared, got %s", printed)
	}
	head := regexp.MustCompile(`its head is (\w+)`).FindStringSubmatch(printed)
	if head == nil {
		t.Fatalf("want the chain's head, got %s", printed)
	}
	const unlocked = "DROP TRIGGER audit_events_are_not_changed; DROP TRIGGER audit_events_are_not_deleted; "
	const firstBallot = " WHERE guid = (SELECT min(guid) FROM ballots)"
	// keys are two, of which one has voted.
	const keys = `INSERT INTO voter_rolls VALUES (1, 1, 'issued', 2, 0, ''); INSERT INTO voter_key_totals VALUES (1, 2); INSERT INTO voter_flags VALUES (1, 1, x'80');
		INSERT INTO online_ballots VALUES (1, randomblob(16), 1, 1); INSERT INTO online_tallies VALUES (1, 1, 1, 0);
		INSERT INTO voter_keys VALUES (randomblob(16), 1, 1, 32000), (randomblob(16), 1, 1, 32001);
		INSERT INTO keyed_voters SELECT randomblob(16), pair, roll_id FROM voter_keys; `
	for name, c := range map[string]struct{ statement, want string }{
		"a vote moved": {
			"UPDATE ballots SET claim = claim + 7" + firstBallot,
			"batch 1: 2 invalid ballots in the ledger, 1 listed, 1 in the batch's sum",
		},
		"a ballot gone":        {"DELETE FROM ballots" + firstBallot, "constituency 1, poll number 1: the tally says 40, the ledger holds 39"},
		"a ballot added":       {"INSERT INTO ballots VALUES (1, randomblob(16), 1, 100001)", "batch 1, poll number 1: the tally says 39, the ledger holds 40"},
		"a ballot of no batch": {"INSERT INTO ballots VALUES (1, randomblob(16), 9, 100001)", "batch 9: the ledger holds 1 ballots of it, and it is no batch of their election"},
		"a ballot of another election": {
			"UPDATE ballots SET election_id = 2" + firstBallot, "batch 1: the ledger holds 1 ballots of it, and it is no batch of their election",
		},
		"a duplicate forgotten":             {"DELETE FROM invalid_lines WHERE reason = 'duplicate-ballot'", "batch 2: 0 duplicates listed, 1 in the batch's sum"},
		"an invalid one hidden":             {"DELETE FROM invalid_lines WHERE reason <> 'duplicate-ballot'", "batch 1: 1 invalid ballots in the ledger, 0 listed, 1 in the batch's sum"},
		"a duplicate of nothing":            {"UPDATE invalid_lines SET guid = randomblob(16) WHERE batch_id = 2", "batch 2, line 1: called a duplicate, and no line holds its GUID"},
		"a batch's valid sum":               {"UPDATE batches SET valid = valid + 1, invalid = invalid - 1 WHERE id = 1", "batch 1: 40 valid in its sum, 39 in its tally"},
		"a batch's duplicates":              {"UPDATE batches SET duplicates = 0, invalid = 1 WHERE id = 2", "batch 2: 1 duplicates listed, 0 in the batch's sum"},
		"a batch's tally":                   {"UPDATE batch_tallies SET votes = 38 WHERE batch_id = 1", "batch 1, poll number 1: the tally says 38, the ledger holds 39"},
		"a constituency's tally":            {"UPDATE constituency_tallies SET votes = 41", "constituency 1, poll number 1: the tally says 41, the ledger holds 40"},
		"a tally of an unknown poll number": {"INSERT INTO constituency_tallies VALUES (1, 77, 5)", "constituency 1, poll number 77: the tally says 5, the ledger holds 0"},
		"the totals": {
			"UPDATE constituency_totals SET duplicates = 0", "constituency 1: the totals say 1 invalid and 0 duplicates, its batches and protocols 1 and 1",
		},
		"an online vote added": {
			"INSERT INTO online_ballots VALUES (1, randomblob(16), 1, 1)", "constituency 1, poll number 1, online: the tally says 0, 1 ballots are there",
		},
		"an online tally raised": {
			"INSERT INTO online_tallies VALUES (1, 1, 3, 0)", "constituency 1, poll number 1, online: the tally says 3, 0 ballots are there",
		},
		"online votes without keys": {
			"INSERT INTO online_ballots VALUES (1, randomblob(16), 1, 1); INSERT INTO online_tallies VALUES (1, 1, 1, 0)",
			"constituency 1: 0 used voter keys and 1 online votes",
		},
		"a flag of no key set":   {keys + "UPDATE voter_flags SET flags = x'A0'", "roll 1: 1 used voter keys and 2 flags set"},
		"two keys with one flag": {keys + "UPDATE voter_keys SET flag = 32001", "roll 1: 1 voter keys have the flag of another"},
		"a key without a flag":   {keys + "UPDATE voter_keys SET flag = 32008 WHERE flag = 32001", "roll 1: 1 voter keys have no place for their flag"},
		"a flag below all":       {keys + "INSERT INTO voter_flags VALUES (0, 1, x'00'); PRAGMA ignore_check_constraints = 1; UPDATE voter_keys SET flag = -5 WHERE flag = 32001", "roll 1: 1 voter keys have no place for their flag"},
		"a voter gone":           {keys + "DELETE FROM keyed_voters WHERE pair = (SELECT pair FROM voter_keys WHERE flag = 32001)", "roll 1: 2 voter keys and 1 voters who have one"},
		"a voter with two keys": {
			keys + "INSERT INTO voter_keys VALUES (randomblob(16), 1, 1, 32002); UPDATE voter_key_totals SET keys = 3", "roll 1: 3 voter keys and 2 voters who have one",
		},
		"a key of two voters": {
			keys + "UPDATE keyed_voters SET pair = (SELECT min(pair) FROM voter_keys)", "roll 1: its 2 voters have other keys than it has",
		},
		"a key of another roll": {
			keys + "INSERT INTO voter_rolls VALUES (2, 1, 'issued', 0, 0, ''); UPDATE voter_keys SET roll_id = 2 WHERE flag = 32001",
			"roll 2: 1 voter keys have no place for their flag",
		},
		"a key that voted gone": {keys + "DELETE FROM voter_keys WHERE flag = 32000", "constituency 1: the public number of voter keys is 2, 1 are there"},
		"an online vote elsewhere": {
			"INSERT INTO online_ballots VALUES (1, randomblob(16), 5, 1)", "election 1: 1 online ballots of constituency 5, which is none of its own",
		},
		"a file's hash":        {"UPDATE batches SET sha256 = randomblob(32) WHERE id = 2", "batch 2: its file has "},
		"an event changed":     {unlocked + "UPDATE audit_events SET detail = '{}' WHERE id = 2", "audit: event 2: its hash does not follow"},
		"an event dropped":     {unlocked + "DELETE FROM audit_events WHERE id = 2", "audit: event 3: expected event 2 here: one was dropped"},
		"an event inserted":    {"INSERT INTO audit_events SELECT max(id) + 1, at, 0, 'x', 'x', 'x', 'x', '{}', hash FROM audit_events", "its hash does not follow"},
		"the chain's tail cut": {unlocked + "DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)", audit.ErrTailCut.Error()},
		"events reordered": {
			unlocked + "UPDATE audit_events SET id = 1000 WHERE id = 1; UPDATE audit_events SET id = 1 WHERE id = 2; UPDATE audit_events SET id = 2 WHERE id = 1000",
			"audit: event 1: its hash does not follow",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data")
			if err := os.CopyFS(path, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			tamper(t, path, c.statement)
			printed, differs := verified(t, VerifyCommand{dataFlag: dataFlag{Data: path}, Head: head[1]})
			if !differs || !strings.Contains(printed, c.want) {
				t.Errorf("want the exit code 1 and %q, got %v and\n%s", c.want, differs, printed)
			}
		})
	}
}

// TestVerify_TellsNoCountBeforeTheEnd has tallies that differ from the ballots in an election that shows no counts yet:
// that they differ is told, and the figures are embargoed here too.
func TestVerify_TellsNoCountBeforeTheEnd(t *testing.T) {
	path := countedFolder(t)
	tamper(t, path, `UPDATE batch_tallies SET votes = 7919 WHERE batch_id = 1; UPDATE constituency_tallies SET votes = 6143;
		INSERT INTO online_tallies VALUES (1, 1, 4057, 0)`)
	figures := regexp.MustCompile(`7919|6143|4057|\b(39|40)\b`)
	shown := []string{
		"batch 1, poll number 1: the tally says 7919, the ledger holds 39", "constituency 1, poll number 1: the tally says 6143, the ledger holds 40",
		"constituency 1, poll number 1, online: the tally says 4057, 0 ballots are there",
	}
	const later = "differ; by how much is told after the election has ended"
	sealed := []string{
		"batch 1: the tally and the ledger " + later, "constituency 1: the tally and the ledger " + later,
		"constituency 1: the online tally and the ballots " + later, "constituency 1: there are not as many used voter keys as online votes",
	}
	for _, c := range []struct {
		rules string
		want  []string
	}{
		{"public_view = 'running-count'", shown},
		{"public_view = 'turnout'", sealed},
		{fmt.Sprintf("ends_at = %d", time.Now().UnixMilli()), shown},
	} {
		tamper(t, path, "UPDATE elections SET "+c.rules)
		printed, differs := verified(t, VerifyCommand{dataFlag: dataFlag{Data: path}})
		for _, want := range c.want {
			if !differs || !strings.Contains(printed, want) {
				t.Errorf("%s: want the exit code 1 and %q, got %v and\n%s", c.rules, want, differs, printed)
			}
		}
		_, differences, _ := strings.Cut(printed, " differences:")
		if found := figures.FindString(differences); found != "" && c.want[0] == sealed[0] || c.want[0] == sealed[0] && strings.Contains(differences, "poll number") {
			t.Errorf("%s: want no number of votes and no poll number, found %q in %s", c.rules, found, differences)
		}
	}
}

func TestVerify_ReadsEveryFile(t *testing.T) {
	path := countedFolder(t)
	files, err := filepath.Glob(filepath.Join(path, "spool", "*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-2] ^= 1 // the last poll number
	if err := os.WriteFile(files[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	if printed, differs := verified(t, VerifyCommand{dataFlag: dataFlag{Data: path}}); !differs || !strings.Contains(printed, "were accepted") {
		t.Errorf("want the altered byte noticed, got %s", printed)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if printed, differs := verified(t, VerifyCommand{dataFlag: dataFlag{Data: path}}); !differs || !strings.Contains(printed, "its file cannot be read") {
		t.Errorf("want the missing file named, got %s", printed)
	}
}
