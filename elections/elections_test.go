package elections_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/internal/testing/databasetest"
)

var ada = audit.Actor{ID: 1, Name: "Ada", From: "test"}

// env is a service whose time a test moves, with three parties (ids 1 to 3) and an individual (4).
type env struct {
	*elections.Service

	participants *participants.Service

	db  *database.DB
	now time.Time
}

// store changes the database, bypassing the service, as an earlier version may have left it.
func (o *env) store(t *testing.T, statement string) {
	t.Helper()
	err := o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newEnv(t *testing.T) *env {
	t.Helper()
	o := newEmptyEnv(t)
	for i := range 4 {
		kind := participants.Party
		if i == 3 {
			kind = participants.Individual
		}
		_, err := o.participants.Create(t.Context(), ada, participants.Draft{Name: fmt.Sprintf("P%d", i+1), Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// newEmptyEnv returns an env without participants.
func newEmptyEnv(t *testing.T) *env {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(t.TempDir(), "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := &env{db: db, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return o.now }
	o.participants = participants.New(db, &audit.Log{Now: now}, participants.Options{Now: now, Standing: elections.Standing})
	o.Service = elections.New(db, &audit.Log{Now: now}, o.participants, elections.Options{Now: now, TimeZone: "Europe/Belgrade"})
	return o
}

// draft is an election that starts in an hour and ends in two.
func (o *env) draft() elections.Draft {
	return elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: o.now.Add(time.Hour), EndsAt: o.now.Add(2 * time.Hour),
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: 3}, {ParticipantID: 1}}}},
	}
}

func (o *env) create(t *testing.T, d elections.Draft) *elections.Election {
	t.Helper()
	e, err := o.Create(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestCreate_FillsInTheDefaults(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.draft())
	if e.TimeZone != "Europe/Belgrade" || e.PublicView != elections.TurnoutOnly || len(e.Channels) != 2 {
		t.Errorf("want the defaults, got %+v", e)
	}
	wantRules := elections.Rules{
		Method: "dhondt", ThresholdPercent: "5", ThresholdBase: "valid-party-votes", ThresholdComparison: ">=",
		ThresholdScope: elections.EachConstituency, Majority: elections.Absolute, MajorityBase: elections.MajorityOfValid,
		TieBreak: []elections.TieBreak{elections.ByLot},
	}
	if diff := cmp.Diff(wantRules, e.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	c := e.Constituencies[0]
	if c.Name != "Nationwide" || c.Seats != 250 {
		t.Errorf("want one constituency of 250 seats, got %+v", c)
	}
	for i, want := range []int64{3, 1} {
		if got := c.Candidacies[i]; got.PollNumber != i+1 || got.ParticipantID != want || got.Name != fmt.Sprintf("P%d", want) {
			t.Errorf("want participant %d under poll number %d, got %+v", want, i+1, got)
		}
	}
	d := o.draft()
	d.Kind, d.Constituencies[0].Candidacies = elections.Presidential, []elections.CandidacyDraft{{ParticipantID: 4}}
	if e := o.create(t, d); e.Constituencies[0].Seats != 1 || e.Rules.ThresholdBase != "none" {
		t.Errorf("want one seat without a threshold, got %+v", e)
	}
}

// TestCreate_RulesForTiesEndInALot keeps every order of rules that an election may have, with a lot at the end.
func TestCreate_RulesForTiesEndInALot(t *testing.T) {
	o := newEnv(t)
	for _, kind := range []elections.Kind{elections.Parliamentary, elections.Presidential} {
		for _, order := range elections.TieBreaks(kind) {
			for _, given := range [][]elections.TieBreak{order, order[:len(order)-1]} {
				d := o.draft()
				d.Rules.TieBreak = given
				if d.Kind = kind; kind == elections.Presidential {
					d.Constituencies[0].Candidacies = []elections.CandidacyDraft{{ParticipantID: 4}}
				}
				e := o.create(t, d)
				if stored, err := o.Election(t.Context(), e.ID); err != nil || !slices.Equal(stored.Rules.TieBreak, order) {
					t.Errorf("%s, %v: want %v, got %v, %v", kind, given, order, stored.Rules.TieBreak, err)
				}
			}
		}
	}
}

func TestCreate_NamesEachProblem(t *testing.T) {
	o := newEnv(t)
	votes := int64(-1)
	for name, c := range map[string]struct {
		change func(*elections.Draft)
		field  string
	}{
		"no title":           {func(d *elections.Draft) { d.Title = " " }, "title"},
		"unknown kind":       {func(d *elections.Draft) { d.Kind = "royal" }, "kind"},
		"end before start":   {func(d *elections.Draft) { d.EndsAt = d.StartsAt }, "ends_at"},
		"unknown zone":       {func(d *elections.Draft) { d.TimeZone = "Mars/Olympus" }, "time_zone"},
		"unknown view":       {func(d *elections.Draft) { d.PublicView = "all" }, "public_view"},
		"unknown channel":    {func(d *elections.Draft) { d.Channels = []elections.Channel{"pigeon"} }, "channels"},
		"unknown method":     {func(d *elections.Draft) { d.Rules.Method = "guess" }, "method"},
		"threshold over 100": {func(d *elections.Draft) { d.Rules.ThresholdPercent = "100.1" }, "threshold_percent"},
		"threshold a word":   {func(d *elections.Draft) { d.Rules.ThresholdPercent = "five" }, "threshold_percent"},
		"unknown base":       {func(d *elections.Draft) { d.Rules.ThresholdBase = "x" }, "threshold_base"},
		"unknown comparison": {func(d *elections.Draft) { d.Rules.ThresholdComparison = "=" }, "threshold_comparison"},
		"too many seats":     {func(d *elections.Draft) { d.Constituencies[0].Seats = 10_001 }, "constituencies[0].seats"},
		"negative voters":    {func(d *elections.Draft) { d.Constituencies[0].RegisteredVoters = -1 }, "constituencies[0].registered_voters"},
		"negative votes":     {func(d *elections.Draft) { d.Constituencies[0].DeclaredVotesCast = &votes }, "constituencies[0].declared_votes_cast"},
		"no candidates":      {func(d *elections.Draft) { d.Constituencies[0].Candidacies = nil }, "constituencies[0].participants"},
		"unknown participant": {
			func(d *elections.Draft) { d.Constituencies[0].Candidacies[1].ParticipantID = 99 }, "constituencies[0].participants[1].id",
		},
		"a participant twice": {
			func(d *elections.Draft) { d.Constituencies[0].Candidacies[1].ParticipantID = 3 }, "constituencies[0].participants[1].id",
		},
		"other kind": {
			func(d *elections.Draft) { d.Constituencies[0].Candidacies[0].ParticipantID = 4 }, "constituencies[0].participants[0].id",
		},
		"weight of zero": {
			func(d *elections.Draft) { d.Constituencies[0].Candidacies[0].Weight = "0" }, "constituencies[0].participants[0].weight",
		},
		"own threshold a word": {
			func(d *elections.Draft) { d.Constituencies[0].Candidacies[0].ThresholdPercent = "seven" },
			"constituencies[0].participants[0].threshold_percent",
		},
		"unknown scope":          {func(d *elections.Draft) { d.Rules.ThresholdScope = "village" }, "threshold_scope"},
		"unknown rule for ties":  {func(d *elections.Draft) { d.Rules.TieBreak = []elections.TieBreak{"age"} }, "tie_break"},
		"two rules about votes":  {func(d *elections.Draft) { d.Rules.TieBreak = elections.SplitTieBreak("more-votes fewer-votes") }, "tie_break"},
		"a rule for ties twice":  {func(d *elections.Draft) { d.Rules.TieBreak = elections.SplitTieBreak("more-votes more-votes lot") }, "tie_break"},
		"a rule after the order": {func(d *elections.Draft) { d.Rules.TieBreak = elections.SplitTieBreak("list-order more-votes lot") }, "tie_break"},
		"a rule after the lot":   {func(d *elections.Draft) { d.Rules.TieBreak = elections.SplitTieBreak("lot more-votes") }, "tie_break"},
		"votes between equal votes": {func(d *elections.Draft) {
			d.Kind, d.Rules.TieBreak = elections.Presidential, elections.SplitTieBreak("more-votes lot")
			d.Constituencies[0].Candidacies = []elections.CandidacyDraft{{ParticipantID: 4}}
		}, "tie_break"},
		"unknown majority base": {func(d *elections.Draft) { d.Rules.MajorityBase = "eligible" }, "majority_base"},
		"two own thresholds in the whole election": {func(d *elections.Draft) {
			d.Rules.ThresholdScope = elections.AllConstituencies
			second := d.Constituencies[0]
			second.Name, second.Candidacies = "South", slices.Clone(second.Candidacies)
			second.Candidacies[1].ThresholdPercent = "7"
			d.Constituencies[0].Name = "North"
			d.Constituencies = append(d.Constituencies, second)
		}, "constituencies[1].participants[1].threshold_percent"},
		"too many seats in all": {func(d *elections.Draft) {
			first := d.Constituencies[0]
			d.Constituencies = nil
			for i := range 11 {
				first.Name, first.Seats = fmt.Sprint("No ", i), 9_999
				d.Constituencies = append(d.Constituencies, first)
			}
		}, "constituencies"},
		"two of one name": {func(d *elections.Draft) {
			d.Constituencies = append(d.Constituencies, d.Constituencies[0])
			d.Constituencies[0].Name, d.Constituencies[1].Name = "North", "North"
		}, "constituencies[1].name"},
		"eligible, unknown voters": {
			func(d *elections.Draft) { d.Rules.ThresholdBase = "eligible" }, "constituencies[0].registered_voters",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := o.draft()
			c.change(&d)
			_, err := o.Create(t.Context(), ada, d)
			var f *problem.Error
			if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
				t.Errorf("want one problem with %s, got %v", c.field, err)
			}
		})
	}
	if all, err := o.Elections(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("want nothing stored, got %v, %v", all, err)
	}
}

func TestStateAt(t *testing.T) {
	start := time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC)
	end := start.Add(13 * time.Hour)
	closed := start.Add(6 * time.Hour)
	for name, c := range map[string]struct {
		e    elections.Election
		at   time.Time
		want elections.State
	}{
		"before":                   {elections.Election{}, start.Add(-1), elections.Scheduled},
		"at the start":             {elections.Election{}, start, elections.Open},
		"just before the end":      {elections.Election{}, end.Add(-1), elections.Open},
		"at the end":               {elections.Election{}, end, elections.Counting},
		"closed, clock jumps back": {elections.Election{ClosedAt: &closed}, start.Add(-time.Hour), elections.Counting},
		"certified":                {elections.Election{CertifiedAt: &closed}, start, elections.Certified},
	} {
		t.Run(name, func(t *testing.T) {
			c.e.StartsAt, c.e.EndsAt = start, end
			if got := c.e.StateAt(c.at); got != c.want {
				t.Errorf("want %s, got %s", c.want, got)
			}
		})
	}
}

func TestShowsCount(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		view         elections.PublicView
		starts, ends time.Duration
		want         bool
	}{
		{elections.RunningCount, time.Hour, 2 * time.Hour, false},
		{elections.TurnoutOnly, -time.Hour, time.Hour, false},
		{elections.RunningCount, -time.Hour, time.Hour, true},
		{elections.TurnoutOnly, -2 * time.Hour, -time.Hour, true},
	} {
		e := elections.Election{PublicView: c.view, StartsAt: now.Add(c.starts), EndsAt: now.Add(c.ends)}
		if got := e.ShowsCount(now); got != c.want {
			t.Errorf("%+v: want %v, got %v", c, c.want, got)
		}
	}
}

func TestChange_OnlyWhileScheduled(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.draft())
	d := e.Draft()
	d.Title = "Town council"
	d.Constituencies = append(d.Constituencies, elections.ConstituencyDraft{
		Name: "South", Candidacies: []elections.CandidacyDraft{{ParticipantID: 2, Weight: "27/20", Exempt: true, MaxSeats: 4}},
	})
	changed, err := o.Change(t.Context(), ada, e.ID, d)
	if err != nil {
		t.Fatal(err)
	}
	if changed.Title != "Town council" || len(changed.Constituencies) != 2 || changed.Constituencies[0].ID != e.Constituencies[0].ID {
		t.Errorf("want the new title and a second constituency beside the old one, got %+v", changed)
	}
	d = changed.Draft()
	d.Constituencies[0], d.Constituencies[1] = d.Constituencies[1], d.Constituencies[0] // names swap places
	if changed, err = o.Change(t.Context(), ada, e.ID, d); err != nil || changed.Constituencies[0].Name != "South" {
		t.Errorf("want the constituencies swapped, got %+v, %v", changed, err)
	}

	o.now = o.now.Add(90 * time.Minute) // open
	d = changed.Draft()
	d.Title = "Other"
	if _, err := o.Change(t.Context(), ada, e.ID, d); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want a change refused, got %v", err)
	}
	d = changed.Draft()
	d.EndsAt = d.EndsAt.Add(-time.Minute)
	if _, err := o.Change(t.Context(), ada, e.ID, d); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want an earlier end refused, got %v", err)
	}
	d = changed.Draft()
	d.EndsAt = d.EndsAt.Add(time.Hour)
	extended, err := o.Change(t.Context(), ada, e.ID, d)
	if err != nil || !extended.EndsAt.Equal(d.EndsAt) {
		t.Errorf("want a later end, got %v, %v", extended, err)
	}
	if diff := cmp.Diff(changed.Constituencies, extended.Constituencies); diff != "" {
		t.Errorf("want nothing else changed (-before +after):\n%s", diff)
	}
	o.now = o.now.Add(24 * time.Hour) // counting
	d.EndsAt = d.EndsAt.Add(48 * time.Hour)
	if _, err := o.Change(t.Context(), ada, e.ID, d); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want an ended election not reopened, got %v", err)
	}
}

func TestChange_RehearsalStaysMarked(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	d.Rehearsal = true
	e := o.create(t, d)
	d.Rehearsal = false
	if e, err := o.Change(t.Context(), ada, e.ID, d); err != nil || !e.Rehearsal {
		t.Errorf("want the mark for good, got %+v, %v", e, err)
	}
}

func TestChange_AnOpenElectionMayBeMarkedAsARehearsal(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.draft())
	o.now = o.now.Add(90 * time.Minute) // open
	e, err := o.Election(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	d := e.Draft()
	d.Rehearsal, d.Title = true, "Other"
	if _, err := o.Change(t.Context(), ada, e.ID, d); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want nothing else changed with it, got %v", err)
	}
	d.Title = e.Title
	marked, err := o.Change(t.Context(), ada, e.ID, d)
	if err != nil || !marked.Rehearsal {
		t.Fatalf("want the mark, got %+v, %v", marked, err)
	}
	marked.Rehearsal = false
	if diff := cmp.Diff(e, marked); diff != "" {
		t.Errorf("want nothing else changed (-before +after):\n%s", diff)
	}
}

func TestParseRational_IsStrict(t *testing.T) {
	for s, want := range map[string]string{
		"5": "5", "0": "0", "3.25": "13/4", "27/20": "27/20", "0.000001": "1/1000000",
		"": "", "007": "", "027/020": "", "27/0": "", ".5": "", "5.": "", "-1": "", "+1": "", "1e2": "", "0b11": "", "0x1": "", "1_0": "",
		"5.0000001": "", "9999999999": "", " 5": "", "1/2/3": "", "1.5/2": "",
	} {
		r, ok := elections.ParseRational(s)
		got := ""
		if ok {
			got = r.RatString()
		}
		if got != want {
			t.Errorf("%q: want %q, got %q", s, want, got)
		}
	}
}

func TestChange_DeclaredVotesCastUntilCertified(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.draft())
	o.now = o.now.Add(24 * time.Hour) // counting
	declared := int64(321)
	d := e.Draft()
	d.Constituencies[0].DeclaredVotesCast = &declared
	changed, err := o.Change(t.Context(), ada, e.ID, d)
	if err != nil || *changed.Constituencies[0].DeclaredVotesCast != declared || changed.Constituencies[0].ID != e.Constituencies[0].ID {
		t.Fatalf("want 321 votes cast declared, got %+v, %v", changed, err)
	}
	d.Title = "Other"
	if _, err := o.Change(t.Context(), ada, e.ID, d); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want nothing else changed with it, got %v", err)
	}
}
