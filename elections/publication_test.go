package elections_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
)

// asDraft makes a draft of the usual election.
func (o *env) asDraft(t *testing.T) *elections.Election {
	t.Helper()
	d := o.draft()
	d.AsDraft = true
	return o.create(t, d)
}

// TestDraft_IsSeenByThoseOnlyWhoAskForDrafts: every reader that does not name drafts finds nothing.
func TestDraft_IsSeenByThoseOnlyWhoAskForDrafts(t *testing.T) {
	o := newEnv(t)
	draft := o.asDraft(t)
	ctx := t.Context()
	if _, err := o.Election(ctx, draft.ID); !errors.Is(err, elections.ErrUnknownElection) {
		t.Errorf("want it unknown, got %v", err)
	}
	if list, err := o.Elections(ctx); err != nil || len(list) != 0 {
		t.Errorf("want no election, got %v, %v", list, err)
	}
	err := o.db.Read(ctx, func(tx *database.Tx) error {
		if _, err := o.Within(tx, draft.ID); !errors.Is(err, elections.ErrUnknownElection) {
			t.Errorf("want it unknown within a transaction, got %v", err)
		}
		list, err := o.AllWithin(tx)
		if len(list) != 0 {
			t.Errorf("want no election within a transaction, got %v", list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := o.ElectionsAndDrafts(ctx); err != nil || len(list) != 1 || !list[0].IsDraft || !list[0].PublishedAt.IsZero() {
		t.Errorf("want one draft, got %+v, %v", list, err)
	}
}

// TestDraft_NeverOpensByItself: the clock changes nothing, and nothing is closed or decided about it.
func TestDraft_NeverOpensByItself(t *testing.T) {
	o := newEnv(t)
	draft := o.asDraft(t)
	ended := o.create(t, o.draft())
	for range 4 {
		if state := draft.StateAt(o.now); state != elections.Drafted || draft.ShowsCount(o.now) {
			t.Errorf("at %v: want a draft, got %s", o.now, state)
		}
		o.now = o.now.Add(time.Hour)
	}
	due, err := elections.DueToClose(t.Context(), o.db, o.now)
	if err != nil || len(due) != 1 || due[0] != ended.ID {
		t.Errorf("want the published election alone due to close, got %v, %v", due, err)
	}
	err = o.db.Write(t.Context(), func(tx *database.Tx) error {
		closed, err := elections.MarkClosed(t.Context(), tx, draft.ID, o.now)
		if closed {
			t.Error("want a draft not closed")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDraft_EverythingCanChangeAfterItsStart, the mark of a rehearsal too, without a question about a start in the past.
func TestDraft_EverythingCanChangeAfterItsStart(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	d.AsDraft, d.Rehearsal, d.StartsAt = true, true, o.now.Add(-time.Hour)
	draft := o.create(t, d)
	o.now = o.now.Add(time.Hour + time.Minute)
	d = draft.Draft()
	d.Title, d.Rehearsal, d.StartsAt, d.Kind = "Mayor", false, o.now.Add(-30*time.Minute), elections.Presidential
	d.AsDraft = false // a change does not read it
	d.Constituencies[0].Seats, d.Constituencies[0].Candidacies = 1, []elections.CandidacyDraft{{ParticipantID: 4}}
	changed, err := o.Change(t.Context(), ada, draft.ID, d)
	if err != nil || !changed.IsDraft || changed.Title != "Mayor" || changed.Rehearsal || changed.Kind != elections.Presidential {
		t.Errorf("want another draft, got %+v, %v", changed, err)
	}
}

func TestPublish_MakesADraftPublicFromThenOn(t *testing.T) {
	o := newEnv(t)
	draft := o.asDraft(t)
	o.now = o.now.Add(10 * time.Minute)
	e, err := o.Publish(t.Context(), ada, draft.ID, elections.Publication{Version: draft.Version()})
	if err != nil || e.IsDraft || !e.PublishedAt.Equal(o.now) || e.StateAt(o.now) != elections.Scheduled {
		t.Fatalf("want it scheduled and public since now, got %+v, %v", e, err)
	}
	if e.Version() != draft.Version() {
		t.Error("want the same definition")
	}
	if again, err := o.Publish(t.Context(), ada, draft.ID, elections.Publication{Version: draft.Version()}); err != nil || !again.PublishedAt.Equal(e.PublishedAt) {
		t.Errorf("want a form that is sent twice to publish once, got %v", err)
	}
	if _, err := o.Publish(t.Context(), ada, draft.ID, elections.Publication{}); !errors.Is(err, elections.ErrPublished) {
		t.Errorf("want it public already, got %v", err)
	}
	if err := o.DeleteDraft(t.Context(), ada, draft.ID, ""); !errors.Is(err, elections.ErrPublished) {
		t.Errorf("want a public election not deleted, got %v", err)
	}
}

func TestPublish_OnlyWhatWasRead(t *testing.T) {
	o := newEnv(t)
	draft := o.asDraft(t)
	d := draft.Draft()
	d.Title = "Other"
	if _, err := o.Change(t.Context(), ada, draft.ID, d); err != nil {
		t.Fatal(err)
	}
	_, err := o.Publish(t.Context(), ada, draft.ID, elections.Publication{Version: draft.Version()})
	if !errors.Is(err, elections.ErrChangedMeanwhile) {
		t.Errorf("want it refused, got %v", err)
	}
	if err := o.DeleteDraft(t.Context(), ada, draft.ID, draft.Version()); !errors.Is(err, elections.ErrChangedMeanwhile) {
		t.Errorf("want another draft than the one that was seen kept, got %v", err)
	}
}

func TestPublish_AStartInThePastIsAskedAbout(t *testing.T) {
	o := newEnv(t)
	draft := o.asDraft(t)
	o.now = o.now.Add(90 * time.Minute)
	_, err := o.Publish(t.Context(), ada, draft.ID, elections.Publication{})
	var f *problem.Error
	if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Name != elections.OpenNow {
		t.Fatalf("want the question, got %v", err)
	}
	e, err := o.Publish(t.Context(), ada, draft.ID, elections.Publication{OpenNow: true})
	if err != nil || e.StateAt(o.now) != elections.Open {
		t.Errorf("want it open, got %+v, %v", e, err)
	}
}

func TestDeleteDraft_LeavesNothingButTheLog(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	d.AsDraft = true
	d.Constituencies[0].Stations = []elections.StationDraft{{Number: "1"}}
	draft := o.create(t, d)
	if err := o.DeleteDraft(t.Context(), ada, draft.ID, draft.Version()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ElectionOrDraft(t.Context(), draft.ID); !errors.Is(err, elections.ErrUnknownElection) {
		t.Errorf("want it gone, got %v", err)
	}
	for _, table := range []string{"elections", "constituencies", "candidacies", "stations"} {
		var n int
		if err := o.db.Pool().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != 0 {
			t.Errorf("want %s empty, got %d, %v", table, n, err)
		}
	}
	events, err := audit.NewReader(o.db.Pool()).Events(t.Context(), audit.Filter{Limit: 1})
	if err != nil || len(events) != 1 || events[0].Action != "draft-deleted" {
		t.Errorf("want the deletion on record, got %v, %v", events, err)
	}
	if next := o.create(t, o.draft()); next.ID == draft.ID {
		t.Error("want the number of a deleted draft not given again")
	}
}

// receiving makes the env's elections service one for which keys and ballots are as given.
func (o *env) receiving(keys *int64, ballots *bool) {
	now := func() time.Time { return o.now }
	o.Service = elections.New(o.db, &audit.Log{Now: now}, o.participants, elections.Options{
		Now: now, TimeZone: "UTC",
		KeysInForce: func(context.Context, *database.Tx, int64) (int64, error) { return *keys, nil },
		Received:    func(context.Context, *database.Tx, int64) (bool, error) { return *ballots, nil },
	})
}

func TestWithdraw_OnlyWithoutBallotsAndKeys(t *testing.T) {
	o := newEnv(t)
	var keys int64
	var ballots bool
	o.receiving(&keys, &ballots)
	e := o.create(t, o.draft())
	refused := func(want error) {
		t.Helper()
		if _, err := o.Withdraw(t.Context(), ada, e.ID, "postponed"); !errors.Is(err, want) {
			t.Errorf("want %v, got %v", want, err)
		}
		if err := o.Withdrawable(t.Context(), e.ID); !errors.Is(err, want) {
			t.Errorf("want the page to say %v, got %v", want, err)
		}
	}
	keys = 1
	refused(elections.ErrHasKeys)
	keys, ballots = 0, true
	refused(elections.ErrHasBallots)
	ballots = false
	var f *problem.Error
	if _, err := o.Withdraw(t.Context(), ada, e.ID, " "); !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Name != "reason" {
		t.Errorf("want a reason asked for, got %v", err)
	}
	draft := o.asDraft(t)
	if _, err := o.Withdraw(t.Context(), ada, draft.ID, "postponed"); !errors.Is(err, elections.ErrIsDraft) {
		t.Errorf("want a draft not withdrawn, got %v", err)
	}
	withdrawn, err := o.Withdraw(t.Context(), ada, e.ID, " postponed by the court ")
	if err != nil || withdrawn.StateAt(o.now) != elections.Withdrawn || withdrawn.WithdrawalReason != "postponed by the court" || !withdrawn.WithdrawnAt.Equal(o.now) {
		t.Fatalf("want it withdrawn, got %+v, %v", withdrawn, err)
	}
	refused(elections.ErrWithdrawn)
}

// TestWithdraw_IsTheEndOfAnElection: nothing changes any more, in the service or around it.
func TestWithdraw_IsTheEndOfAnElection(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.draft())
	e, err := o.Withdraw(t.Context(), ada, e.ID, "postponed")
	if err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{0, 90 * time.Minute, 24 * time.Hour} {
		at := o.now.Add(later)
		if e.StateAt(at) != elections.Withdrawn || e.ShowsCount(at) {
			t.Errorf("%v later: want it withdrawn, got %s", later, e.StateAt(at))
		}
	}
	d := e.Draft()
	d.Title = "Other"
	if _, err := o.Change(t.Context(), ada, e.ID, d); !errors.Is(err, elections.ErrWithdrawn) {
		t.Errorf("want no change, got %v", err)
	}
	err = o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := o.Confirm(t.Context(), tx, ada, e, "")
		return err
	})
	if !errors.Is(err, elections.ErrWithdrawn) {
		t.Errorf("want no confirmation, got %v", err)
	}
	o.now = o.now.Add(24 * time.Hour)
	if due, err := elections.DueToClose(t.Context(), o.db, o.now); err != nil || len(due) != 0 {
		t.Errorf("want nothing to close, got %v, %v", due, err)
	}
	for _, statement := range []string{
		"UPDATE elections SET title = 'x'", "UPDATE elections SET withdrawn_at = NULL, withdrawal_reason = ''", "DELETE FROM elections",
		"UPDATE constituencies SET seats = 1", "DELETE FROM candidacies", "INSERT INTO constituencies (election_id, position, name, seats, registered_voters) VALUES (1, 9, 'x', 1, 0)",
		"INSERT INTO stations (election_id, constituency_id, position, number, kind) VALUES (1, 1, 1, '1', 'ordinary')",
	} {
		err := o.db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), statement)
			return err
		})
		if err == nil {
			t.Errorf("want the database to refuse %q", statement)
		}
	}
}

// TestParticipant_ThatWasNeverACandidateCanBeDeleted, and no other one.
func TestParticipant_ThatWasNeverACandidateCanBeDeleted(t *testing.T) {
	o := newEnv(t)
	draft := o.asDraft(t) // of 3 and 1
	remove := func(id int64) error { return o.participants.Delete(t.Context(), ada, id) }
	if err := remove(1); !errors.Is(err, participants.ErrInDraft) {
		t.Errorf("want the draft in the way, got %v", err)
	}
	if err := remove(2); err != nil {
		t.Errorf("want it deleted, got %v", err)
	}
	if _, err := o.participants.Participant(t.Context(), 2); !errors.Is(err, participants.ErrUnknown) {
		t.Errorf("want it gone, got %v", err)
	}
	if err := remove(2); !errors.Is(err, participants.ErrUnknown) {
		t.Errorf("want it unknown, got %v", err)
	}
	if _, err := o.Publish(t.Context(), ada, draft.ID, elections.Publication{}); err != nil {
		t.Fatal(err)
	}
	d := draft.Draft()
	d.Constituencies[0].Candidacies = d.Constituencies[0].Candidacies[:1] // 1 is a candidate no more
	if _, err := o.Change(t.Context(), ada, draft.ID, d); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{1, 3} {
		if err := remove(id); !errors.Is(err, participants.ErrWasCandidate) {
			t.Errorf("participant %d: want it on record, got %v", id, err)
		}
	}
}
