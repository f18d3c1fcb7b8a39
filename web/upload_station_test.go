package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
)

// stationed makes an election whose constituency North has three polling stations, beside South without any.
func (s *site) stationed(t *testing.T) *elections.Election {
	t.Helper()
	d := s.election.Draft()
	d.Title, d.OpenNow = "Stations", true
	d.Constituencies[0].Name = "North"
	south := d.Constituencies[0]
	south.Name = "South"
	d.Constituencies = append(d.Constituencies, south)
	d.Constituencies[0].Stations = []elections.StationDraft{{Number: "12", Name: "Harbour School"}, {Number: "13", Name: "Hill School"}, {Number: "14", Name: "Town Hall"}}
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// sendTo posts the upload form for a place, as a browser without JavaScript does.
func (v *visitor) sendTo(t *testing.T, e *elections.Election, constituency int64, station, content string) *http.Response {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"constituency_id", id(constituency)}, {"station", station}} {
		if err := form.WriteField(f[0], f[1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", "a.csv")
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return v.send(t, http.MethodPost, fmt.Sprintf("/official/elections/%d/batches", e.ID), b.String(), "Content-Type", form.FormDataContentType())
}

// TestUploadPage_AsksForTheStation names stations as people do, and reads them again wherever a batch is shown.
func TestUploadPage_AsksForTheStation(t *testing.T) {
	s := newSite(t)
	e := s.stationed(t)
	north, south := e.Constituencies[0].ID, e.Constituencies[1].ID
	v := s.signedIn(t, "official")
	form := fmt.Sprintf("/official/elections/%d", e.ID)
	wants(t, text(v.send(t, http.MethodGet, form, "")), `data-testid="upload-station"`, `<option value="13 Hill School">`)
	stations, err := s.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, text(v.send(t, http.MethodGet, fmt.Sprintf("%s?station_id=%d", form, stations[north][1].ID), "")), `value="13"`)
	if page := text(v.send(t, http.MethodGet, fmt.Sprintf("/official/elections/%d", s.election.ID), "")); strings.Contains(page, "upload-station") {
		t.Error("want no field for a station in an election without stations")
	}
	for typed, says := range map[string]string{
		"":       "Choose a polling station of the constituency.",
		"99":     "No polling station of the constituency has the number or name “99”.",
		"school": "2 polling stations have “school” in their number, name or place: 12 Harbour School",
	} {
		answer := v.sendTo(t, e, north, typed, ballot(1, 1))
		if answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%q: want it refused, got %d", typed, answer.StatusCode)
		}
		wants(t, text(answer), says)
	}
	for i, typed := range []string{"12", "hill", "14 town hall"} {
		if answer := v.sendTo(t, e, north, typed, ballot(10+i, 1)); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("%q: want it taken, got %d: %s", typed, answer.StatusCode, text(answer))
		}
	}
	if answer := v.sendTo(t, e, south, "", ballot(20, 1)); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want a file for a constituency without stations taken, got %d", answer.StatusCode)
	}
	page := v.look(t)
	wants(t, page, "Polling station 12 Harbour School", "Polling station 13 Hill School", "Polling station 14 Town Hall")
	v.post(t, "/official/uploads/confirm", choices(page))
	var of []int64
	var last batch.Batch
	for _, b := range s.batches(t) {
		if b.ElectionID == e.ID && b.StationID != 0 {
			of, last = append(of, b.StationID), b
		}
	}
	if len(of) != 3 {
		t.Fatalf("want three batches of stations, got %v", of)
	}
	title := map[int64]string{stations[north][0].ID: "12 Harbour School", stations[north][1].ID: "13 Hill School", stations[north][2].ID: "14 Town Hall"}[last.StationID]
	wants(t, text(v.send(t, http.MethodGet, fmt.Sprintf("/batches/%d", last.ID), "")), "Polling station", title)
	wants(t, text(v.send(t, http.MethodGet, "/official/batches", "")), "Polling station 13 Hill School")
}

// TestUploadPage_SplitsAFile confirms a file of two stations once, and finds a batch of each.
func TestUploadPage_SplitsAFile(t *testing.T) {
	s := newSite(t)
	e := s.stationed(t)
	v := s.signedIn(t, "official")
	line := func(n int, station string) string { return strings.TrimSpace(ballot(n, 1)) + "," + station + "\n" }
	file := "guid,poll number,station\n" + line(1, "13") + line(2, "13") + line(2, "12")
	if answer := v.sendTo(t, e, e.Constituencies[0].ID, "", strings.Replace(file, ",12\n", ",15\n", 1)); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want an unknown station refused, got %d", answer.StatusCode)
	} else {
		wants(t, text(answer), "The constituency has no polling station 15.")
	}
	if answer := v.sendTo(t, e, e.Constituencies[0].ID, "", file); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it taken, got %d: %s", answer.StatusCode, text(answer))
	}
	page := v.look(t)
	wants(t, page, "It becomes 2 batches", "13 Hill School", "12 Harbour School")
	for range 2 { // a double click
		v.post(t, "/official/uploads/confirm", choices(page))
	}
	var parts []batch.Batch
	for _, b := range s.batches(t) {
		if b.ElectionID == e.ID {
			parts = append(parts, b)
		}
	}
	if len(parts) != 2 {
		t.Fatalf("want two batches, got %+v", parts)
	}
	wants(t, text(v.send(t, http.MethodGet, fmt.Sprintf("/batches/%d", parts[0].ID), "")), "12 Harbour School", "from line 4 on", parts[0].SentSHA256)
}
