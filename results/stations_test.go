package results_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/testing/databasetest"
	"urna/results"
)

// threeStations makes an election with the constituencies North, with the stations 1, 2 and 3 of 100 registered voters each,
// and South, which has none. Each has two lists and two seats.
func (h *app) threeStations(t *testing.T, change func(*elections.Draft)) (e *elections.Election, stations []elections.Station) {
	t.Helper()
	e = h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.Confirmations = 1
		north := d.Constituencies[0]
		north.Name, north.Seats, north.RegisteredVoters = "North", 2, 300
		south := north
		south.Name = "South"
		for _, number := range []string{"1", "2", "3"} {
			north.Stations = append(north.Stations, elections.StationDraft{Number: number, Name: "School " + number, RegisteredVoters: 100})
		}
		d.Constituencies = []elections.ConstituencyDraft{north, south}
		if change != nil {
			change(d)
		}
	})
	all, err := h.elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.upload(t, e, e.Constituencies[1].ID, h.lines(0, 40, 30))
	return e, all[e.Constituencies[0].ID]
}

// fromStation uploads ballots of a station: votes[i] for poll number i.
func (h *app) fromStation(t *testing.T, e *elections.Election, station int64, votes ...int) batch.Batch {
	t.Helper()
	b, err := h.batches.Receive(t.Context(), batch.Delivery{
		Actor: ada, ElectionID: e.ID, StationID: station, FileName: "b.csv",
	}, strings.NewReader(h.lines(votes...)))
	if err != nil {
		t.Fatal(err)
	}
	return h.rest(t, b.ID)
}

// stations returns what anyone may see of an election's stations.
func (h *app) stations(t *testing.T, e *elections.Election, q results.StationQuery) []string {
	t.Helper()
	page, err := h.results.Stations(t.Context(), e.ID, q)
	if err != nil {
		t.Fatal(err)
	}
	var says []string
	for _, s := range page.Stations {
		line := fmt.Sprintf("%s %s", s.Number, s.State)
		if s.Count != nil {
			line += fmt.Sprintf(" %d/%d of %d", s.Count.Votes[1], s.Count.Votes[2], s.Count.Ballots.Cast)
		}
		if s.Withheld != "" {
			line += " " + string(s.Withheld)
		}
		if s.Together != nil {
			line += fmt.Sprintf(" %d/%d of %d", s.Together.Votes[1], s.Together.Votes[2], s.Together.Ballots.Cast)
			var with strings.Builder
			for _, other := range s.With {
				with.WriteString(" +" + other.Number)
			}
			line += with.String()
		}
		says = append(says, line)
	}
	return says
}

func TestStations_SmallOnesArePublishedTogether(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, nil)
	want := func(lines ...string) {
		t.Helper()
		if got := h.stations(t, e, results.StationQuery{}); !slices.Equal(got, lines) {
			t.Errorf("want %q, got %q", lines, got)
		}
	}
	want("1 awaited not-counted", "2 awaited not-counted", "3 awaited not-counted")
	h.fromStation(t, e, stations[0].ID, 0, 30, 12)
	want("1 counted 30/12 of 42", "2 awaited not-counted", "3 awaited not-counted")
	h.fromStation(t, e, stations[1].ID, 0, 3, 2)
	want("1 counted small 33/14 of 47 +1 +2", "2 counted small 33/14 of 47 +1 +2", "3 awaited not-counted")
	h.fromStation(t, e, stations[2].ID, 0, 8, 7)
	want("1 counted 30/12 of 42", "2 counted small 11/9 of 20 +2 +3", "3 counted small 11/9 of 20 +2 +3")

	h.mustDo(t, fmt.Sprintf(`INSERT INTO online_tallies VALUES (%d, 2, 4, 4)`, e.Constituencies[0].ID))
	page, err := h.results.Stations(t.Context(), e.ID, results.StationQuery{ID: stations[1].ID})
	if err != nil || len(page.Stations) != 1 || page.Stations[0].Online != 4 {
		t.Errorf("want the four votes cast online together with station 2, got %+v, %v", page, err)
	}
	want("1 counted 30/12 of 42", "2 counted small 11/13 of 24 +2 +3", "3 counted small 11/13 of 24 +2 +3")
}

// mustDo runs a statement around the domain, which must work.
func (h *app) mustDo(t *testing.T, statement string) {
	t.Helper()
	if err := h.do(t, statement); err != nil {
		t.Fatal(err)
	}
}

func TestStations_EveryOneIsPublishedIfTheRulesSaySo(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, func(d *elections.Draft) { d.Rules.PublishEveryStation = true })
	h.fromStation(t, e, stations[0].ID, 0, 1)
	h.fromStation(t, e, stations[1].ID, 0, 0, 2)
	want := []string{"1 counted 1/0 of 1", "2 counted 0/2 of 2", "3 awaited not-counted"}
	if got := h.stations(t, e, results.StationQuery{}); !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
}

// TestStations_UnderTheEmbargo counts opposite votes and compares all that the public sees of stations.
func TestStations_UnderTheEmbargo(t *testing.T) {
	var seen [2]string
	for i := range seen {
		h := newApp(t)
		e, stations := h.threeStations(t, func(d *elections.Draft) { d.EndsAt = d.StartsAt.Add(4 * time.Hour) })
		votes := []int{0, 30, 12}
		if i == 1 {
			votes[1], votes[2] = votes[2], votes[1]
		}
		h.fromStation(t, e, stations[0].ID, votes...)
		for _, q := range []results.StationQuery{{}, {Order: results.ByTurnout}, {Order: results.ByTurnout, Descending: true}} {
			seen[i] += strings.Join(h.stations(t, e, q), "; ") + "\n"
		}
		public, err := h.results.Public(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		seen[i] += fmt.Sprintf("%+v %x", *public.Turnout.Stations, public.Figures)
		if _, err := h.results.StationTable(t.Context(), e.ID); !errors.Is(err, results.ErrEmbargoed) {
			t.Errorf("want the table embargoed, got %v", err)
		}
	}
	if !strings.Contains(seen[0], "1 counted embargoed; 2 awaited embargoed") || seen[0] != seen[1] {
		t.Errorf("want the states and no counts, the same of both, got %s and %s", seen[0], seen[1])
	}
}

func TestStations_AreCountedAndCouldTurnSeats(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, nil)
	want := func(counts results.StationCounts, turn results.Turn) {
		t.Helper()
		public, err := h.results.Public(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		got := public.Results.Constituencies[0]
		if fmt.Sprint(counts.Expected, counts.Counted, counts.Annulled, counts.Closed, counts.Registered, counts.RegisteredCounted) !=
			fmt.Sprint(got.Stations.Expected, got.Stations.Counted, got.Stations.Annulled, got.Stations.Closed, got.Stations.Registered, got.Stations.RegisteredCounted) ||
			got.Turn != turn || public.Results.Constituencies[1].Stations != nil || public.Results.Stations.Expected != counts.Expected {
			t.Errorf("want %+v and %q, got %+v and %q", counts, turn, got.Stations, got.Turn)
		}
	}
	h.fromStation(t, e, stations[0].ID, 0, 700, 10)
	want(results.StationCounts{Expected: 3, Counted: 1, Registered: 300, RegisteredCounted: 100}, results.TurnNo) // 710 against 210
	h.fromStation(t, e, stations[1].ID, 0, 0, 280)
	want(results.StationCounts{Expected: 3, Counted: 2, Registered: 300, RegisteredCounted: 200}, results.TurnCould) // 350 against 390
	h.mustDo(t, fmt.Sprintf(`UPDATE stations SET registered_voters = 0 WHERE id = %d`, stations[2].ID))
	want(results.StationCounts{Expected: 3, Counted: 2}, results.TurnUnknown)
	h.mustDo(t, fmt.Sprintf(`UPDATE stations SET exclusion = 'closed', exclusion_reason = 'storm', excluded_at = 1 WHERE id = %d`, stations[2].ID))
	want(results.StationCounts{Expected: 2, Counted: 2, Closed: 1, Registered: 200, RegisteredCounted: 200}, results.TurnNotAsked)
	h.mustDo(t, fmt.Sprintf(`UPDATE stations SET exclusion = 'annulled', registered_voters = 100 WHERE id = %d`, stations[2].ID))
	want(results.StationCounts{Expected: 2, Counted: 2, Annulled: 1, Registered: 200, RegisteredCounted: 200}, results.TurnCould)
}

func TestStations_AreSearchedSortedAndPaged(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, nil)
	h.fromStation(t, e, stations[1].ID, 0, 60)
	h.fromStation(t, e, stations[2].ID, 0, 20)
	numbers := func(q results.StationQuery) string {
		t.Helper()
		var all []string
		for _, line := range h.stations(t, e, q) {
			all = append(all, line[:1])
		}
		return strings.Join(all, "")
	}
	for want, q := range map[string]results.StationQuery{
		"123": {}, "321": {Descending: true}, "3": {Search: "SCHOOL 3"}, "1": {State: ballots.StationAwaited}, "23": {State: ballots.StationCounted},
		"321 ": {Order: results.ByTurnout}, "231": {Order: results.ByTurnout, Descending: true}, "12": {Limit: 2}, "3 ": {After: stations[1].ID},
		"2": {Offset: 1, Limit: 1}, "": {ConstituencyID: e.Constituencies[1].ID}, "123 ": {Order: results.ByName}, "123  ": {Order: results.ByState},
	} {
		if got := numbers(q); got != strings.TrimSpace(want) {
			t.Errorf("%+v: want %s, got %s", q, want, got)
		}
	}
	if _, err := h.results.Stations(t.Context(), e.ID, results.StationQuery{After: 999}); !errors.Is(err, elections.ErrUnknownStation) {
		t.Errorf("want ErrUnknownStation, got %v", err)
	}
}

// TestStations_ReadNoBallot takes the tables away that grow with ballots: the lists of stations and of protocols, their states
// and the results answer as before, so they cost the same with ten million ballots.
func TestStations_ReadNoBallot(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, nil)
	h.fromStation(t, e, stations[1].ID, 0, 60)
	h.fromStation(t, e, stations[2].ID, 0, 8, 7)
	ask := func() (answers []string) {
		t.Helper()
		for _, q := range []results.StationQuery{
			{},
			{Limit: 1, Offset: 2},
			{After: stations[0].ID},
			{Search: "school 3"},
			{State: ballots.StationCounted},
			{Order: results.ByName},
			{Order: results.ByState},
			{Order: results.ByTurnout},
			{Order: results.ByRegistered},
			{ID: stations[2].ID},
		} {
			answers = append(answers, strings.Join(h.stations(t, e, q), "; "))
		}
		r, err := h.results.Results(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, fmt.Sprint(r.Ballots, r.Stations))
		for _, wait := range []protocol.Wait{protocol.AnyWait, protocol.Awaited, protocol.WithBatches, protocol.OpenWork} {
			listed, n, err := h.folder.Protocols.List(t.Context(), protocol.ListFilter{ElectionID: e.ID, Wait: wait})
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, fmt.Sprint(len(listed), n))
		}
		return answers
	}
	before := ask()
	for _, table := range []string{"ballots", "invalid_lines", "online_ballots"} {
		h.mustDo(t, fmt.Sprintf("ALTER TABLE %s RENAME TO no_%s", table, table))
	}
	if after := ask(); !slices.Equal(after, before) {
		t.Errorf("want %q, got %q", before, after)
	}
}

func TestOpenPoints_StationsThatAreAwaited(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, nil)
	north := e.Constituencies[0].ID
	h.fromStation(t, e, stations[0].ID, 0, 30, 12)
	list := func(ids ...int64) string { return fmt.Sprintf("station-awaited:in-%d%v", north, ids) }
	want := func(points ...string) {
		t.Helper()
		if got := h.open(t, e); !slices.Equal(got, points) {
			t.Fatalf("want the open points %q, got %q", points, got)
		}
	}
	lift := func(point string) {
		t.Helper()
		if _, err := h.results.Lift(t.Context(), ada, e.ID, "", results.Reason{Point: point, Text: "snow"}); err != nil {
			t.Fatal(err)
		}
	}
	second, third := stations[1].ID, stations[2].ID
	want(list(second, third))
	lift(fmt.Sprintf("station-awaited:%d", third))
	want(list(second))
	lift("station-awaited")
	want()
	final, err := h.results.Final(t.Context(), e.ID)
	if err != nil || len(final.Figures.OpenPoints) != 2 || final.Figures.OpenPoints[0].StationID != 0 || final.Figures.OpenPoints[1].StationID != third {
		t.Errorf("want a reason for the list and one for station 3, got %+v, %v", final.Figures.OpenPoints, err)
	}
	h.fromStation(t, e, third, 0, 20) // the reason for station 3 has no point any more; the other holds
	want()
	h.fromStation(t, e, second, 0, 20)
	want()
	if final, err = h.results.Final(t.Context(), e.ID); err != nil || len(final.Figures.OpenPoints) != 0 {
		t.Errorf("want no reason for stations that are counted, got %+v, %v", final.Figures.OpenPoints, err)
	}
	if _, err := h.results.Lift(t.Context(), ada, e.ID, "", results.Reason{Point: "station-awaited", Text: "snow"}); err == nil {
		t.Error("want a reason for no station refused")
	}
	done := h.certify(t, e, ada)
	if done.Results.State != elections.Certified || len(done.Figures.Stations) != 3 || done.Figures.Stations[0].State != "counted" {
		t.Errorf("want it certified with three counted stations, got %+v", done.Figures.Stations)
	}
}

func TestCertify_OneReasonForAllStations(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, nil)
	h.fromStation(t, e, stations[0].ID, 0, 30, 12)
	one := results.Reason{Point: fmt.Sprintf("station-awaited:%d", stations[1].ID), Text: "flooded"}
	if _, err := h.results.Certify(t.Context(), ada, e.ID, "", one); !errors.Is(err, results.ErrOpenPoints) {
		t.Errorf("want station 3 still in the way, got %v", err)
	}
	done, err := h.results.Certify(t.Context(), ada, e.ID, "", results.Reason{Point: "station-awaited", Text: "snow"}, one)
	if err != nil || done.Results.State != elections.Certified {
		t.Fatalf("want it certified, got %v", err)
	}
	var says []string
	for _, p := range done.OpenPoints {
		says = append(says, p.Message.String()+" "+p.Lifted.Reason)
	}
	want := []string{
		"North: no ballots of polling station 3 (School 3) are counted. snow", "North: no ballots of polling station 2 (School 2) are counted. flooded",
	}
	if !slices.Equal(says, want) {
		t.Errorf("want %q, got %q", want, says)
	}
	if _, err := h.results.Stations(t.Context(), e.ID, results.StationQuery{}); err != nil {
		t.Errorf("want the stations of a certified election, got %v", err)
	}
	h.mustDo(t, databasetest.DropTrigger("certified_station_tallies_update"))
	h.mustDo(t, fmt.Sprintf(`UPDATE station_tallies SET votes = votes + 1 WHERE station_id = %d`, stations[0].ID))
	if _, err := h.results.Stations(t.Context(), e.ID, results.StationQuery{}); !errors.Is(err, results.ErrAltered) {
		t.Errorf("want altered stations refused, got %v", err)
	}
}
