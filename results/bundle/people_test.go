package bundle_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// commissioned is a certified election with approvals of every outcome, and with an administrator whose password another
// one changed.
func commissioned(t *testing.T) (*app, *elections.Election) {
	t.Helper()
	h := newApp(t)
	h.before = func(e *elections.Election) { h.decideAll(t, e) }
	return h, h.certified(t)
}

// waiting returns the number of the approval that an act waits for.
func waiting(t *testing.T, err error) int64 {
	t.Helper()
	w, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want an act that waits for a second administrator, got %v", err)
	}
	return w.ID
}

// decideAll decides an approval in each way. Approval 1 is the retraction, which was approved on the machine.
func (h *app) decideAll(t *testing.T, e *elections.Election) {
	t.Helper()
	ctx := t.Context()
	account := func(name string, role auth.Role) auth.User {
		return must[auth.User](t)(h.accounts.AddUser(ctx, ada, auth.NewUser{
			Email: name + "@example.org", Forename: name, Surname: "Person", Role: role, Password: "four unrelated words",
		}))
	}
	change := func(actor audit.Actor, id int64, c auth.UserChange) error {
		_, err := h.accounts.ChangeUser(ctx, actor, id, c)
		return err
	}
	decide := func(actor audit.Actor, id int64, approve bool, reason string) {
		must[auth.Approval](t)(h.approvals.Decide(ctx, actor, id, auth.Decision{Approve: approve, Reason: reason}))
	}
	cleo, dora := account("Cleo", auth.Administrator), account("Dora", auth.Administrator)
	disabled, password, official := true, "five quite unrelated words", auth.Official
	decide(bob, waiting(t, change(ada, cleo.ID, auth.UserChange{Disabled: &disabled, Reason: "left"})), true, "")             // 2
	decide(bob, waiting(t, change(ada, dora.ID, auth.UserChange{Role: &official, Reason: "too many"})), false, "we need her") // 3
	decide(ada, waiting(t, h.accounts.DeleteUser(ctx, ada, dora.ID, "by mistake")), false, "")                                // 4
	alone := waiting(t, change(ada, bob.ID, auth.UserChange{Password: &password, Reason: "forgotten"}))                       // 5
	h.now.Move(25 * time.Hour)
	decide(ada, alone, true, "no answer")
	if err := change(audit.Actor{Name: "system account root", From: "command line"}, dora.ID, auth.UserChange{Disabled: &disabled}); err != nil { // 6
		t.Fatal(err)
	}
	_, err := h.batches.Restore(ctx, bob, 3, "it was the right file")
	waiting(t, err)            // 7 is not decided
	h.now.Move(25 * time.Hour) // after which Bob may confirm
}

// figuresIn returns the figures and the certification of a bundle.
func documentsIn(t *testing.T, file []byte) (f results.Figures, c format.Certification) {
	t.Helper()
	opened := must[*zip.Reader](t)(zip.NewReader(bytes.NewReader(file), int64(len(file))))
	for _, entry := range opened.File {
		into := map[string]any{format.FiguresFile: &f, format.CertificationFile: &c}[entry.Name]
		if into == nil {
			continue
		}
		if err := json.Unmarshal(must[[]byte](t)(io.ReadAll(must[io.ReadCloser](t)(entry.Open()))), into); err != nil {
			t.Fatal(err)
		}
	}
	return f, c
}

func TestBundle_NamesWhoProposedAndWhoDecided(t *testing.T) {
	h, e := commissioned(t)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	public := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
	for form, file := range map[string][]byte{"full": full, "public": public} {
		figures, certification := documentsIn(t, file)
		var got []string
		for _, a := range figures.Approvals {
			got = append(got, strings.Join([]string{
				a.Act, a.Subject, a.Details["name"] + a.Details["lines"], a.Reason, a.ProposedBy, a.Outcome, a.DecidedBy, a.DecisionReason,
			}, "|"))
			if a.DecidedAt.Before(a.ProposedAt) || a.Done != (a.Outcome != "refused" && a.Outcome != "withdrawn") {
				t.Errorf("%s: want times in order and what was done, got %+v", form, a)
			}
		}
		want := []string{
			"batch-retracted|batch 3|5|wrong file|Ada Lovelace|on-machine|Ada Lovelace|test",
			"user-disabled|user 3|Cleo Person|left|Ada Lovelace|approved|Bob|",
			"user-demoted|user 4|Dora Person|too many|Ada Lovelace|refused|Bob|we need her",
			"user-deleted|user 4|Dora Person|by mistake|Ada Lovelace|withdrawn|Ada Lovelace|",
			"user-reset|user 2|Test Bob|forgotten|Ada Lovelace|unopposed|Ada Lovelace|no answer",
			"user-disabled|user 4|Dora Person||system account root|by-operator|system account root|",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: want\n%s\ngot\n%s", form, strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
		var changes []string
		for _, c := range certification.AccountChanges {
			changes = append(changes, c.Administrator+" "+c.What+" by "+c.By)
		}
		people := map[string]string{
			"full": "Bob <bob@example.org> password by Ada Lovelace <ada@example.org>", "public": "Bob password by Ada Lovelace",
		}
		if !slices.Equal(changes, []string{people[form]}) {
			t.Errorf("%s: want %q, got %q", form, people[form], changes)
		}
		withoutFormat := strings.ReplaceAll(content(t, file), "c2sp.org/tlog-proof@v1", "")
		if form == "public" && strings.Contains(withoutFormat, "@") {
			t.Error("want no e-mail address in the public form")
		}
		report, err := check(t, file)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(report.Proved, "\n")
		for _, says := range []string{
			`Approval 2, user-disabled of user 3 {"name":"Cleo Person"}, was proposed by Ada Lovelace with the reason "left", and approved by Bob at `,
			"done on the machine by system account root, the operator", "after 24 hours without an objection", "refused by Bob at", "and not done.",
			"[1 5] was lifted by", "was changed by Ada Lovelace",
		} {
			if !strings.Contains(all, says) {
				t.Errorf("%s: want %q in the report, got\n%s", form, says, all)
			}
		}
	}
}

// TestBundle_LaterActsChangeNothing: acts at the instant of the certification, and after it, are in no bundle.
func TestBundle_LaterActsChangeNothing(t *testing.T) {
	h, e := commissioned(t)
	before := map[bundle.Form][]byte{}
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		before[form] = read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form)))
	}
	root := audit.Actor{Name: "system account root", From: "command line"}
	enabled, password := false, "six quite unrelated words"
	for id, c := range map[int64]auth.UserChange{3: {Disabled: &enabled}, 2: {Password: &password}} {
		if _, err := h.accounts.ChangeUser(t.Context(), root, id, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.accounts.DeleteUser(t.Context(), root, 2, ""); err != nil {
		t.Fatal(err)
	}
	if final, err := h.results.Final(t.Context(), e.ID); err != nil || final.Results.Altered {
		t.Errorf("want the certified figures, got %v", err)
	}
	again := must[*bundle.Service](t)(bundle.New(h.db, h.log, h.results, h.countersign, h.key(t), t.TempDir()))
	for form, want := range before {
		if !bytes.Equal(read(t, must[string](t)(again.Bundle(t.Context(), e.ID, form))), want) {
			t.Errorf("%s: want the same bytes", form)
		}
	}
}

// forgedThroughout is a full bundle with other figures. Certification and audit log name their hash, and the chain is
// rebuilt.
func forgedThroughout(t *testing.T, full []byte, change func(*results.Figures)) []byte {
	t.Helper()
	before, _ := documentsIn(t, full)
	_, old, err := before.Encode()
	if err != nil {
		t.Fatal(err)
	}
	forged := consistent(t, full, change)
	after, _ := documentsIn(t, forged)
	_, hash, err := after.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return relogged(t, forged, func(events []logged) []logged {
		for i := range events {
			events[i].Detail = strings.ReplaceAll(events[i].Detail, old, hash)
		}
		return events
	})
}

// TestVerify_ApprovalsThatWereForged alters approvals together with all that names the figures. The log of the full form
// betrays that; the public form betrays what concerns an open point.
func TestVerify_ApprovalsThatWereForged(t *testing.T) {
	h, e := commissioned(t)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	public := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
	if _, err := check(t, forgedThroughout(t, full, func(*results.Figures) {})); err != nil {
		t.Fatalf("want unchanged figures to hold, got %v", err)
	}
	for name, c := range map[string]struct {
		change       func(*results.Figures)
		full, public string // what each form says; "" of the public one for nothing
	}{
		"one removed":      {func(f *results.Figures) { f.Approvals = slices.Delete(f.Approvals, 1, 2) }, "knows approval 2, which the figures leave out", ""},
		"another proposer": {func(f *results.Figures) { f.Approvals[1].ProposedBy = "Eve" }, "knows approval 2 otherwise", ""},
		"another approver": {func(f *results.Figures) { f.Approvals[1].DecidedBy = "Eve" }, "knows approval 2 otherwise", ""},
		"another reason":   {func(f *results.Figures) { f.Approvals[1].Reason = "asked for it" }, "knows approval 2 otherwise", ""},
		"another act":      {func(f *results.Figures) { f.Approvals[1].Act = "user-reset" }, "knows approval 2 otherwise", ""},
		"another account":  {func(f *results.Figures) { f.Approvals[1].Details["name"] = "Eve" }, "knows approval 2 otherwise", ""},
		"another time":     {func(f *results.Figures) { f.Approvals[1].DecidedAt = f.Approvals[1].DecidedAt.Add(1e9) }, "knows approval 2 otherwise", ""},
		"not done":         {func(f *results.Figures) { f.Approvals[1].Done = false }, "knows approval 2 otherwise", ""},
		"a refusal":        {func(f *results.Figures) { f.Approvals[2].Outcome = "withdrawn" }, "knows approval 3 otherwise", ""},
		"of a second one":  {func(f *results.Figures) { f.Approvals[5].Outcome = "approved" }, "knows approval 6 otherwise", ""},
		"one more":         {func(f *results.Figures) { f.Approvals = append(f.Approvals, f.Approvals[1]); f.Approvals[6].ID = 9 }, "knows approval 9 otherwise", ""},
		"an alone removed": {func(f *results.Figures) { f.Approvals = f.Approvals[1:] }, "for the facts [1 5]; here they are [5]", "for the facts [1 5]; here they are [5]"},
		"not alone":        {func(f *results.Figures) { f.Approvals[4].Outcome = "approved" }, "for the facts [1 5]; here they are [1]", "for the facts [1 5]; here they are [1]"},
		"alone, not said": {func(f *results.Figures) {
			f.OpenPoints = slices.DeleteFunc(f.OpenPoints, func(p results.OpenPointFigure) bool { return p.Code == "approved-alone" })
		}, "approved-alone has no reason", "approved-alone has no reason"},
		"by no one":        {func(f *results.Figures) { f.Approvals[1].DecidedBy = "" }, "names no two people", "names no two people"},
		"before it was":    {func(f *results.Figures) { f.Approvals[1].DecidedAt = time.Time{} }, "cannot be", "cannot be"},
		"an unknown way":   {func(f *results.Figures) { f.Approvals[1].Outcome = "somehow" }, "cannot be", "cannot be"},
		"out of order":     {func(f *results.Figures) { f.Approvals[1], f.Approvals[2] = f.Approvals[2], f.Approvals[1] }, "out of order", "out of order"},
		"in a form before": {func(f *results.Figures) { f.Format = "urna-figures-2" }, "not those of figures", "not those of figures"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := check(t, forgedThroughout(t, full, c.change))
			if !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.full) {
				t.Errorf("full: want it refused saying %q, got %v", c.full, err)
			}
			_, err = check(t, consistent(t, public, c.change))
			if c.public == "" && err != nil || c.public != "" && (!errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.public)) {
				t.Errorf("public: want %q, got %v", c.public, err)
			}
		})
	}
}

// TestVerify_AClockThatWasSetBackIsSaid has an act approved by a clock that was set back after the proposal: the result stays
// provable, and the report says that the times do not fit.
func TestVerify_AClockThatWasSetBackIsSaid(t *testing.T) {
	h := newApp(t)
	h.before = func(*elections.Election) {
		h.now.Move(3 * time.Hour)
		_, err := h.batches.Restore(t.Context(), bob, 3, "it was the right file")
		h.now.Move(-2 * time.Hour)
		must[auth.Approval](t)(h.approvals.Decide(t.Context(), ada, waiting(t, err), auth.Decision{Reason: "it was not"}))
	}
	e := h.certified(t)
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		report, err := check(t, read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form))))
		if err != nil {
			t.Errorf("%s: want a result that holds, got %v", form, err)
		} else if says := "When approval 2 was decided"; !strings.Contains(strings.Join(report.Cannot, "\n"), says) {
			t.Errorf("%s: want %q, got %q", form, says, report.Cannot)
		}
	}
}

// TestVerify_LogsAndPeopleThatDoNotFit removes and alters events about approvals and accounts, and changes of accounts.
func TestVerify_LogsAndPeopleThatDoNotFit(t *testing.T) {
	h, e := commissioned(t)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	public := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
	without := func(match func(*logged) bool) []byte {
		return relogged(t, full, func(l []logged) []logged { return slices.DeleteFunc(l, func(e logged) bool { return match(&e) }) })
	}
	certified := func(file []byte, from, to string) []byte {
		return forge(t, file, in("certification.json", func(s string) string {
			if !strings.Contains(s, from) {
				t.Fatalf("want %q in %s", from, s)
			}
			return strings.Replace(s, from, to, 1)
		}))
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"an approval's event gone":  {without(func(e *logged) bool { return e.Action == "approval-given" && e.Subject == "approval 2" }), "knows approval 2 otherwise"},
		"the operator's event gone": {without(func(e *logged) bool { return e.Action == "done-by-operator" }), "knows approval 6 otherwise"},
		"another approver in it": {relogged(t, full, func(l []logged) []logged {
			for i := range l {
				if l[i].Action == "approval-given" {
					l[i].Detail = strings.Replace(l[i].Detail, `"decided_by":"Bob`, `"decided_by":"Eve`, 1)
				}
			}
			return l
		}), "knows approval 2 otherwise"},
		"the change of an account gone": {without(func(e *logged) bool { return e.Action == "user-changed" && e.Subject == "user 2" }), "knows other changes of the accounts"},
		"a change left out": {forge(t, full, in("certification.json", func(s string) string {
			before, _, _ := strings.Cut(s, ",\n \"account_changes\"")
			return before + "\n}\n"
		})), "knows other changes of the accounts"},
		"a change by another":         {certified(full, `"by": "Ada Lovelace`, `"by": "Eve`), "knows other changes of the accounts"},
		"a change of another kind":    {certified(full, `"what": "password"`, `"what": "email"`), "knows other changes of the accounts"},
		"a change of another account": {certified(public, "\"account_changes\": [\n  {\n   \"administrator_id\": 2", "\"account_changes\": [\n  {\n   \"administrator_id\": 4"), "not of an administrator who confirmed"},
		"an event that is none": {relogged(t, full, func(l []logged) []logged {
			at := slices.IndexFunc(l, func(e logged) bool { return e.Action == "approval-given" })
			l[at].Detail = `{"parameters":1}`
			return l
		}), "about an approval cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, c.file); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
}

// TestApprovals_PublishNoSecretOfAnAct: of the parameters of an act, digests, hashes of voters, file names and e-mail
// addresses are left out.
func TestApprovals_PublishNoSecretOfAnAct(t *testing.T) {
	for act, c := range map[approval.Act]struct {
		parameters string
		want       map[string]string
	}{
		approval.ResetUser:    {`{"email":"bob@example.org","name":"Bob B","password":"changed"}`, map[string]string{"name": "Bob B"}},
		approval.RetractBatch: {`{"constituency":"North","file":"bob.csv","lines":5,"official":"Bob <bob@example.org>","sha256":"00"}`, map[string]string{"constituency": "North", "lines": "5"}},
		approval.IssueKeys:    {`{"by_constituency":{"North":2},"digest":"00ff","voters":2}`, map[string]string{"voters": "2"}},
		approval.ReplaceKey:   {`{"constituency":"North","sealed_to":[],"voter":"00ff"}`, map[string]string{"constituency": "North", "sealed_to": "none"}},
		approval.ChangeSealing: {
			`{"after":{"Title":"A","Confirmations":2},"before":{"Title":"A","Confirmations":2,"SealKeysTo":["age1a","age1b"]},"version":"x"}`,
			map[string]string{"seal_keys_to_before": "age1a age1b", "seal_keys_to_after": "none"},
		},
		approval.RevokeKey:          {`{"constituency":"North","voter":"00ff"}`, map[string]string{"constituency": "North"}},
		approval.WithdrawRoll:       {`{"keys":0,"roll":7}`, map[string]string{"keys": "0", "roll": "7"}},
		approval.LowerConfirmations: {`{"after":{"Confirmations":1,"Title":"B","Reason":"ill"},"before":{"Confirmations":2,"Title":"A","SealKeysTo":["age1a"]},"version":"x"}`, map[string]string{"confirmations_before": "2", "confirmations_after": "1", "also_changed": "SealKeysTo, Title"}},
		"of-a-later-version":        {`{"secret":"00ff"}`, nil},
	} {
		got, err := format.ApprovalDetails(string(act), []byte(c.parameters))
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: want %v, got %v, %v", act, c.want, got, err)
		}
	}
}
