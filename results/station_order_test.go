package results_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"urna/ballots/batch"
	"urna/elections"
	"urna/results"
	"urna/results/bundle/format"
)

// manyStations makes an election with two constituencies of so many stations each, which are numbered in one row. The registered
// voters are 0, 1000, 300 and 1,000,000 by turns.
func (h *app) manyStations(t *testing.T, n int) (e *elections.Election, stations []elections.Station) {
	t.Helper()
	e = h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.Rules.BlankBallots = true
		north := d.Constituencies[0]
		north.Name, north.Seats, north.RegisteredVoters = "North", 2, 5_000_000
		south := north
		south.Name = "South"
		d.Constituencies = []elections.ConstituencyDraft{north, south}
		for i := range 2 * n {
			part := &d.Constituencies[i/n]
			part.Stations = append(part.Stations, elections.StationDraft{
				Number: strconv.Itoa(i + 1), Name: []string{"Mill", "Port", "Gate"}[i%3], RegisteredVoters: []int64{0, 1000, 300, 1_000_000}[i%4],
			})
		}
	})
	all, err := h.elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	return e, append(all[e.Constituencies[0].ID], all[e.Constituencies[1].ID]...)
}

// wantByTurnout compares the order by turnout, its pages and the stations behind one with the table of all stations, which is
// made of all of their tallies. The turnout of a station is known if its count is published by itself and has anything.
func (h *app) wantByTurnout(t *testing.T, e *elections.Election, stations []elections.Station) {
	t.Helper()
	table, err := h.results.StationTable(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	alone := map[int64]*format.StationSumFigure{}
	for i := range table.Figures.StationSums {
		if s := &table.Figures.StationSums[i]; s.Alone() {
			alone[s.Stations[0]] = s
		}
	}
	turnout := func(s elections.Station) results.Fraction {
		if sum := alone[s.ID]; sum != nil && sum.Ballots()+sum.Duplicates > 0 {
			return results.NewFraction(sum.Ballots(), s.RegisteredVoters)
		}
		return -1
	}
	for _, q := range []results.StationQuery{
		{},
		{Descending: true},
		{Search: "port"},
		{Search: "port", Descending: true},
		{ConstituencyID: e.Constituencies[1].ID, Descending: true},
	} {
		var known, unknown []int64
		of := map[int64]results.Fraction{}
		for _, s := range stations {
			switch of[s.ID] = turnout(s); {
			case q.Search != "" && s.Name != "Port", q.ConstituencyID != 0 && q.ConstituencyID != s.ConstituencyID:
			case of[s.ID] < 0:
				unknown = append(unknown, s.ID)
			default:
				known = append(known, s.ID)
			}
		}
		slices.SortStableFunc(known, func(a, b int64) int {
			if q.Descending {
				a, b = b, a
			}
			return cmp.Compare(of[a], of[b])
		})
		q.Order = results.ByTurnout
		h.wantInPages(t, e, q, slices.Concat(known, unknown))
	}
}

// wantInPages reads a query whole, in pages and behind a station.
func (h *app) wantInPages(t *testing.T, e *elections.Election, q results.StationQuery, want []int64) {
	t.Helper()
	read := func(q results.StationQuery, want []int64, more bool, all int) {
		t.Helper()
		page, err := h.results.Stations(t.Context(), e.ID, q)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for i := range page.Stations {
			got = append(got, page.Stations[i].ID)
		}
		if !slices.Equal(got, want) || page.More != more || page.All != all {
			t.Errorf("%+v: want %v, %t of %d, got %v, %t of %d", q, want, more, all, got, page.More, page.All)
		}
	}
	read(q, want, false, len(want))
	for q.Limit = 3; q.Offset < len(want); q.Offset += q.Limit {
		end := min(len(want), q.Offset+q.Limit)
		read(q, want[q.Offset:end], end < len(want), len(want))
	}
	q.Limit, q.Offset, q.After = 0, 0, want[len(want)/2]
	read(q, want[len(want)/2+1:], false, len(want))
}

// TestStations_ByTurnoutAsTheTableHasIt puts every kind of station into the order by turnout: small ones that are published with
// others, with votes cast online too, ones without registered voters, with nothing but invalid ballots or duplicates, with a
// definitive protocol of zeros, closed and annulled ones, equal ones, and ones that are equal when rounded.
func TestStations_ByTurnoutAsTheTableHasIt(t *testing.T) {
	h := newApp(t)
	e, stations := h.manyStations(t, 20)
	h.wantByTurnout(t, e, stations) // nothing is counted
	for i, votes := range [][]int{
		{0, 30, 12}, {3, 30, 12}, {0, 60, 40}, {0, 5}, {0, 3}, {0, 45}, {0, 10}, nil, {10}, {0, 200}, {0, 100}, // of the first stations
	} {
		if votes != nil {
			h.fromStation(t, e, stations[i].ID, votes...)
		}
	}
	b := h.fromStation(t, e, stations[13].ID, 0, 500)
	h.wantByTurnout(t, e, stations)
	_, err := h.batches.Retract(t.Context(), ada, b.ID, "twice")
	h.approve(t, err)
	if b = h.rest(t, b.ID); b.State != batch.Retracted {
		t.Errorf("want the batch retracted, got %+v", b)
	}
	h.wantByTurnout(t, e, stations)
	for i, n := range map[int]int{3: 333_333, 15: 333_334, 7: 333_332, 11: 666_667, 14: 200, 19: 12, 29: 9, 30: 9, 33: 50, 37: 50, 38: 7} {
		h.mustDo(t, fmt.Sprintf(`INSERT INTO station_tallies VALUES (%d, 1, %d) ON CONFLICT DO NOTHING`, stations[i].ID, n))
	}
	for i, totals := range map[int]string{17: "40, 0", 18: "0, 7", 33: "5, 1", 34: "8, 0", 1: "900, 0"} {
		h.mustDo(t, fmt.Sprintf(`INSERT INTO station_totals VALUES (%d, %s) ON CONFLICT (station_id) DO UPDATE SET invalid = 17`, stations[i].ID, totals))
	}
	h.mustDo(t, fmt.Sprintf(`INSERT INTO protocols (election_id, constituency_id, station_id, state, definitive_at) VALUES (%d, %d, %d, 'definitive', 1)`,
		e.ID, stations[21].ConstituencyID, stations[21].ID))
	h.mustDo(t, fmt.Sprintf(`UPDATE stations SET exclusion = 'closed', exclusion_reason = 'storm', excluded_at = 1 WHERE id = %d`, stations[25].ID))
	h.wantByTurnout(t, e, stations)
	h.mustDo(t, fmt.Sprintf(`INSERT INTO online_tallies VALUES (%d, 2, 4, 4)`, e.Constituencies[1].ID))
	h.wantByTurnout(t, e, stations)
}
