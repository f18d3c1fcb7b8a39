package bundle_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// certifiedLate certifies an election with a late batch that was approved and one that was refused.
func (h *app) certifiedLate(t *testing.T) *elections.Election {
	t.Helper()
	until := h.now.Now().Add(3 * time.Hour)
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: h.now.Now().Add(-time.Hour), EndsAt: h.now.Now().Add(time.Hour), OpenNow: true,
		BatchesUntil: &until, Channels: []elections.Channel{elections.Batches}, Constituencies: []elections.ConstituencyDraft{{Name: "North", Seats: 3}},
	}
	for i := range 2 {
		p := must[participants.Participant](t)(h.participants.Create(t.Context(), ada, participants.Draft{Name: fmt.Sprint("List ", i), Kind: participants.Party}))
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e := must[*elections.Election](t)(h.elections.Create(t.Context(), ada, d))
	h.now.Move(2 * time.Hour)
	north := e.Constituencies[0].ID
	h.upload(t, e, north, lines(0, 12, 1))
	h.do(t, `INSERT INTO online_closings VALUES (1, 'finished')`, fmt.Sprintf(`UPDATE elections SET closed_at = %d`, h.now.Now().UnixMilli()))
	h.now.Move(2 * time.Hour)
	for i, file := range []string{lines(20, 31, 2), lines(40, 51, 1)} {
		b := must[batch.Batch](t)(h.batches.Receive(t.Context(), batch.Delivery{
			Actor: ada, ElectionID: e.ID, FileName: "late.csv", Reason: "the boat was late",
		}, strings.NewReader(file)))
		if b.State != batch.Waiting {
			t.Fatalf("want a late batch, got %+v", b)
		}
		decision := auth.Decision{Approve: i == 0, Reason: "seen with the board"}
		must[auth.Approval](t)(h.approvals.Decide(t.Context(), bob, int64(i+1), decision))
		h.rest(t, b.ID)
	}
	h.certify(t, ada, e.ID)
	h.certify(t, bob, e.ID)
	return e
}

// TestVerify_LateBatches: both forms tell of late batches, with names and reasons; alterations are found.
func TestVerify_LateBatches(t *testing.T) {
	h := newApp(t)
	e := h.certifiedLate(t)
	content := map[bundle.Form][]byte{}
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		path := must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form))
		report := must[*verify.Report](t)(verify.File(path))
		all := strings.Join(report.Proved, "\n")
		for _, want := range []string{
			`Batch 2 of constituency 1 was late (after-batches-until; accepted at 2026-03-01 16:00:00Z, sent by Ada Lovelace with the reason "the boat was late"). It was approved by`,
			`It was refused by`, `("seen with the board") and is retracted.`,
			"The open point late-batch of constituency 1 [2 1 3 0] was lifted by",
		} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: want it to prove %q, got:\n%s", form, want, all)
			}
		}
		content[form] = read(t, path)
		if strings.Contains(string(content[bundle.Public]), "@example.org") {
			t.Error("want no e-mail address in a public bundle")
		}
	}
	figures := func(form bundle.Form, change func(*results.Figures)) []byte {
		return consistent(t, content[form], change)
	}
	log := func(change func(*logged)) []byte {
		return relogged(t, content[bundle.Full], func(l []logged) []logged {
			for i := range l {
				change(&l[i])
			}
			return l
		})
	}
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"a late batch less":    {figures(bundle.Public, func(f *results.Figures) { f.Batches[1].Late = nil }), "for the facts [2 1 3 0]; here they are [3 0]"},
		"a reason less":        {figures(bundle.Public, func(f *results.Figures) { f.OpenPoints = nil }), "late-batch of constituency 1 has no reason"},
		"another cause":        {figures(bundle.Public, func(f *results.Figures) { f.Batches[1].Late.Cause = "fog" }), "a reason that does not exist"},
		"no decision":          {figures(bundle.Public, func(f *results.Figures) { f.Batches[1].Late.State = "waiting" }), `what was decided about it is "waiting"`},
		"no name of a decider": {figures(bundle.Public, func(f *results.Figures) { f.Batches[1].Late.DecidedBy = "" }), "without its reason or the names"},
		"not late by its time": {figures(bundle.Public, func(f *results.Figures) { f.Batches[1].Late.AcceptedAt = e.EndsAt }), "still took batches"},
		"in figures that have none": {consistent(t, read(t, "testdata/batches-certified-public.zip"), func(f *results.Figures) {
			f.Batches[1].Late = &format.LateFigure{Official: "Ada", DecidedBy: "Bob", Reason: "fog", State: "approved", Cause: "after-confirmation"}
		}), "do not have that"},
		"none, and no point": {figures(bundle.Full, func(f *results.Figures) {
			f.OpenPoints, f.Batches[1].Late, f.Batches[2].Late = nil, nil, nil
		}), "by audit.jsonl: true"},
		"another person who decided": {figures(bundle.Full, func(f *results.Figures) { f.Batches[1].Late.DecidedBy = "Eve" }), "approved, by Eve, in the figures"},
		"a refusal as an approval":   {figures(bundle.Full, func(f *results.Figures) { f.Batches[2].Late.State = "approved" }), "in audit.jsonl it is refused"},
		"another reason":             {figures(bundle.Full, func(f *results.Figures) { f.Batches[1].Late.Reason = "fog" }), `with the reason "fog"`},
		"another official":           {figures(bundle.Full, func(f *results.Figures) { f.Batches[1].Late.Official = "Eve" }), "came from Eve"},
		"another remark":             {figures(bundle.Full, func(f *results.Figures) { f.Batches[2].Late.Remark = "late" }), `the remark "late"`},
		"a part of the name of the person who decided": {figures(bundle.Full, func(f *results.Figures) {
			f.Batches[1].Late.DecidedBy = f.Batches[1].Late.DecidedBy[:2]
		}), "approved, by"},
		"late after a confirmation that was none": {consistent(t, log(func(e *logged) {
			if e.Action == "batch-accepted" {
				e.Detail = strings.ReplaceAll(e.Detail, `"late":"after-batches-until"`, `"late":"after-confirmation"`)
			}
		}), func(f *results.Figures) {
			f.Batches[1].Late.Cause, f.Batches[2].Late.Cause = format.LateAfterConfirmation, format.LateAfterConfirmation
		}), "knows no confirmation before it"},
		"a log without the lateness": {log(func(e *logged) {
			if e.Action == "batch-accepted" {
				e.Detail = strings.ReplaceAll(e.Detail, `"late":"after-batches-until",`, "")
			}
		}), "by audit.jsonl: false"},
		"a log without the approval": {log(func(e *logged) {
			if e.Action == "approval-given" {
				e.Detail = strings.ReplaceAll(e.Detail, "late-batch", "batch-restored")
			}
		}), "in audit.jsonl it is"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, c.content); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
	if f := must[*results.Final](t)(h.results.Final(t.Context(), e.ID)); !slices.Equal(f.OpenPoints[0].Facts, []int64{2, 1, 3, 0}) {
		t.Errorf("want the point of a certified election kept, got %+v", f.OpenPoints)
	}
}
