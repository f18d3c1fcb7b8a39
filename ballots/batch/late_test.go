package batch_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/clock"
)

// commission keeps the proposals of a test.
type commission struct{ proposed []approval.Request }

// Ask lets every act wait.
func (c *commission) Ask(_ context.Context, _ *database.Tx, r approval.Request) (*approval.Waiting, error) {
	c.proposed = append(c.proposed, r)
	return &approval.Waiting{ID: int64(len(c.proposed)), Act: r.Act}, nil
}

// lateEnv is an election that has ended, whose late batches wait.
type lateEnv struct {
	*env

	commission *commission
	now        *clock.Clock
	ticks      atomic.Bool // each look at the clock moves it by a millisecond
}

func openLate(t *testing.T) *lateEnv {
	t.Helper()
	h := &lateEnv{commission: &commission{}, now: &clock.Clock{}}
	now := func() time.Time {
		if h.ticks.Load() {
			h.now.Move(time.Millisecond)
		}
		return h.now.Now()
	}
	h.env = open(t, t.TempDir(), batch.Options{Now: now, Approvals: h.commission})
	t.Cleanup(func() { h.close(t) })
	h.start(t)
	h.now.Move(2 * time.Hour)
	return h
}

// confirm makes the first confirmation of the election.
func (h *env) confirm(t *testing.T) {
	t.Helper()
	h.execute(t, `INSERT INTO confirmations (election_id, administrator_id, administrator_name, figures, confirmed_at, voided_at) VALUES (1, 1, 'Ada', '`+strings.Repeat("0", 64)+`', 1, 2)`)
}

func (h *env) execute(t *testing.T, statement string) {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// decide makes the decision about a late batch.
func (h *lateEnv) decide(t *testing.T, do func(context.Context, *database.Tx, approval.Approved) error, b batch.Batch) error {
	t.Helper()
	return h.db.Write(t.Context(), func(tx *database.Tx) error {
		return do(t.Context(), tx, approval.Approved{
			ID: 1, Subject: fmt.Sprintf("batch %d", b.ID), ElectionID: b.ElectionID, Proposer: official, Decider: "Ada", Remark: "the box came by boat",
		})
	})
}

// late wants a batch that is late for the cause, and waits; none is counted.
func (h *lateEnv) late(t *testing.T, b batch.Batch, cause batch.LateCause) {
	t.Helper()
	got, err := h.batches.Batch(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if cause == "" {
		if got.Late != nil || h.await(t, b.ID).Late != nil {
			t.Errorf("want batch %d counted, got %+v", b.ID, got)
		}
		return
	}
	if b.State != batch.Waiting || got.State != batch.Waiting || got.Late == nil || got.Late.Cause != cause || got.Late.State != batch.LateWaiting || got.Processed != 0 {
		t.Errorf("want batch %d late (%s), got %+v, %+v", b.ID, cause, got, got.Late)
	}
}

func TestLate_AfterTheFirstConfirmationOrTheTimeUntil(t *testing.T) {
	h := openLate(t)
	h.late(t, h.receive(t, guid(1).String()+",1\n"), "") // after the end: a box is still awaited
	until := h.now.Now().Add(time.Hour)
	h.execute(t, fmt.Sprintf(`UPDATE elections SET batches_until = %d`, until.UnixMilli()))
	h.now.Move(time.Hour - time.Minute)
	h.late(t, h.receive(t, guid(2).String()+",1\n"), "")
	h.now.Move(time.Minute)
	h.late(t, h.receive(t, guid(3).String()+",1\n"), batch.AfterBatchesUntil)
	h.execute(t, `UPDATE elections SET batches_until = NULL`)
	h.late(t, h.receive(t, guid(4).String()+",1\n"), "")
	h.confirm(t) // which is void already
	h.late(t, h.receive(t, guid(5).String()+",1\n"), batch.AfterConfirmation)
	if n := len(h.commission.proposed); n != 2 {
		t.Errorf("want two proposals, got %d", n)
	}
}

// TestLate_StoredAndProposedAndNotCounted: the file of a late batch is there, and its official proposed it with a
// reason.
func TestLate_StoredAndProposedAndNotCounted(t *testing.T) {
	h := openLate(t)
	h.confirm(t)
	content := guid(1).String() + ",1\n" + guid(2).String() + ",2\n"
	b, err := h.batches.Receive(t.Context(), batch.Delivery{
		Actor: official, ElectionID: h.election.ID, FileName: "late.csv", Reason: " the boat was late ",
	}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	h.late(t, b, batch.AfterConfirmation)
	if r := h.commission.proposed[0]; r.Act != approval.LateBatch || r.Subject != "batch 1" || r.Reason != "the boat was late" ||
		r.Actor != official || r.ElectionID != h.election.ID || r.Parameters["late"] != "after-confirmation" {
		t.Errorf("want the official's proposal, got %+v", r)
	}
	if events, err := audit.NewReader(h.db.Pool()).Events(t.Context(), audit.Filter{Action: "batch-accepted"}); err != nil ||
		len(events) != 1 || !strings.Contains(events[0].Detail, `"late":"after-confirmation"`) || !strings.Contains(events[0].Detail, "the boat was late") {
		t.Errorf("want the acceptance on record, got %+v, %v", events, err)
	}
	if _, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID}, strings.NewReader(content)); !errors.Is(err, batch.ErrSameFile) {
		t.Errorf("want the same file asked about, got %v", err)
	}
	for _, move := range []func(context.Context, audit.Actor, int64, string) (batch.Batch, error){h.batches.Retract, h.batches.Restore} {
		if _, err := move(t.Context(), official, b.ID, "no decision"); !errors.Is(err, batch.ErrNotCounted) && !errors.Is(err, batch.ErrNotRetracted) {
			t.Errorf("want no other way into the count, got %v", err)
		}
	}
	for state, want := range map[batch.State]int{batch.Waiting: 1, batch.Retracted: 0, batch.Counted: 0} {
		if list, err := h.batches.Batches(t.Context(), batch.Filter{State: state}); err != nil || len(list) != want {
			t.Errorf("want %d batches %s, got %+v, %v", want, state, list, err)
		}
	}
	if r := h.recount(t); r.Ballots != 0 || len(r.Differences) != 0 {
		t.Errorf("want nothing counted, got %+v", r)
	}
	h.equalsFiles(t)
	if other := h.receive(t, guid(9).String()+",1\n"); other.Late.Reason != "no reason given" {
		t.Errorf("want a reason in its place, got %+v", other.Late)
	}
}

// TestLate_ApprovedTakesItsPlace: an approved batch holds the GUIDs that it shares with batches after it.
func TestLate_ApprovedTakesItsPlace(t *testing.T) {
	h := openLate(t)
	h.execute(t, fmt.Sprintf(`UPDATE elections SET batches_until = %d`, h.now.Now().UnixMilli()))
	late := h.receive(t, guid(1).String()+",1\n"+guid(2).String()+",1\n")
	h.execute(t, `UPDATE elections SET batches_until = NULL`)
	second := h.await(t, h.receive(t, guid(2).String()+",2\n"+guid(3).String()+",2\n").ID)
	if second.Valid != 2 {
		t.Fatalf("want a batch that waits to hold nothing, got %+v", second)
	}
	if err := h.decide(t, h.batches.ApproveLate, late); err != nil {
		t.Fatal(err)
	}
	b := h.await(t, late.ID)
	if b.Valid != 2 || b.Late.State != batch.LateApproved || b.Late.Decider != "Ada" || b.Late.Remark != "the box came by boat" {
		t.Errorf("want it counted, with the decision, got %+v, %+v", b, b.Late)
	}
	if second, err := h.batches.Batch(t.Context(), second.ID); err != nil || second.Duplicates != 1 {
		t.Errorf("want the later batch to lose the ballot, got %+v, %v", second, err)
	}
	for name, do := range map[string]func(context.Context, *database.Tx, approval.Approved) error{"approve": h.batches.ApproveLate, "refuse": h.batches.RefuseLate} {
		if err := h.decide(t, do, late); !errors.Is(err, batch.ErrNotWaiting) {
			t.Errorf("%s: want one decision, got %v", name, err)
		}
	}
	if r := h.recount(t); r.Ballots != 3 || len(r.Differences) != 0 {
		t.Errorf("want three ballots, got %+v", r)
	}
	h.equalsFiles(t)
}

func TestLate_RefusedStaysStoredAndOutOfTheCount(t *testing.T) {
	h := openLate(t)
	h.confirm(t)
	b := h.receive(t, guid(1).String()+",1\n")
	if err := h.decide(t, h.batches.RefuseLate, b); err != nil {
		t.Fatal(err)
	}
	got := h.settle(t, b.ID)
	if got.State != batch.Retracted || got.Late.State != batch.LateRefused || got.Reason != "the box came by boat" || got.Late.Decider != "Ada" {
		t.Errorf("want it out of the count with the refusal's reason, got %+v, %+v", got, got.Late)
	}
	if events, err := audit.NewReader(h.db.Pool()).Events(t.Context(), audit.Filter{Action: "late-batch-refused"}); err != nil || len(events) != 1 {
		t.Errorf("want the refusal on record, got %+v, %v", events, err)
	}
	if err := h.decide(t, h.batches.ApproveLate, b); !errors.Is(err, batch.ErrNotWaiting) {
		t.Errorf("want no approval afterwards, got %v", err)
	}
	h.equalsFiles(t)
	var waits *approval.Waiting
	if _, err := h.batches.Restore(t.Context(), official, b.ID, "found the protocol"); !errors.As(err, &waits) || waits.Act != approval.RestoreBatch {
		t.Errorf("want a restoration to need its own approval, got %v", err)
	}
	if r := h.commission.proposed[1]; !r.Always {
		t.Errorf("want that approval needed with one administrator too, got %+v", r)
	}
}

// TestLate_AfterTheCertificationNothingIsDecided: the count is final.
func TestLate_AfterTheCertificationNothingIsDecided(t *testing.T) {
	h := openLate(t)
	h.confirm(t)
	b := h.receive(t, guid(1).String()+",1\n")
	h.execute(t, `UPDATE elections SET certified_at = 1`)
	for name, do := range map[string]func(context.Context, *database.Tx, approval.Approved) error{"approve": h.batches.ApproveLate, "refuse": h.batches.RefuseLate} {
		if err := h.decide(t, do, b); !errors.Is(err, batch.ErrElectionTakesNoBatches) {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
	}
}

// TestLate_AnUploadIsConfirmedKnowingIt: an upload that became late while it waited is not accepted before its official
// was told.
func TestLate_AnUploadIsConfirmedKnowingIt(t *testing.T) {
	h := openLate(t)
	u, err := h.batches.CheckIn(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "a.csv"}, strings.NewReader(guid(1).String()+",1\n"))
	if err != nil || u.Late != "" {
		t.Fatalf("want an upload, got %+v, %v", u, err)
	}
	h.confirm(t)
	if _, err := h.batches.Confirm(t.Context(), official, u.ID, 0); !errors.Is(err, batch.ErrLate) {
		t.Errorf("want the official told first, got %v", err)
	}
	list, err := h.batches.Uploads(t.Context(), official.ID)
	if err != nil || len(list) != 1 || list[0].Late != batch.AfterConfirmation {
		t.Errorf("want the upload still there, and late, got %+v, %v", list, err)
	}
	b, err := h.batches.ConfirmAnswer(t.Context(), official, batch.Answer{UploadID: u.ID, Late: true, Reason: "fog"})
	if err != nil {
		t.Fatal(err)
	}
	h.late(t, b, batch.AfterConfirmation)
	if again, err := h.batches.ConfirmAnswer(t.Context(), official, batch.Answer{UploadID: u.ID}); err != nil || again.ID != b.ID || again.Late.Reason != "fog" {
		t.Errorf("want the same batch for the same answer, got %+v, %v", again, err)
	}
}

// TestLate_WithoutLines: a strict delivery may be empty.
func TestLate_WithoutLines(t *testing.T) {
	h := openLate(t)
	h.confirm(t)
	b, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID, EPMSFormat: true}, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	h.late(t, b, batch.AfterConfirmation)
	if err := h.decide(t, h.batches.ApproveLate, b); err != nil {
		t.Fatal(err)
	}
	if got, err := h.batches.Batch(t.Context(), b.ID); err != nil || got.State != batch.Counted {
		t.Errorf("want it counted at once, got %+v, %v", got, err)
	}
}

// TestLate_NotWhileVotingGoesOn: nothing is late before the end.
func TestLate_NotWhileVotingGoesOn(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{Approvals: &commission{}})
	defer h.close(t)
	if cause, err := h.batches.Lateness(t.Context(), h.election.ID, 0); err != nil || cause != "" {
		t.Errorf("want no batch late, got %q, %v", cause, err)
	}
	if _, err := h.batches.Lateness(t.Context(), 99, 0); !errors.Is(err, elections.ErrUnknownElection) {
		t.Errorf("want an unknown election refused, got %v", err)
	}
}

// TestLate_DecidedByAnotherProgram: `urna approve` runs beside the server, which then counts the batch.
func TestLate_DecidedByAnotherProgram(t *testing.T) {
	h := openLate(t)
	h.confirm(t)
	b := h.receive(t, guid(1).String()+",1\n")
	other, err := batch.New(h.db, &audit.Log{Now: h.now.Now}, h.elections, batch.Options{
		Now: h.now.Now, Approvals: h.commission, Folder: filepath.Join(h.path, "spool"), Stored: stored(h.db),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.decide(t, other.ApproveLate, b); err != nil {
		t.Fatal(err)
	}
	if got := h.await(t, b.ID); got.Valid != 1 {
		t.Errorf("want it counted, got %+v", got)
	}
}

// TestLate_NeverAcceptedBeforeTheTimeUntil: urna verify refuses a batch that was late before that time, however the
// clock advances during the acceptance.
func TestLate_NeverAcceptedBeforeTheTimeUntil(t *testing.T) {
	h := openLate(t)
	for i := range 12 {
		until := h.now.Now().Add(time.Duration(i) * time.Millisecond)
		h.execute(t, fmt.Sprintf(`UPDATE elections SET batches_until = %d`, until.UnixMilli()))
		h.ticks.Store(true)
		b := h.receive(t, guid(i).String()+",1\n")
		h.ticks.Store(false)
		if b.Late != nil && b.AcceptedAt.UnixMilli() < until.UnixMilli() {
			t.Fatalf("want a late batch accepted at %s or after, got %s", until, b.AcceptedAt)
		}
	}
}

// TestLate_FromTheTimeUntilOn: at that instant a batch is late, and a millisecond before it is not.
func TestLate_FromTheTimeUntilOn(t *testing.T) {
	now := time.Now().Add(2 * time.Hour).Truncate(time.Millisecond)
	h := open(t, t.TempDir(), batch.Options{Now: func() time.Time { return now }, Approvals: &commission{}})
	defer h.close(t)
	for from, want := range map[time.Duration]batch.LateCause{0: batch.AfterBatchesUntil, time.Millisecond: ""} {
		h.execute(t, fmt.Sprintf(`UPDATE elections SET batches_until = %d`, now.Add(from).UnixMilli()))
		if cause, err := h.batches.Lateness(t.Context(), h.election.ID, 0); err != nil || cause != want {
			t.Errorf("%s before the time until: want %q, got %q, %v", from, want, cause, err)
		}
	}
}

// TestLate_TheDryRunSaysIt: before a file is sent.
func TestLate_TheDryRunSaysIt(t *testing.T) {
	h := openLate(t)
	for _, want := range []batch.LateCause{"", batch.AfterConfirmation} {
		got, err := h.batches.DryRun(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID}, strings.NewReader(guid(1).String()+",1\n"), func() {})
		if err != nil || got.Late != want || got.Valid != 1 {
			t.Errorf("want the cause %q, got %+v, %v", want, got, err)
		}
		h.confirm(t)
	}
}
