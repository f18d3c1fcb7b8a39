package elections_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/database"
)

// withStations is a draft of two constituencies with the given numbers of polling stations.
func (o *env) withStations(north, south []string) elections.Draft {
	d := o.draft()
	d.Constituencies = []elections.ConstituencyDraft{
		{Name: "North", Seats: 7, Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}, {ParticipantID: 2}}},
		{Name: "South", Seats: 3, Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}, {ParticipantID: 2}}},
	}
	for i, numbers := range [][]string{north, south} {
		for _, n := range numbers {
			d.Constituencies[i].Stations = append(d.Constituencies[i].Stations, elections.StationDraft{Number: n})
		}
	}
	return d
}

// numbers returns the numbers of the polling stations of each constituency by its name.
func (o *env) numbers(t *testing.T, id int64) map[string]string {
	t.Helper()
	e, err := o.Election(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	stations, err := o.Stations(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, c := range e.Constituencies {
		var numbers []string
		for _, s := range stations[c.ID] {
			numbers = append(numbers, s.Number)
		}
		if c.HasStations != (len(numbers) > 0) {
			t.Errorf("%s: want whether it has stations, got %t with %d", c.Name, c.HasStations, len(numbers))
		}
		found[c.Name] = strings.Join(numbers, " ")
	}
	return found
}

func TestStations_FollowTheirConstituency(t *testing.T) {
	o := newEnv(t)
	e, err := o.Create(t.Context(), ada, o.withStations([]string{"1", "2"}, []string{"7"}))
	if err != nil {
		t.Fatal(err)
	}
	d := e.Draft()
	d.Constituencies[0], d.Constituencies[1] = d.Constituencies[1], d.Constituencies[0]
	if e, err = o.Change(t.Context(), ada, e.ID, d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"North": "1 2", "South": "7"}, o.numbers(t, e.ID)); diff != "" {
		t.Errorf("after another order (-want +got):\n%s", diff)
	}
	d = e.Draft()
	d.Constituencies = d.Constituencies[1:] // South is first now, and is removed
	if e, err = o.Change(t.Context(), ada, e.ID, d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"North": "1 2"}, o.numbers(t, e.ID)); diff != "" {
		t.Errorf("after South was removed (-want +got):\n%s", diff)
	}
}

func TestStations_MistakesAreNamed(t *testing.T) {
	o := newEnv(t)
	d := o.withStations([]string{"1a", " 1A "}, []string{"7", ""})
	d.Constituencies[1].Stations[0].Kind = "tent"
	d.Constituencies[1].Stations[0].RegisteredVoters = -1
	_, err := o.Create(t.Context(), ada, d)
	for _, field := range []string{
		"constituencies[0].stations[1].number", "constituencies[1].stations[0].kind", "constituencies[1].stations[0].registered_voters",
		"constituencies[1].stations[1].number",
	} {
		if fieldsOf(err)[field] == "" {
			t.Errorf("want %s named, got %v", field, err)
		}
	}
}

// TestSecondRound_HasTheStationsOfTheFirst: with their names, places, voters and kinds, and without closures.
func TestSecondRound_HasTheStationsOfTheFirst(t *testing.T) {
	o := newEnv(t)
	other, err := o.participants.Create(t.Context(), ada, participants.Draft{Name: "P5", Kind: participants.Individual})
	if err != nil {
		t.Fatal(err)
	}
	d := o.draft()
	d.Kind = elections.Presidential
	d.Constituencies = []elections.ConstituencyDraft{{
		Name: "North", Candidacies: []elections.CandidacyDraft{{ParticipantID: 4}, {ParticipantID: other.ID}},
		Stations: []elections.StationDraft{
			{Number: "2", Name: "School", Place: "Mill Road", RegisteredVoters: 700, Kind: elections.PostalStation}, {Number: "1"},
		},
	}}
	first := o.create(t, d)
	o.now = first.StartsAt.Add(time.Minute)
	was := o.stations(t, first, 0)
	if _, err := o.CloseStation(t.Context(), ada, was[1].ID, "flood"); err != nil {
		t.Fatal(err)
	}
	var second *elections.Election
	err = o.db.Write(t.Context(), func(tx *database.Tx) (err error) {
		starts := first.EndsAt.AddDate(0, 0, 7)
		second, err = o.CreateSecondRound(t.Context(), tx, ada, first, []int64{4, other.ID}, elections.Period{StartsAt: starts, EndsAt: starts.Add(time.Hour)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	is := o.stations(t, second, 0)
	if len(is) != len(was) || !second.Constituencies[0].HasStations {
		t.Fatalf("want %d stations, got %+v", len(was), is)
	}
	for i := range was {
		if is[i].ID == was[i].ID || is[i].Draft() != was[i].Draft() || is[i].Exclusion != elections.NotExcluded {
			t.Errorf("want a station of its own like %+v, got %+v", was[i], is[i])
		}
	}
}
