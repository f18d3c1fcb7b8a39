package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/internal/audit"
)

// reporting makes an open election of two constituencies, embargoed until its end, that wants reports at two hours that
// have come and at one that has not. North has the polling stations 1 and 2, South has none.
func (s *site) reporting(t *testing.T) (e *elections.Election, hours []time.Time) {
	t.Helper()
	now := s.Elections.Now().Truncate(time.Second)
	hours = []time.Time{now.Add(-2 * time.Hour), now.Add(-time.Hour), now.Add(time.Hour)}
	d := s.election.Draft()
	d.Title, d.StartsAt, d.EndsAt, d.OpenNow, d.PublicView = "Council", now.Add(-3*time.Hour), now.Add(2*time.Hour), true, elections.TurnoutOnly
	for _, hour := range hours {
		d.TurnoutReportsAt = append(d.TurnoutReportsAt, hour.Format(time.RFC3339))
	}
	north := d.Constituencies[0]
	south := north
	north.Name, south.Name, south.RegisteredVoters = "North", "South", 50
	north.Stations = []elections.StationDraft{{Number: "1", Name: "School", RegisteredVoters: 100}, {Number: "2", RegisteredVoters: 100}}
	d.Constituencies = []elections.ConstituencyDraft{north, south}
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	return e, hours
}

func (s *site) stationsOf(t *testing.T, e *elections.Election) []elections.Station {
	t.Helper()
	all, err := s.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all[e.Constituencies[0].ID]
}

func (v *visitor) report(t *testing.T, path string, hour time.Time, voters, reason string) *http.Response {
	t.Helper()
	form := url.Values{"at": {hour.UTC().Format(time.RFC3339)}, "voters": {voters}, "reason": {reason}}
	return v.send(t, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// reads returns what everybody may read at a path.
func (v *visitor) reads(t *testing.T, path string) string {
	t.Helper()
	answer := v.send(t, http.MethodGet, path, "")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: want it, got %s", path, answer.Status)
	}
	return text(answer)
}

// TestTurnout_ByPagesWithoutScripts enters figures on an official's pages, is asked for a reason, corrects a figure, and
// finds all of it on the public page while counts by participant are embargoed.
func TestTurnout_ByPagesWithoutScripts(t *testing.T) {
	s := newSite(t)
	e, hours := s.reporting(t)
	stations := s.stationsOf(t, e)
	v := s.signedIn(t, "official")
	if home := v.get(t, "/official"); !strings.Contains(home, fmt.Sprintf("/official/elections/%d/turnout", e.ID)) {
		t.Error("want a link to the reports on the official's page")
	}
	list := fmt.Sprintf("/official/elections/%d/turnout", e.ID)
	school, south := fmt.Sprintf("%s/station-%d", list, stations[0].ID), fmt.Sprintf("%s/constituency-%d", list, e.Constituencies[1].ID)
	if answer := v.report(t, school, hours[0], "40", ""); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the figure stored, got %s: %s", answer.Status, text(answer))
	}
	for _, c := range []struct{ path, voters, want string }{
		{school, "30", "cannot fall"},
		{school, "101", "More voters than are registered here (100)"},
		{school, "many", "as a whole number"},
		{school, "", "as a whole number"},
	} {
		answer := v.report(t, c.path, hours[1], c.voters, "")
		if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, c.want) ||
			!strings.Contains(page, `value="`+c.voters+`"`) {
			t.Errorf("%q: want %q and what was typed, got %s: %s", c.voters, c.want, answer.Status, page)
		}
	}
	v.report(t, south, hours[0], "5", "")
	v.report(t, school, hours[0], "45", "A second list was found.")
	page := v.get(t, list+"?at="+url.QueryEscape(hours[0].UTC().Format(time.RFC3339)))
	if missing, entered := strings.Index(page, "voters-station-"+id(stations[1].ID)), strings.Index(page, "North, 1 School"); missing < 0 || entered < missing {
		t.Errorf("want the missing station before the entered one, got %s", page)
	}
	if page := v.get(t, list); !strings.Contains(page, "1 place missing") || !strings.Contains(page, "3 places missing") {
		t.Errorf("want the numbers of missing places, got %s", page)
	}
	public := s.visitor(t)
	shown := public.reads(t, fmt.Sprintf("/elections/%d/turnout", e.ID))
	for _, want := range []string{">50<", "33.33 %", "2 of 3", "North, 1 School", ">40<", ">45<", "A second list was found."} {
		if !strings.Contains(shown, want) {
			t.Errorf("want %q on the public page, got %s", want, shown)
		}
	}
	if strings.Contains(shown, "Test official") {
		t.Error("want no official named to the public")
	}
	if front := public.reads(t, "/elections/"+id(e.ID)); !strings.Contains(front, "50 voters had come, 33.33 %") {
		t.Errorf("want the latest hour on the page of the election, got %s", front)
	}
	v.report(t, school, hours[1], "30", "The earlier hour counted the town hall’s voters.")
	if shown := public.reads(t, fmt.Sprintf("/elections/%d/turnout", e.ID)); !strings.Contains(shown, "The earlier hour counted") {
		t.Errorf("want the reason of a figure that falls on the public page, got %s", shown)
	}
}

// TestTurnout_ByTheAPI reports by the API, also for a constituency without stations, and reads sums and CSV.
func TestTurnout_ByTheAPI(t *testing.T) {
	s := newSite(t)
	e, hours := s.reporting(t)
	stations := s.stationsOf(t, e)
	official, public := s.signedIn(t, "official"), s.visitor(t)
	base := "/api/v1/elections/" + id(e.ID)
	post := func(path, body string) (int, map[string]any) {
		t.Helper()
		answer := official.send(t, http.MethodPost, base+path, body, "Content-Type", "application/json")
		var v map[string]any
		if err := json.Unmarshal([]byte(text(answer)), &v); err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, v
	}
	body := func(hour time.Time, voters int, more string) string {
		return fmt.Sprintf(`{"at":%q,"voters":%d%s}`, hour.Format(time.RFC3339), voters, more)
	}
	station := fmt.Sprintf("/stations/%d/turnout", stations[0].ID)
	if status, v := post(station, body(hours[0], 40, "")); status != http.StatusCreated || v["station_id"] != float64(stations[0].ID) || v["replaces"] != nil {
		t.Fatalf("want the report, got %d %v", status, v)
	}
	if status, v := post(fmt.Sprintf("/constituencies/%d/turnout", e.Constituencies[1].ID), body(hours[0], 10, "")); status != http.StatusCreated || v["station_id"] != nil {
		t.Errorf("want the report of a constituency, got %d %v", status, v)
	}
	if status, v := post(fmt.Sprintf("/constituencies/%d/turnout", e.Constituencies[0].ID), body(hours[0], 10, "")); status != http.StatusConflict {
		t.Errorf("want a constituency with stations refused, got %d %v", status, v)
	}
	if status, v := post(station, body(hours[0], 41, "")); status != http.StatusUnprocessableEntity || !strings.Contains(fmt.Sprint(v["errors"]), "reason") {
		t.Errorf("want a correction without a reason refused, got %d %v", status, v)
	}
	if status, v := post(station, body(hours[0], 41, `,"reason":"Counted again."`)); status != http.StatusCreated || fmt.Sprint(v["replaces"]) == "<nil>" {
		t.Errorf("want the correction with what it replaced, got %d %v", status, v)
	}
	if status, v := post(station, body(hours[2], 41, "")); status != http.StatusUnprocessableEntity {
		t.Errorf("want an hour that has not come refused, got %d %v", status, v)
	}
	if status, v := post(station, `{"at":"2026-01-01T00:00:00Z"}`); status != http.StatusUnprocessableEntity {
		t.Errorf("want a body without voters refused, got %d %v", status, v)
	}
	var read struct {
		Ballots *struct{ Cast int } `json:"ballots"`
		Hours   []struct {
			Places   int          `json:"places"`
			Reported int          `json:"places_reported"`
			Voters   int          `json:"voters"`
			Turnout  *json.Number `json:"turnout"`
		} `json:"hours"`
		Corrections    int `json:"corrections"`
		Constituencies []struct {
			Hours []struct {
				Voters int `json:"voters"`
			} `json:"hours"`
		} `json:"constituencies"`
	}
	if err := json.Unmarshal([]byte(public.reads(t, base+"/turnout")), &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Hours) != 3 || read.Hours[0].Voters != 51 || read.Hours[0].Reported != 2 || read.Hours[0].Places != 3 || read.Hours[0].Turnout == nil ||
		*read.Hours[0].Turnout != "0.340000" || read.Hours[1].Turnout != nil || read.Corrections != 1 || read.Constituencies[1].Hours[0].Voters != 10 || read.Ballots == nil {
		t.Errorf("want 51 voters in 2 of 3 places, got %+v", read)
	}
	if csv := public.reads(t, base+"/turnout.csv"); !strings.Contains(csv, ",North,") || !strings.Contains(csv, ",41,true,40,Counted again.,") {
		t.Errorf("want the correction in the file, got %s", csv)
	}
}

// TestTurnout_OnlyForOnesPlaces binds an official to South.
func TestTurnout_OnlyForOnesPlaces(t *testing.T) {
	s := newSite(t)
	e, hours := s.reporting(t)
	stations := s.stationsOf(t, e)
	if _, err := s.Auth.ChangePlaces(t.Context(), audit.System(), s.users["official"].ID, []auth.Place{{ConstituencyID: e.Constituencies[1].ID}}, nil); err != nil {
		t.Fatal(err)
	}
	v := s.signedIn(t, "official")
	list := fmt.Sprintf("/official/elections/%d/turnout", e.ID)
	if page := v.get(t, list); strings.Contains(page, "North") || !strings.Contains(page, "voters-constituency-"+id(e.Constituencies[1].ID)) {
		t.Errorf("want South alone, got %s", page)
	}
	station := fmt.Sprintf("%s/station-%d", list, stations[0].ID)
	if answer := v.report(t, station, hours[0], "1", ""); answer.StatusCode != http.StatusForbidden {
		t.Errorf("want another place refused, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodGet, station+"?at="+hours[0].Format("2006"), ""); answer.StatusCode != http.StatusForbidden {
		t.Errorf("want the page of another place refused, got %s", answer.Status)
	}
	body := fmt.Sprintf(`{"at":%q,"voters":1}`, hours[0].Format(time.RFC3339))
	path := fmt.Sprintf("/api/v1/elections/%d/stations/%d/turnout", e.ID, stations[0].ID)
	if answer := v.send(t, http.MethodPost, path, body, "Content-Type", "application/json"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("want another place refused by the API, got %s", answer.Status)
	}
}
