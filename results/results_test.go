package results_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"urna/auth"
	"urna/ballots"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/results"
	"urna/results/apportion"
)

var ada = audit.Actor{ID: 1, Name: "Ada", From: "test"}

// env is a database with an election whose votes a test puts straight into the ledger.
type env struct {
	folder    *apptest.Env
	db        *database.DB
	elections *elections.Service
	results   *results.Service
	now       *clock.Clock
	guids     uint32
}

func newEnv(t *testing.T) *env {
	t.Helper()
	o := &env{now: clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	o.folder = apptest.Open(t, t.TempDir(), o.now)
	o.db, o.elections, o.results = o.folder.DB, o.folder.Elections, o.folder.Results
	for _, name := range []string{"Ada", "Bob"} { // two administrators certify
		o.folder.AddAccount(t, name, auth.Administrator)
	}
	return o
}

// election makes an election that ended a moment ago, with n participants.
func (o *env) election(t *testing.T, kind elections.Kind, n int, change func(*elections.Draft)) *elections.Election {
	t.Helper()
	d := elections.Draft{
		Title: "Test", Kind: kind, StartsAt: o.now.Now().Add(-2 * time.Hour), EndsAt: o.now.Now().Add(-time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{RegisteredVoters: 1000}},
	}
	if kind == elections.Parliamentary {
		d.Constituencies[0].Seats = 10
	}
	for i := range n {
		p, err := o.folder.Participants.Create(t.Context(), ada,
			participants.Draft{Name: fmt.Sprintf("P%d", i+1), Kind: kind.Participants()})
		if err != nil {
			t.Fatal(err)
		}
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	if change != nil {
		change(&d)
	}
	e, err := o.elections.Create(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// cast puts ballots into the ledger: votes[i] for poll number i.
func (o *env) cast(t *testing.T, e *elections.Election, votes ...int) {
	t.Helper()
	o.castIn(t, e, 0, votes...)
}

// castIn does what cast does in the constituency at an index.
func (o *env) castIn(t *testing.T, e *elections.Election, constituency int, votes ...int) {
	t.Helper()
	c := e.Constituencies[constituency]
	s := ballots.NewSorter(t.TempDir(), 0)
	defer func() { _ = s.Close() }()
	for poll, n := range votes {
		for range n {
			o.guids++
			g := ballots.GUID{15: 1, 0: byte(o.guids >> 16), 1: byte(o.guids >> 8), 2: byte(o.guids)}
			if err := s.Add(ballots.Line{Number: int64(o.guids), GUID: g, PollNumber: int32(poll)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	sorted, err := s.Sort()
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := sorted.NextBundle([]ballots.Source{{BatchID: 1, Slate: ballots.Slate{
		ElectionID: e.ID, ConstituencyID: c.ID, Candidacies: len(c.Candidacies), BlankBallots: e.Rules.BlankBallots,
	}}}, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	err = o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO batches (election_id, constituency_id, official_id, official_name,
			file_name, spool_file, sha256, bytes, lines, state, accepted_at) VALUES ($1, $2, 1, '', '', $3, zeroblob(32), 0, 0, 'counted', 0)`,
			e.ID, c.ID, fmt.Sprint("spool", o.guids))
		if err != nil {
			return err
		}
		_, err = ballots.Append(context.Background(), tx, bundle)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (o *env) get(t *testing.T, e *elections.Election) *results.Results {
	t.Helper()
	r, err := o.results.Results(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func seats(c results.Constituency) (seats []int) {
	for _, candidacy := range c.Candidacies {
		seats = append(seats, candidacy.Seats)
	}
	return seats
}

func TestResults_Parliamentary(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 4, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	o.cast(t, e, 5, 60, 30, 6, 4, 0, 0, 7) // 5 blank, four parties, 7 with an unknown poll number
	r := o.get(t, e)
	want := results.Ballots{Valid: 105, Blank: 5, Invalid: 7, Cast: 112, RegisteredVoters: 1000}
	if r.Ballots != want {
		t.Errorf("want %+v, got %+v", want, r.Ballots)
	}
	c := r.Constituencies[0]
	if got := seats(c); !slices.Equal(got, []int{7, 3, 0, 0}) {
		t.Errorf("want 7, 3, 0, 0 seats, got %v", got)
	}
	if c.Candidacies[2].BelowThreshold || !c.Candidacies[3].BelowThreshold || c.ThresholdVotes != 5 {
		t.Errorf("want only the last below 5 votes, got %+v", c)
	}
	if got := c.Candidacies[0].Share.Decimal(); got != "0.600000" {
		t.Errorf("want a share of 0.600000, got %s", got)
	}
	if got := r.Ballots.Turnout().InPercent().String(); got != "11.20 %" {
		t.Errorf("want 11.20 %%, got %s", got)
	}
	if !r.Provisional || r.Participants[0].Seats != 7 || r.Participants[0].Votes != 60 {
		t.Errorf("want provisional results, the largest party first, got %+v", r)
	}
}

// TestResults_ThresholdOnDeclaredVotesCast gives the base from paper: 6 of 100 ballots pass 5 %, 6 of
// 200 votes cast do not.
func TestResults_ThresholdOnDeclaredVotesCast(t *testing.T) {
	o := newEnv(t)
	declared := int64(200)
	for _, c := range []struct {
		declared *int64
		below    bool
	}{{nil, false}, {&declared, true}} {
		e := o.election(t, elections.Parliamentary, 3, func(d *elections.Draft) {
			d.Rules.ThresholdBase = "votes-cast"
			d.Constituencies[0].DeclaredVotesCast = c.declared
		})
		o.cast(t, e, 0, 60, 34, 6)
		if got := o.get(t, e).Constituencies[0].Candidacies[2].BelowThreshold; got != c.below {
			t.Errorf("declared %v: want below %v, got %v", c.declared, c.below, got)
		}
	}
}

func TestResults_WeightAndExemption(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.Constituencies[0].Candidacies[1].Exempt = true
		d.Constituencies[0].Candidacies[1].Weight = "27/20"
		d.Constituencies[0].Seats = 32
	})
	o.cast(t, e, 0, 965, 23) // 23 × 1.35 = 31.05 > 965 / 32
	if got := seats(o.get(t, e).Constituencies[0]); !slices.Equal(got, []int{31, 1}) {
		t.Errorf("want the weighted list to take the last seat, got %v", got)
	}
}

func TestResults_TieIsShown(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 3, func(d *elections.Draft) { d.Constituencies[0].Seats = 3 })
	o.cast(t, e, 0, 20, 10, 10) // 20, 10, 10 and 20/2 compete for two seats
	c := o.get(t, e).Constituencies[0]
	if c.Tie == nil || c.Tie.Seats != 2 || len(c.Tie.Participants) != 3 || !slices.Equal(seats(c), []int{1, 0, 0}) {
		t.Errorf("want three lists tied for two seats, got %+v, %v", c.Tie, seats(c))
	}
}

func TestResults_Presidential(t *testing.T) {
	for name, c := range map[string]struct {
		majority elections.Majority
		votes    []int
		winner   int // its poll number
		second   int // participants in the second round
		tie      bool
	}{
		"absolute majority": {elections.Absolute, []int{0, 51, 30, 19}, 1, 0, false},
		"exactly half":      {elections.Absolute, []int{0, 50, 30, 20}, 0, 2, false},
		"plurality":         {elections.Plurality, []int{0, 40, 30, 30}, 1, 0, false},
		"tie for the first": {elections.Plurality, []int{0, 40, 40, 20}, 0, 0, true},
		"tie for second":    {elections.Absolute, []int{0, 40, 30, 30}, 0, 0, true},
		"no votes":          {elections.Absolute, []int{0, 0, 0, 0}, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newEnv(t)
			e := o.election(t, elections.Presidential, 3, func(d *elections.Draft) { d.Rules.Majority = c.majority })
			if slices.Max(c.votes) > 0 {
				o.cast(t, e, c.votes...)
			}
			r := o.get(t, e)
			if (r.Winner != 0) != (c.winner != 0) || len(r.SecondRound) != c.second || (r.Constituencies[0].Tie != nil) != c.tie {
				t.Errorf("want %+v, got winner %d, second round %v, tie %v", c, r.Winner, r.SecondRound, r.Constituencies[0].Tie)
			}
			if c.winner != 0 && r.Winner != e.Constituencies[0].Candidacies[c.winner-1].ParticipantID {
				t.Errorf("want poll number %d to win, got participant %d", c.winner, r.Winner)
			}
		})
	}
}

func TestResults_EmbargoedUntilTheEnd(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) { d.EndsAt = o.now.Now().Add(time.Hour) })
	o.cast(t, e, 0, 2, 1, 0, 4)
	if _, err := o.results.Results(t.Context(), e.ID); !errors.Is(err, results.ErrEmbargoed) {
		t.Errorf("want embargoed, got %v", err)
	}
	turnout, err := o.turnout(t, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want := (results.Ballots{Cast: 7, RegisteredVoters: 1000}); turnout.Ballots != want || turnout.ShowsCount {
		t.Errorf("want turnout only, got %+v", turnout)
	}
	o.now.Move(2 * time.Hour)
	if r := o.get(t, e); r.Ballots.Valid != 3 {
		t.Errorf("want the count after the end, got %+v", r.Ballots)
	}
	if _, err := o.results.Results(t.Context(), 99); !errors.Is(err, elections.ErrUnknownElection) {
		t.Errorf("want unknown, got %v", err)
	}
}

func TestCount_HoldsNoVotesUnderEmbargo(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt = o.now.Now().Add(-time.Hour), o.now.Now().Add(time.Hour)
		d.Channels = []elections.Channel{elections.Batches}
	})
	defer o.results.Close()
	count := func(want int) []results.Point {
		t.Helper()
		o.results.Changed(e.ID)
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			turnout, err := o.turnout(t, e.ID)
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("want %d points, got %+v, %v", want, turnout, err)
			}
			if len(turnout.Count) == want {
				return turnout.Count
			}
		}
	}
	o.cast(t, e, 0, 60, 30)
	if points := count(1); points[0].Cast != 90 || points[0].Votes != nil {
		t.Errorf("want 90 ballots and no votes by participant, got %+v", points)
	}
	o.now.Move(2 * time.Hour)
	o.cast(t, e, 0, 7, 3)
	points := count(2)
	if points[0].Votes != nil || points[1].Cast != 100 || points[1].Votes[e.Constituencies[0].Candidacies[0].ParticipantID] != 67 {
		t.Errorf("want votes from the end on only, got %+v", points)
	}
}

func TestResults_NobodyVoted(t *testing.T) {
	o := newEnv(t)
	r := o.get(t, o.election(t, elections.Parliamentary, 2, nil))
	if got := seats(r.Constituencies[0]); !slices.Equal(got, []int{0, 0}) || r.Participants[0].Share.InPercent().String() != "–" {
		t.Errorf("want no seats and no shares, got %v, %+v", got, r.Participants)
	}
}

func TestResults_ProblemIsSaid(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.Rules.Method, d.Constituencies[0].Seats = "hagenbach-bischoff-rounded", 100
	})
	o.cast(t, e, 0, 1, 1) // a quota of 2/101 rounds to zero
	if c := o.get(t, e).Constituencies[0]; !strings.Contains(c.Problem.String(), "quota") {
		t.Errorf("want the problem said, got %+v", c)
	}
}

// TestMethods_AreThoseOfApportion keeps the names that elections accepts and those that can be computed
// the same.
func TestMethods_AreThoseOfApportion(t *testing.T) {
	var known []string
	for _, m := range apportion.Methods() {
		known = append(known, string(m))
	}
	offered := elections.Methods()
	slices.Sort(known)
	slices.Sort(offered)
	if !slices.Equal(known, offered) {
		t.Errorf("want %v, got %v", known, offered)
	}
}

func TestWatch_CoalescesAndEnds(t *testing.T) {
	databasetest.NeedsSQLite(t, "connections to a server that outlive a bubble of testing/synctest have timers of it")
	o := newEnv(t)
	synctest.Test(t, func(t *testing.T) {
		service := results.New(o.db, &audit.Log{Now: time.Now}, o.elections, nil, nil, time.Now)
		updates, stop := service.Watch(1)
		_, forget := service.Watch(1) // a watcher that never reads, and for which no one waits
		defer forget()
		for range 100 {
			service.Changed(1)
			service.Changed(2)
		}
		<-updates
		begun := time.Now()
		for range 100 {
			service.Changed(1)
		}
		<-updates
		if waited := time.Since(begun); waited != 250*time.Millisecond {
			t.Errorf("want four updates a second at most, got the second after %v", waited)
		}
		stop()
		service.Changed(1)
		time.Sleep(time.Minute)
		select {
		case <-updates:
			t.Error("want no update after the end")
		default:
		}
	})
}

func TestShare(t *testing.T) {
	for _, c := range []struct {
		part, whole      int64
		decimal, percent string
	}{
		{1, 3, "0.333333", "33.33 %"},
		{2, 3, "0.666667", "66.67 %"},
		{0, 5, "0.000000", "0.00 %"},
		{5, 5, "1.000000", "100.00 %"},
		{1, 0, "0.000000", "–"},
		{1953998, 3103753, "0.629560", "62.96 %"},
	} {
		s := results.NewFraction(c.part, c.whole)
		if s.Decimal() != c.decimal || s.InPercent().String() != c.percent {
			t.Errorf("%d of %d: want %s, %s, got %s, %s", c.part, c.whole, c.decimal, c.percent, s.Decimal(), s.InPercent().String())
		}
	}
}
