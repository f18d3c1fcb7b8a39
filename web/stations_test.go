package web_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
)

// withStations makes an ended election of one constituency with three polling stations: of the first 40 ballots are counted,
// of the second 4, of the third none.
func (s *site) withStations(t *testing.T) (e *elections.Election, stations []elections.Station) {
	t.Helper()
	e = s.ended(t, elections.Parliamentary, []string{"Reds", "Greens"}, func(d *elections.Draft) {
		c := &d.Constituencies[0]
		c.Name, c.Seats, c.RegisteredVoters = "North", 4, 300
		for i, name := range []string{"Primary school", "Town hall <main>", ""} {
			c.Stations = append(c.Stations, elections.StationDraft{Number: strconv.Itoa(i + 1), Name: name, RegisteredVoters: 100})
		}
	})
	all, err := s.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	stations = all[e.Constituencies[0].ID]
	line := 0
	for i, votes := range [][2]int{{30, 10}, {1, 3}} {
		var file strings.Builder
		for k, n := range votes {
			for range n {
				line++
				fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,%d\n", e.ID, line, k+1)
			}
		}
		b, err := s.Batches.Receive(t.Context(), batch.Delivery{
			Actor: s.users["official"].Actor("test"), ElectionID: e.ID, StationID: stations[i].ID, FileName: "box.csv",
		}, strings.NewReader(file.String()))
		for deadline := time.Now().Add(patience); err == nil && b.State != batch.Counted && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
			b, err = s.Batches.Batch(t.Context(), b.ID)
		}
		if err != nil || b.State != batch.Counted {
			t.Fatalf("want the batch counted, got %+v, %v", b, err)
		}
	}
	return e, stations
}

func TestStations_AsEverybodySeesThem(t *testing.T) {
	s := newSite(t)
	e, stations := s.withStations(t)
	v := s.visitor(t)
	page, json := "/elections/"+id(e.ID), "/api/v1/elections/"+id(e.ID)
	for _, c := range []struct {
		path   string
		status int
		says   []string
	}{
		{page, http.StatusOK, []string{
			"2 of 3 polling stations counted, 66.67 % of registered voters.", page + "/stations",
			"one polling station with 100 registered voters is not counted in full, or annulled. Their votes could still change who gets a seat.",
		}},
		{page + "/stations", http.StatusOK, []string{"3 polling stations.", "Primary school", "Town hall &lt;main&gt;", "not arrived", "published with others", "stations.csv"}},
		{page + "/stations?q=PRIMARY", http.StatusOK, []string{"One polling station.", `value="PRIMARY"`, page + "/stations/" + id(stations[0].ID)}},
		{page + "/stations?q=castle", http.StatusOK, []string{"No polling station matches this search."}},
		{page + "/stations?state=awaited&sort=turnout", http.StatusOK, []string{"One polling station.", `aria-sort="ascending"`, "state=awaited"}},
		{page + "/stations?state=lost", http.StatusUnprocessableEntity, nil},
		{page + "/stations?state=awaited&state=counted", http.StatusUnprocessableEntity, nil},
		{page + "/stations/" + id(stations[1].ID), http.StatusOK, []string{
			"This station has fewer than ten ballots", "Votes in these polling stations together", `data-value="31"`, "Polling station 2",
		}},
		{page + "/stations/" + id(stations[2].ID), http.StatusOK, []string{"No ballots of this polling station are counted."}},
		{page + "/stations/999", http.StatusNotFound, nil},
		{"/elections/1/stations/" + id(stations[0].ID), http.StatusNotFound, nil},
		{"/elections/999/stations", http.StatusNotFound, nil},
		{json + "/stations?limit=1", http.StatusOK, []string{
			`"number":"1","name":"Primary school"`, `"state":"counted","registered_voters":100,"ballots":null,"candidacies":null,"withheld":"small"`,
			`"published_with":{"stations":[` + id(stations[0].ID) + "," + id(stations[1].ID) + `],"online":0,"ballots":{"valid":44,`,
			`"candidacies":[{"poll_number":1,"votes":31},{"poll_number":2,"votes":13}]}`, `"next":"` + id(stations[0].ID) + `"`,
		}},
		{json + "/stations?cursor=" + id(stations[1].ID), http.StatusOK, []string{`{"items":[{"id":` + id(stations[2].ID), `"state":"awaited"`, `"withheld":"not-counted"`, `"next":""`}},
		{json + "/stations?state=counted&constituency_id=" + id(e.Constituencies[0].ID), http.StatusOK, []string{`"next":""`}},
		{json + "/stations?state=lost", http.StatusUnprocessableEntity, []string{"state"}},
		{json + "/stations?constituency_id=999", http.StatusUnprocessableEntity, []string{"constituency_id"}},
		{json + "/stations?cursor=999", http.StatusUnprocessableEntity, []string{"cursor"}},
		{json + "/stations.csv", http.StatusOK, []string{"1,Primary school,", ",1 2,true,", ",31,1 2,"}},
		{json + "/results", http.StatusOK, []string{
			`"stations":{"expected":3,"counted":2,"annulled":0,"closed":0,"registered_voters":300,"registered_voters_counted":200,"could_turn":"yes"}`,
		}},
		{"/api/v1/elections/1/results", http.StatusOK, []string{`"stations":null`}},
	} {
		answer := v.send(t, http.MethodGet, c.path, "")
		body := text(answer)
		if answer.StatusCode != c.status {
			t.Errorf("%s: want %d, got %s", c.path, c.status, answer.Status)
		}
		for _, says := range c.says {
			if !strings.Contains(strings.Join(strings.Fields(body), " "), says) && !strings.Contains(body, says) {
				t.Errorf("%s: want %q in %s", c.path, says, body)
			}
		}
	}
}

func TestStations_OneFieldLiftsThemAll(t *testing.T) {
	s := newSite(t)
	e, stations := s.withStations(t)
	v := s.become(t, "administrator")
	point := "station-awaited:in-" + id(e.Constituencies[0].ID)
	page := v.get(t, "/admin/elections/"+id(e.ID)+"/certification")
	if strings.Count(page, `name="reasons.station-awaited`) != 1 || !strings.Contains(page, `value="`+point+`"`) {
		t.Errorf("want one field for the stations of a constituency, got %s", page)
	}
	answer := text(v.send(t, http.MethodGet, "/api/v1/elections/"+id(e.ID)+"/certification", ""))
	for _, says := range []string{
		`{"code":"station-awaited","constituency_id":` + id(e.Constituencies[0].ID) + `,"station_id":` + id(stations[2].ID) +
			`,"message":"North: no ballots of polling station 3 are counted.","liftable":true}`,
		`"North: no ballots of polling station 3 are counted."],"open_points":[`,
	} {
		if !strings.Contains(answer, says) {
			t.Errorf("want %s in %s", says, answer)
		}
	}
}
