package online_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/database"
)

func TestCast_OnlyWhileTheElectionTakesVotes(t *testing.T) {
	o := newEnv(t, online.Options{})
	early := o.election(t, 1, func(d *elections.Draft) { d.StartsAt = o.Now().Add(10 * time.Minute) })
	over := o.election(t, 1, func(d *elections.Draft) { d.EndsAt = o.Now().Add(20 * time.Minute) })
	changed := o.election(t, 1, func(d *elections.Draft) { d.StartsAt = o.Now().Add(10 * time.Minute) })
	keys := map[*elections.Election][]online.Key{early: o.issue(t, early, 3), over: o.issue(t, over, 3), changed: o.issue(t, changed, 3)}
	want := func(when string, e *elections.Election, n int, want error) {
		t.Helper()
		if got := o.cast(t, keys[e][n], "Alder"); !errors.Is(got, want) {
			t.Errorf("%s: want %v, got %v", when, want, got)
		}
	}
	want("before the start", early, 0, online.ErrVotingClosed)
	want("meanwhile", over, 0, nil)
	// Before it begins, an election may still give its online votes up, even after keys were issued.
	d := changed.Draft()
	d.Channels = []elections.Channel{elections.Batches}
	if _, err := o.registry.Change(t.Context(), ada, changed.ID, d); err != nil {
		t.Fatal(err)
	}
	o.Move(15 * time.Minute)
	want("after the start", early, 0, nil)
	want("without votes online", changed, 0, online.ErrVotingClosed)
	o.Move(10 * time.Minute)
	want("after the end, closed or not yet", over, 1, online.ErrVotingClosed)
	o.waitForClose(t, over)
	want("after the close", over, 1, online.ErrVotingClosed)
	o.Move(-10 * time.Minute)
	want("after the close, with the clock back", over, 1, online.ErrVotingClosed)
	want("elsewhere", early, 1, nil)
	o.recount(t)
}

// TestCast_AsTheElectionStandsWhenItOpens votes too early, so that the election is remembered, and then
// changes it.
func TestCast_AsTheElectionStandsWhenItOpens(t *testing.T) {
	o := newEnv(t, online.Options{})
	starts := o.Now().Add(30 * time.Minute)
	later := func(d *elections.Draft) { d.StartsAt = starts }
	earlier, others := o.election(t, 1, later), o.election(t, 1, later)
	early, keys := o.issue(t, earlier, 1), o.issue(t, others, 3)
	for _, k := range []online.Key{early[0], keys[0]} {
		if err := o.cast(t, k, "Alder"); !errors.Is(err, online.ErrVotingClosed) {
			t.Fatalf("want no vote before the start, got %v", err)
		}
	}
	change := func(e *elections.Election, change func(*elections.Draft)) {
		t.Helper()
		d := e.Draft()
		change(&d)
		if _, err := o.registry.Change(t.Context(), ada, e.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	change(earlier, func(d *elections.Draft) { d.StartsAt = o.Now().Add(10 * time.Minute) })
	change(others, func(d *elections.Draft) {
		all := d.Constituencies[0].Candidacies
		d.Constituencies[0].Candidacies = all[:len(all)-1]
		d.Rules.BlankBallots = true
	})
	o.Move(15 * time.Minute)
	if err := o.cast(t, early[0], "Alder"); err != nil {
		t.Errorf("want votes taken where the start was moved forward, got %v", err)
	}
	o.Move(20 * time.Minute)
	for n, c := range []struct {
		candidate string
		want      error
	}{{"Cedar", online.ErrUnknownCandidate}, {"0", nil}, {"Birch", nil}} {
		if err := o.cast(t, keys[n], c.candidate); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v as the election stood at its opening, got %v", c.candidate, c.want, err)
		}
	}
	o.recount(t)
}

// TestCast_NamesInCapitals writes names as forms in capitals have them.
func TestCast_NamesInCapitals(t *testing.T) {
	o := newEnv(t, online.Options{})
	names := map[string]string{"Νίκος": "ΝΊΚΟΣ", "Đorđe Šćepan": "ĐORĐE ŠĆEPAN", "ИВАН": "иван"}
	e := o.election(t, 1, func(d *elections.Draft) {
		for name := range names {
			p, err := o.participants.Create(t.Context(), ada, participants.Draft{Name: name, Kind: participants.Party})
			if err != nil {
				t.Fatal(err)
			}
			d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		}
	})
	keys, n := o.issue(t, e, len(names)), 0
	for name, capitals := range names {
		if err := o.cast(t, keys[n], capitals); err != nil {
			t.Errorf("want %s understood as %s, got %v", capitals, name, err)
		}
		n++
	}
}

// writing holds the one writing connection until the function that it returns is called; in the same
// transaction runs the statements it is given.
func (o *env) writing(t *testing.T, statement string, args ...any) (release func()) {
	t.Helper()
	held, free, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- o.db.Write(context.WithoutCancel(t.Context()), func(tx *database.Tx) error {
			if _, err := tx.SQL().ExecContext(t.Context(), statement, args...); err != nil {
				return err
			}
			close(held)
			<-free
			return nil
		})
	}()
	select {
	case <-held:
	case err := <-ended:
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		close(free)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// answer waits for what a vote is told.
func answer(t *testing.T, from <-chan error) error {
	t.Helper()
	select {
	case err := <-from:
		return err
	case <-time.After(time.Minute):
		t.Fatal("want an answer")
		return nil
	}
}

// closing waits until the closer refuses the votes of an election that is over and waits for the
// writer, which the test holds; there is no other writer.
func (o *env) closing(t *testing.T) {
	t.Helper()
	until(t, "the closer in line for the writer", func() bool { return o.db.Waiting() == 1 })
}

// TestClose_NothingSlipsInWhileItCloses moves the clock back between the moment at which the closer begins and
// the one at which the election is marked as closed, for which it needs the writer.
func TestClose_NothingSlipsInWhileItCloses(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 2)
	release := o.writing(t, `SELECT 1`)
	o.Move(2 * time.Hour)
	o.closing(t)
	o.Move(-2 * time.Hour)
	answered := make(chan error, 1)
	go func() { answered <- o.cast(t, keys[0], "Alder") }()
	if err := answer(t, answered); !errors.Is(err, online.ErrVotingClosed) {
		t.Errorf("want no vote while the election is being closed, got %v", err)
	}
	release()
	o.Move(2 * time.Hour)
	o.waitForClose(t, e)
	o.recount(t)
}

// TestClose_NotWhereTheEndWasMovedMeanwhile moves the end while the closer waits for the writer.
func TestClose_NotWhereTheEndWasMovedMeanwhile(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 2)
	if err := o.cast(t, keys[0], "Alder"); err != nil {
		t.Fatal(err)
	}
	release := o.writing(t, `UPDATE elections SET ends_at = $1 WHERE id = $2`, e.EndsAt.Add(10*time.Hour).UnixMilli(), e.ID)
	o.Move(2 * time.Hour)
	o.closing(t)
	release()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = o.cast(t, keys[1], "Alder"); err == nil {
			break
		}
	}
	if n := o.number(t, `SELECT count(*) FROM elections WHERE closed_at IS NOT NULL`); n != 0 || err != nil {
		t.Errorf("want an election open whose end was moved, got %d closed, %v", n, err)
	}
}

// TestCast_ArrivalDecides has every reading connection taken while a vote comes before the end, so that its
// key is looked up after it.
func TestCast_ArrivalDecides(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 2)
	if err := o.cast(t, keys[0], "Alder"); err != nil { // the election is remembered
		t.Fatal(err)
	}
	var held []func() error
	for range o.db.Pool().Stats().MaxOpenConnections {
		conn, err := o.db.Pool().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn.Close)
	}
	answered := make(chan error, 1)
	go func() { answered <- o.cast(t, keys[1], "Alder") }()
	o.came(t, 1)
	o.Move(2 * time.Hour)
	for _, release := range held {
		if err := release(); err != nil {
			t.Error(err)
		}
	}
	if err := answer(t, answered); err != nil {
		t.Errorf("want the vote that came before the end counted, got %v", err)
	}
	o.waitForClose(t, e)
	if n := o.number(t, `SELECT count(*) FROM online_ballots`); n != 2 {
		t.Errorf("want both votes, got %d", n)
	}
	o.recount(t)
}

// TestCast_CandidatesAreTheConstituencys has three lists stand in the first constituency and another two in
// the second.
func TestCast_CandidatesAreTheConstituencys(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 2, func(d *elections.Draft) {
		second := &d.Constituencies[1]
		second.Candidacies = second.Candidacies[:0:0]
		for _, name := range []string{"Dogwood", "Elder"} {
			p, err := o.participants.Create(t.Context(), ada, participants.Draft{Name: name, Kind: participants.Party})
			if err != nil {
				t.Fatal(err)
			}
			second.Candidacies = append(second.Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		}
	})
	keys := o.issue(t, e, 8)
	for n, c := range []struct {
		candidate string
		want      error
	}{
		0: {"Dogwood", online.ErrUnknownCandidate},
		1: {"Alder", online.ErrUnknownCandidate},
		2: {"3", nil},
		3: {"3", online.ErrUnknownCandidate},
		4: {"Birch", nil},
		5: {"Elder", nil},
		7: {"2", nil},
	} {
		if c.candidate == "" {
			continue
		}
		if got := o.cast(t, keys[n], c.candidate); !errors.Is(got, c.want) {
			t.Errorf("%q in constituency %d: want %v, got %v", c.candidate, n%2+1, c.want, got)
		}
	}
	for i, want := range []string{"2:1 3:1", "2:2"} {
		var got []string
		for poll := range 4 {
			if votes := o.number(t, `SELECT coalesce(sum(votes), 0) FROM online_tallies WHERE constituency_id = $1 AND poll_number = $2`, e.Constituencies[i].ID, poll); votes > 0 {
				got = append(got, fmt.Sprintf("%d:%d", poll, votes))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("constituency %d: want %s, got %v", i+1, want, got)
		}
	}
	o.recount(t)
}
