package results_test

import (
	"testing"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/results"
)

// run runs a statement around the domain.
func (o *env) run(t *testing.T, statement string) {
	t.Helper()
	err := o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// updated looks at an election's results an hour later.
func (o *env) updated(t *testing.T, s *results.Service, electionID int64) time.Time {
	t.Helper()
	o.now.Move(time.Hour)
	r, err := s.Results(t.Context(), electionID)
	if err != nil {
		t.Fatal(err)
	}
	return r.UpdatedAt
}

// TestUpdatedAt_IsWhenWhatIsShownChanged looks at a count again and again, with changes in between.
func TestUpdatedAt_IsWhenWhatIsShownChanged(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, nil)
	o.cast(t, e, 0, 60, 40)
	first := o.updated(t, o.results, e.ID)
	if want := o.now.Now(); !first.Equal(want) {
		t.Errorf("want the time of the first look, %s, got %s", want, first)
	}
	for range 3 {
		if again := o.updated(t, o.results, e.ID); !again.Equal(first) {
			t.Errorf("want it to stay at %s, got %s", first, again)
		}
	}
	for what, change := range map[string]func(){
		"votes": func() { o.cast(t, e, 0, 0, 1) },
		"invalid": func() {
			o.run(t, "INSERT INTO constituency_totals (constituency_id, invalid, duplicates) SELECT min(id), 1, 0 FROM constituencies")
		},
		"declared": func() { o.run(t, "UPDATE constituencies SET declared_votes_cast = 500") },
		"a name":   func() { o.run(t, "UPDATE participants SET name = 'Other' WHERE name = 'P1'") },
	} {
		change()
		second := o.updated(t, o.results, e.ID)
		if want := o.now.Now(); !second.Equal(want) {
			t.Errorf("%s: want the time of the look that saw the change, %s, got %s", what, want, second)
		}
		if again := o.updated(t, o.results, e.ID); !again.Equal(second) {
			t.Errorf("%s: want it to stay at %s, got %s", what, second, again)
		}
	}
	turnout, err := o.turnout(t, e.ID)
	if want := o.updated(t, o.results, e.ID); err != nil || !turnout.UpdatedAt.Equal(want) {
		t.Errorf("want the turnout of the same time, %s, got %s, %v", want, turnout.UpdatedAt, err)
	}
}

// TestUpdatedAt_TheClocksTurns has an election open and end with nothing else happening.
func TestUpdatedAt_TheClocksTurns(t *testing.T) {
	for _, shown := range []elections.PublicView{elections.RunningCount, elections.TurnoutOnly} {
		o := newEnv(t)
		e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
			d.StartsAt, d.EndsAt, d.PublicView = o.now.Now().Add(-time.Minute), o.now.Now().Add(90*time.Minute), shown
		})
		open, err := o.turnout(t, e.ID)
		if want := o.now.Now(); err != nil || !open.UpdatedAt.Equal(want) {
			t.Errorf("%s: want the first look, %s, got %s, %v", shown, want, open.UpdatedAt, err)
		}
		o.now.Move(time.Hour)
		if got := o.updated(t, o.results, e.ID); !got.Equal(e.EndsAt) {
			t.Errorf("%s: want the end, %s, got %s", shown, e.EndsAt, got)
		}
	}
}

// TestUpdatedAt_WhileEmbargoedTellsOfTheTurnoutAlone moves votes from one list to the other and back while counts are
// embargoed: nothing that is shown changes, and neither does its time.
func TestUpdatedAt_WhileEmbargoedTellsOfTheTurnoutAlone(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.EndsAt, d.PublicView = o.now.Now().Add(48*time.Hour), elections.TurnoutOnly
	})
	o.cast(t, e, 0, 60, 40)
	look := func() time.Time {
		t.Helper()
		o.now.Move(time.Hour)
		turnout, err := o.turnout(t, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return turnout.UpdatedAt
	}
	first := look()
	o.run(t, "UPDATE constituency_tallies SET votes = 50")
	if got := look(); !got.Equal(first) {
		t.Errorf("want the time to reveal nothing that is not shown, %s, got %s", first, got)
	}
	o.run(t, "UPDATE constituency_tallies SET votes = 51 WHERE poll_number = 1")
	if got, want := look(), o.now.Now(); !got.Equal(want) {
		t.Errorf("want the time at which the turnout moved, %s, got %s", want, got)
	}
}

// TestUpdatedAt_AfterARestart looks with a second service, as the next process does.
func TestUpdatedAt_AfterARestart(t *testing.T) {
	o := newEnv(t)
	restart := func() *results.Service {
		return results.New(o.db, &audit.Log{Now: o.now.Now}, o.elections, nil, nil, o.now.Now)
	}
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) { d.Channels = []elections.Channel{elections.Batches} })
	online := o.election(t, elections.Parliamentary, 0, func(d *elections.Draft) {
		d.EndsAt, d.PublicView = o.now.Now().Add(24*time.Hour), elections.RunningCount
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies,
			elections.CandidacyDraft{ParticipantID: e.Constituencies[0].Candidacies[0].ParticipantID})
	})
	o.cast(t, e, 0, 60, 40)
	before := o.updated(t, o.results, e.ID)
	o.updated(t, o.results, online.ID)
	if err := o.results.Remember(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := o.updated(t, restart(), e.ID); !got.Equal(before) {
		t.Errorf("want the time from before the restart, %s, got %s", before, got)
	}
	second := restart()
	if got, want := o.updated(t, second, online.ID), o.now.Now(); !got.Equal(want) {
		t.Errorf("want nothing stored while votes are cast online, and the first look, %s, got %s", want, got)
	}
	var rows int
	if err := o.db.Pool().QueryRowContext(t.Context(), "SELECT count(*) FROM shown_changes WHERE election_id = $1", online.ID).Scan(&rows); err != nil || rows != 0 {
		t.Errorf("want nothing stored while votes are cast online, got %d rows, %v", rows, err)
	}
	o.cast(t, e, 0, 1, 0)
	if got, want := o.updated(t, restart(), e.ID), o.now.Now(); !got.Equal(want) {
		t.Errorf("want a change that no process saw to be of the first look, %s, got %s", want, got)
	}
}

// TestUpdatedAt_NoSingleVoteIsAFirstLook has the first vote of an election without readers cause a point of the
// count over time: the time that is shown later is not the vote's.
func TestUpdatedAt_NoSingleVoteIsAFirstLook(t *testing.T) {
	o := newEnv(t)
	t.Cleanup(o.results.Close)
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.EndsAt, d.PublicView = o.now.Now().Add(24*time.Hour), elections.RunningCount
	})
	o.results.Changed(e.ID)
	time.Sleep(200 * time.Millisecond) // for the point, which is taken at once
	if got, want := o.updated(t, o.results, e.ID), o.now.Now(); !got.Equal(want) {
		t.Errorf("want the time of the first look, %s, got %s", want, got)
	}
}
