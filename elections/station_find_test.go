package elections_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

func TestFindStations_SearchOrderAndPages(t *testing.T) {
	o := newEnv(t)
	d := o.withStations([]string{"10", "9", "1a"}, []string{"2"})
	d.Constituencies[0].Stations[0] = elections.StationDraft{Number: "10", Name: "ŠKOLA Đorđe", Place: "Main Street 5", RegisteredVoters: 70}
	d.Constituencies[0].Stations[1].Place = "100% sure_ly!"
	d.Constituencies[1].Stations[0] = elections.StationDraft{Number: "2", Name: "Town hall", Place: "5 Main Street", RegisteredVoters: 900}
	e := o.create(t, d)
	other := o.create(t, o.withStations([]string{"77"}, nil))
	find := func(f elections.StationFilter) string {
		t.Helper()
		found, all, err := o.FindStations(t.Context(), e.ID, f)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []string
		for _, s := range found {
			numbers = append(numbers, s.Number)
		}
		return fmt.Sprintf("%s of %d", strings.Join(numbers, " "), all)
	}
	for _, c := range []struct {
		filter elections.StationFilter
		want   string
	}{
		{elections.StationFilter{}, "10 9 1a 2 of 4"},
		{elections.StationFilter{Descending: true}, "2 1a 9 10 of 4"},
		{elections.StationFilter{Sort: elections.StationsByNumber}, "2 9 10 1a of 4"},
		{elections.StationFilter{Sort: elections.StationsByRegistered, Descending: true, Limit: 2}, "2 10 of 4"},
		{elections.StationFilter{Sort: elections.StationsByRegistered, Descending: true, Limit: 1, Offset: 1}, "10 of 4"},
		{elections.StationFilter{Search: "main STREET"}, "10 2 of 2"},
		{elections.StationFilter{Search: "škola đ"}, "10 of 1"},
		{elections.StationFilter{Search: "0% sure_"}, "9 of 1"},
		{elections.StationFilter{Search: "0%x"}, " of 0"},
		{elections.StationFilter{Search: "y!"}, "9 of 1"},
		{elections.StationFilter{Search: "77"}, " of 0"},
		{elections.StationFilter{ConstituencyID: e.Constituencies[1].ID}, "2 of 1"},
	} {
		if got := find(c.filter); got != c.want {
			t.Errorf("%+v: want %s, got %s", c.filter, c.want, got)
		}
	}
	if _, all, err := o.FindStations(t.Context(), other.ID, elections.StationFilter{}); err != nil || all != 1 {
		t.Errorf("want the station of the other election, got %d, %v", all, err)
	}
}

// BenchmarkFindStations answers a search among 10,000 polling stations: its page is to take less than 50 ms.
func BenchmarkFindStations(b *testing.B) {
	db, err := databasetest.OpenFile(b.Context(), filepath.Join(b.TempDir(), "urna.db"), database.Main)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	registered := participants.New(db, &audit.Log{Now: now}, participants.Options{Now: now, Standing: elections.Standing})
	p, err := registered.Create(b.Context(), ada, participants.Draft{Name: "P", Kind: participants.Party})
	if err != nil {
		b.Fatal(err)
	}
	service := elections.New(db, &audit.Log{Now: now}, registered, elections.Options{Now: now, TimeZone: "UTC"})
	d := elections.Draft{Title: "Large", Kind: elections.Parliamentary, StartsAt: now().Add(time.Hour), EndsAt: now().Add(2 * time.Hour)}
	for c := range 50 {
		part := elections.ConstituencyDraft{Name: fmt.Sprintf("C%d", c), Seats: 2, Candidacies: []elections.CandidacyDraft{{ParticipantID: p.ID}}}
		for n := range 200 {
			part.Stations = append(part.Stations, elections.StationDraft{
				Number: strconv.Itoa(n + 1), Name: fmt.Sprintf("School %d", n%90), Place: fmt.Sprintf("Street %d", n), RegisteredVoters: int64(n*7%1000 + 100),
			})
		}
		d.Constituencies = append(d.Constituencies, part)
	}
	e, err := service.Create(b.Context(), ada, d)
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]elections.StationFilter{
		"list":        {Offset: 9900},
		"name":        {Sort: elections.StationsByName, Descending: true},
		"search":      {Search: "school 7", Sort: elections.StationsByNumber},
		"search_none": {Search: "nowhere"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := service.FindStations(context.Background(), e.ID, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
