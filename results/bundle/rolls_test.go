package bundle_test

import (
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/sealed"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/verify"
)

// newRecipient returns the recipient of a printing office.
func newRecipient(t *testing.T) sealed.Recipients {
	t.Helper()
	_, name, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	to, mistake := sealed.Parse(name)
	if !mistake.IsZero() {
		t.Fatal(mistake)
	}
	return to
}

// votersOf are so many voters of the election's one constituency.
func votersOf(prefix string, n int) iter.Seq2[online.Voter, error] {
	return func(yield func(online.Voter, error) bool) {
		for i := range n {
			if !yield(online.Voter{PersonalID: prefix + strconv.Itoa(i), Line: int64(i) + 1}, nil) {
				return
			}
		}
	}
}

// withRolls is a certified election with three rolls: one is sealed, one is open, and one was withdrawn. Two keys were
// replaced, one of them sealed, and one was revoked.
func withRolls(t *testing.T) (h *app, e *elections.Election, office sealed.Recipients) {
	t.Helper()
	h, office = newApp(t), newRecipient(t)
	ctx := t.Context()
	place := elections.ConstituencyDraft{Name: "Nationwide", Seats: 3}
	for _, name := range []string{"Alder", "Birch"} {
		p := must[participants.Participant](t)(h.participants.Create(ctx, ada, participants.Draft{Name: name, Kind: participants.Party}))
		place.Candidacies = append(place.Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e = must[*elections.Election](t)(h.elections.Create(ctx, ada, elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: h.now.Now().Add(time.Hour), EndsAt: h.now.Now().Add(2 * time.Hour),
		Rules: elections.Rules{ThresholdBase: "none", ThresholdPercent: "0"}, Constituencies: []elections.ConstituencyDraft{place},
	}))
	none := sealed.Recipients{}
	issue := func(prefix string, n int, to sealed.Recipients) int64 {
		issued := must[*online.Issued](t)(h.votes.IssueApproved(ctx, ada, e.ID, online.Approved{}, to, votersOf(prefix, n), nil))
		if err := issued.Close(); err != nil {
			t.Fatal(err)
		}
		return issued.Roll.ID
	}
	issue("a", 5, office)
	issue("b", 3, none)
	gone := issue("c", 2, none)
	must[online.Replacement](t)(h.votes.ReissueApproved(ctx, ada, e.ID, "a0", online.Approved{}, office))
	must[online.Replacement](t)(h.votes.ReissueApproved(ctx, ada, e.ID, "b0", online.Approved{}, none))
	if err := errors.Join(h.votes.Withdraw(ctx, ada, gone, "printed twice"), h.votes.Revoke(ctx, ada, e.ID, "b1")); err != nil {
		t.Fatal(err)
	}
	h.now.Move(time.Hour + time.Minute)
	h.upload(t, e, e.Constituencies[0].ID, lines(0, 7, 1)+lines(7, 9, 2))
	h.now.Move(time.Hour)
	if err := h.votes.Start(ctx); err != nil { // which closes the voting
		t.Fatal(err)
	}
	for deadline, closed := time.Now().Add(time.Minute), 0; closed == 0; time.Sleep(10 * time.Millisecond) {
		err := h.db.Pool().QueryRowContext(ctx, `SELECT count(*) FROM online_closings WHERE step = 'finished'`).Scan(&closed)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the voting closed, got %v", err)
		}
	}
	h.certify(t, ada, e.ID)
	h.certify(t, bob, e.ID)
	return h, e, office
}

// TestVerify_RollsAreThoseOfTheLog alters rolls and numbers of keys together with all that names the figures, and then the events.
func TestVerify_RollsAreThoseOfTheLog(t *testing.T) {
	h, e, office := withRolls(t)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	report, err := check(t, forgedThroughout(t, full, func(*results.Figures) {}))
	if err != nil || !slices.ContainsFunc(report.Proved, func(s string) bool { return strings.Contains(s, "The 3 rolls are all that the audit log has") }) {
		t.Fatalf("want unchanged figures to hold, and the rolls proved, got %v, %v", report, err)
	}
	figures, _ := documentsIn(t, full)
	if k := figures.VoterKeys; len(k) != 1 || k[0].Replaced != 2 || k[0].ReplacedSealed != 1 || k[0].Revoked != 1 || len(figures.Rolls) != 3 {
		t.Fatalf("want an election with all acts, got %+v, %+v", k, figures.Rolls)
	}
	own := newRecipient(t).Names()
	for name, c := range map[string]struct {
		change func(*results.Figures)
		says   string
	}{
		"another recipient":  {func(f *results.Figures) { f.Rolls[0].SealedTo = own }, "knows roll 1 otherwise"},
		"one recipient more": {func(f *results.Figures) { f.Rolls[0].SealedTo = append(f.Rolls[0].SealedTo, own...) }, "knows roll 1 otherwise"},
		"open, said sealed":  {func(f *results.Figures) { f.Rolls[1].SealedTo = office.Names() }, "knows roll 2 otherwise"},
		"sealed, said open":  {func(f *results.Figures) { f.Rolls[0].SealedTo = []string{} }, "knows roll 1 otherwise"},
		"a key more":         {func(f *results.Figures) { f.Rolls[0].Keys++ }, "knows roll 1 otherwise"},
		"not withdrawn":      {func(f *results.Figures) { f.Rolls[2].State = "issued" }, "knows roll 3 otherwise"},
		"withdrawn":          {func(f *results.Figures) { f.Rolls[1].State = "withdrawn" }, "knows roll 2 otherwise"},
		"a roll less":        {func(f *results.Figures) { f.Rolls = slices.Delete(f.Rolls, 2, 3) }, "knows roll 3, which the figures leave out"},
		"a roll more":        {func(f *results.Figures) { f.Rolls = append(f.Rolls, results.RollFigure{ID: 9, State: "issued"}) }, "knows roll 9 otherwise"},
		"a replacement less": {func(f *results.Figures) { f.VoterKeys[0].Replaced = 1 }, "knows 2 replaced voter keys of constituency 1, 1 of them sealed"},
		"all of them sealed": {func(f *results.Figures) { f.VoterKeys[0].ReplacedSealed = 2 }, "the figures have 2, 2 and 1"},
		"no revocation":      {func(f *results.Figures) { f.VoterKeys[0].Revoked = 0 }, "and 1 revoked ones; the figures have 2, 1 and 0"},
		"no acts at all":     {func(f *results.Figures) { f.VoterKeys = nil }, "knows acts on the voter keys of constituency 1, which the figures leave out"},
		"keys after the start": {func(f *results.Figures) {
			f.VoterKeys[0].IssuedAfterOpening = 4
			f.OpenPoints = append(f.OpenPoints, results.OpenPointFigure{
				Code: "keys-after-opening", ConstituencyID: 1, Facts: []int64{4, 0}, Reason: "x", AdministratorID: 1, Administrator: "Ada Lovelace",
			})
		}, "knows 0 voter keys that were issued after the opening, and the figures have 4"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, forgedThroughout(t, full, c.change)); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
	for name, c := range map[string]struct {
		change func([]logged) []logged
		says   string
	}{
		"no event of a roll": {func(l []logged) []logged {
			return slices.DeleteFunc(l, func(e logged) bool { return e.Action == "voter-keys-issued" && strings.Contains(e.Detail, `"roll":2`) })
		}, "knows roll 2 otherwise"},
		"no withdrawal": {func(l []logged) []logged {
			return slices.DeleteFunc(l, func(e logged) bool { return e.Action == "voter-keys-withdrawn" })
		}, "knows roll 3 otherwise"},
		"other recipients in it": {func(l []logged) []logged {
			for i := range l {
				l[i].Detail = strings.ReplaceAll(l[i].Detail, office.String(), own[0])
			}
			return l
		}, "knows roll 1 otherwise"},
		"an event that is none": {func(l []logged) []logged {
			at := slices.IndexFunc(l, func(e logged) bool { return e.Action == "voter-keys-issued" })
			l[at].Detail = `{"roll":"1"}`
			return l
		}, "about voter keys cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, relogged(t, full, c.change)); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
}
