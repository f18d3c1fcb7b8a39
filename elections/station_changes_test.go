package elections_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
)

// stations returns the polling stations of a constituency.
func (o *env) stations(t *testing.T, e *elections.Election, constituency int) []elections.Station {
	t.Helper()
	found, err := o.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	return found[e.Constituencies[constituency].ID]
}

// amended returns the amendments of an election in words, oldest first.
func (o *env) amended(t *testing.T, id int64) (words []string) {
	t.Helper()
	list, err := o.Amendments(t.Context(), id, elections.AmendmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		words = append([]string{fmt.Sprintf("%s %s: %q to %q, %s, %s", a.StationNumber, a.Field, a.Was, a.Became, a.Reason, a.By)}, words...)
	}
	return words
}

func (o *env) list(t *testing.T, e *elections.Election, source string) *elections.StationList {
	t.Helper()
	list, err := elections.ReadStations(e, []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestReplaceStations_KeepsIdsAndAsksForTheVersion(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.withStations([]string{"1", "2a"}, []string{"1"}))
	before := o.stations(t, e, 0)
	all, err := o.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	version := elections.StationsVersion(e, all)
	list := o.list(t, e, "number;constituency;kind;registered_voters;name\n7;north;;;New\n2A;NORTH;Mobile;1 250;Hospital\n")
	plans := list.Plan(e, all)
	want := []elections.StationPlan{
		{Constituency: &e.Constituencies[0], Stations: 2, Added: 1, Changed: 1, Removed: 1, Registered: 1250},
		{Constituency: &e.Constituencies[1], Removed: 1, AllKnown: true},
	}
	if diff := cmp.Diff(want, plans); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if _, err := o.AddStation(t.Context(), ada, e.ID, e.Constituencies[1].ID, elections.StationDraft{Number: "9"}, ""); err != nil {
		t.Fatal(err)
	}
	if err := o.ReplaceStations(t.Context(), ada, e.ID, version, list.Stations); !errors.Is(err, elections.ErrStationChanged) {
		t.Errorf("want a list that was shown beside other stations refused, got %v", err)
	}
	for range 2 { // a form that is sent twice
		if all, err = o.Stations(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		if err := o.ReplaceStations(t.Context(), ada, e.ID, elections.StationsVersion(e, all), list.Stations); err != nil {
			t.Fatal(err)
		}
	}
	after := o.stations(t, e, 0)
	if len(after) != 2 || after[0].Number != "7" || after[1].ID != before[1].ID || after[1].Number != "2A" ||
		after[1].Kind != elections.MobileStation || after[1].RegisteredVoters != 1250 || after[1].Name != "Hospital" {
		t.Errorf("want 2a to keep its id %d, behind 7, got %+v", before[1].ID, after)
	}
	if south := o.stations(t, e, 1); len(south) != 0 {
		t.Errorf("want no stations in South, got %+v", south)
	}
	o.now = o.now.Add(90 * time.Minute)
	if err := o.ReplaceStations(t.Context(), ada, e.ID, "", list.Stations); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want a list refused after the opening, got %v", err)
	}
}

func TestReadStations_NamesEachMistakeByItsLine(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.withStations(nil, nil))
	_, err := elections.ReadStations(e, []byte("constituency,number,kind,registered_voters\nNorth,1,,\nWest,1,,\nNorth,,,\nNorth, 1 ,,\nSouth,1,tent,\n,4,,\nSouth,2,,many\n"))
	refusal, ok := errors.AsType[*problem.Error](err)
	if !ok {
		t.Fatalf("want a refusal, got %v", err)
	}
	var said []string
	for _, f := range refusal.Fields {
		said = append(said, f.Message.String())
	}
	for i, want := range []string{"Line 3: ", "Line 4: ", "Line 5: ", "Line 6: kind: ", "Line 7: ", "Line 8: "} {
		if i >= len(said) || !strings.HasPrefix(said[i], want) {
			t.Fatalf("want %q and so on, got %q", want, said)
		}
	}
	if len(said) != 6 {
		t.Errorf("want six problems, got %q", said)
	}
	one := o.create(t, o.draft())
	if list := o.list(t, one, "number,name\n1,School\n"); len(list.Stations[one.Constituencies[0].ID]) != 1 {
		t.Errorf("want no constituency needed in an election with one, got %+v", list)
	}
	if _, err := elections.ReadStations(e, []byte("number\n1\n")); err == nil {
		t.Error("want the constituency needed in an election with several")
	}
}

func TestChange_StationsOfADraft(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.withStations([]string{"1", "2"}, []string{"7"}))
	ids := o.stations(t, e, 0)
	d := e.Draft()
	d.Title = "Assembly"
	d.Constituencies[0].Stations = []elections.StationDraft{{Number: "2", Name: "School"}, {Number: "3"}}
	e, err := o.Change(t.Context(), ada, e.ID, d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"North": "2 3", "South": "7"}, o.numbers(t, e.ID)); diff != "" || !e.Constituencies[0].HasStations {
		t.Errorf("stations (-want +got):\n%s", diff)
	}
	if first := o.stations(t, e, 0)[0]; first.ID != ids[1].ID || first.Name != "School" || e.Title != "Assembly" {
		t.Errorf("want station 2 to keep its id, and the title changed, got %+v", first)
	}
	d = e.Draft()
	d.Constituencies[1].Stations = []elections.StationDraft{}
	if e, err = o.Change(t.Context(), ada, e.ID, d); err != nil || e.Constituencies[1].HasStations {
		t.Errorf("want an empty list to remove them, got %+v, %v", e, err)
	}
}

func TestStation_EditedWhileScheduled(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.withStations([]string{"1", "2"}, nil))
	first := o.stations(t, e, 0)[0]
	d := first.Draft()
	d.Number, d.Place = "1b", "Main Street"
	if _, err := o.ChangeStation(t.Context(), ada, first.ID, first.Version(), d, ""); err != nil {
		t.Fatal(err)
	}
	d.Place = "Side Street"
	if _, err := o.ChangeStation(t.Context(), ada, first.ID, first.Version(), d, ""); !errors.Is(err, elections.ErrStationChanged) {
		t.Errorf("want a form of the station before refused, got %v", err)
	}
	d.Number = " 2 "
	if _, err := o.ChangeStation(t.Context(), ada, first.ID, "", d, ""); fieldsOf(err)["number"] == "" {
		t.Errorf("want the number of another station refused, got %v", err)
	}
	if _, err := o.AddStation(t.Context(), ada, e.ID, 99, elections.StationDraft{Number: "5"}, ""); fieldsOf(err)["constituency_id"] == "" {
		t.Errorf("want a constituency of another election refused, got %v", err)
	}
	added, err := o.AddStation(t.Context(), ada, e.ID, e.Constituencies[0].ID, elections.StationDraft{Number: "5"}, "")
	if err != nil || added.ID == 0 || added.Position != 3 {
		t.Errorf("want a third station, got %+v, %v", added, err)
	}
	if err := o.RemoveStation(t.Context(), ada, o.stations(t, e, 0)[1].ID); err != nil {
		t.Fatal(err)
	}
	if got := o.numbers(t, e.ID)["North"]; got != "1b 5" || len(o.amended(t, e.ID)) != 0 {
		t.Errorf("want 1b and 5 and no amendments, got %q", got)
	}
}

func TestAmendments_AfterTheOpening(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.withStations([]string{"1", "2"}, nil))
	first := o.stations(t, e, 0)[0]
	o.now = o.now.Add(90 * time.Minute)
	d := first.Draft()
	d.Name, d.RegisteredVoters = "School", 300
	if _, err := o.ChangeStation(t.Context(), ada, first.ID, "", d, " "); fieldsOf(err)["reason"] == "" {
		t.Errorf("want a reason asked for, got %v", err)
	}
	if _, err := o.ChangeStation(t.Context(), ada, first.ID, "", d, "the roll of 1 March"); err != nil {
		t.Fatal(err)
	}
	d.Number = "8"
	if _, err := o.ChangeStation(t.Context(), ada, first.ID, "", d, "x"); fieldsOf(err)["number"] == "" {
		t.Errorf("want the number to stay, got %v", err)
	}
	if err := o.RemoveStation(t.Context(), ada, first.ID); !errors.Is(err, elections.ErrStationStays) {
		t.Errorf("want the station to stay, got %v", err)
	}
	if _, err := o.AddStation(t.Context(), ada, e.ID, e.Constituencies[0].ID, elections.StationDraft{Number: "3"}, "forgotten"); err != nil {
		t.Fatal(err)
	}
	change := e.Draft()
	change.Reason = "the census"
	change.Constituencies[1].RegisteredVoters = 9000
	change.Constituencies[0].Stations = []elections.StationDraft{{Number: "1", Name: "School", RegisteredVoters: 310}, {Number: "2"}, {Number: "3"}}
	if _, err := o.Change(t.Context(), ada, e.ID, change); err != nil {
		t.Fatal(err)
	}
	if _, err := o.CorrectRegisteredVoters(t.Context(), ada, e.ID, map[int64]int64{e.Constituencies[1].ID: 9001}, "a slip"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`1 registered-voters: "0" to "300", the roll of 1 March, Ada`, `1 name: "" to "School", the roll of 1 March, Ada`,
		`3 added: "" to "3", forgotten, Ada`, ` registered-voters: "0" to "9000", the census, Ada`,
		`1 registered-voters: "300" to "310", the census, Ada`, ` registered-voters: "9000" to "9001", a slip, Ada`,
	}
	if diff := cmp.Diff(want, o.amended(t, e.ID)); diff != "" {
		t.Errorf("amendments (-want +got):\n%s", diff)
	}
	change.Constituencies[0].Stations = change.Constituencies[0].Stations[:1]
	change.Constituencies[1].RegisteredVoters = 9001
	if _, err := o.Change(t.Context(), ada, e.ID, change); !errors.Is(err, elections.ErrStationStays) {
		t.Errorf("want a list without a station refused, got %v", err)
	}
	change.Title = "Another title"
	if _, err := o.Change(t.Context(), ada, e.ID, change); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want nothing else changed, got %v", err)
	}
}

func TestFirstStation_NotBesideBatchesOrKeysWithoutStation(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.withStations([]string{"1"}, nil))
	batches, keyed := map[int64]bool{}, map[int64]bool{}
	now := func() time.Time { return o.now }
	service := elections.New(o.db, &audit.Log{Now: now}, o.participants, elections.Options{
		Now: now, HasBatches: func(_ *database.Tx, id int64) (bool, error) { return batches[id], nil },
		Keyed: func(context.Context, *database.Tx, int64) (map[int64]bool, error) { return keyed, nil },
	})
	north, south := e.Constituencies[0].ID, e.Constituencies[1].ID
	batches[north], batches[south] = true, true
	o.now = o.now.Add(90 * time.Minute)
	add := func(constituency int64, number string) error {
		_, err := service.AddStation(t.Context(), ada, e.ID, constituency, elections.StationDraft{Number: number}, "forgotten")
		return err
	}
	if err := add(south, "1"); !errors.Is(err, elections.ErrFirstStation) || !strings.Contains(err.Error(), "South") {
		t.Errorf("want it refused beside batches, with the constituency, got %v", err)
	}
	batches[south], keyed[south] = false, true
	if err := add(south, "1"); !errors.Is(err, elections.ErrFirstStation) {
		t.Errorf("want it refused beside keys, got %v", err)
	}
	keyed[south] = false
	if err := errors.Join(add(south, "1"), add(north, "2")); err != nil {
		t.Errorf("want a first station without, and a further one, got %v", err)
	}
}
