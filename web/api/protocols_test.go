package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
)

// stations returns the path of an open election with two polling stations and two lists, and the paths of the stations.
func (s *env) stations() (path string, stations []string) {
	s.t.Helper()
	d := elections.Draft{
		Title: "Assembly", Kind: elections.Parliamentary, StartsAt: s.Clock.Now().Add(-time.Hour), EndsAt: s.Clock.Now().Add(time.Hour), OpenNow: true,
		Channels:       []elections.Channel{elections.Batches},
		Constituencies: []elections.ConstituencyDraft{{Seats: 3, Stations: []elections.StationDraft{{Number: "1"}, {Number: "2"}}}},
	}
	for _, name := range []string{"Trees", "Rivers"} {
		p, err := s.Participants.Create(s.t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		must(s.t, err)
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e, err := s.Elections.Create(s.t.Context(), audit.System(), d)
	must(s.t, err)
	all, err := s.Elections.Stations(s.t.Context(), e.ID)
	must(s.t, err)
	path = fmt.Sprintf("/elections/%d", e.ID)
	for _, station := range all[e.Constituencies[0].ID] {
		stations = append(stations, fmt.Sprintf("%s/stations/%d", path, station.ID))
	}
	return path, stations
}

func (s *env) enter(token, station, body string) *reply {
	s.t.Helper()
	return s.json(token, http.MethodPost, station+"/protocol-entries", body)
}

func TestProtocols_TheContract(t *testing.T) {
	s := newEnv(t)
	path, stations := s.stations()
	const right = `{"fields":{"found_in_box":1000,"invalid":212},"votes":{"1":400,"2":388}}`

	r := s.enter(s.first, stations[0], right).want(http.StatusCreated)
	r.is("1", "entry")
	r.is("first-entry", "state")
	r.is("[]", "errors")
	r.is("W4", "warnings", 0, "code")
	r.is("fields.invalid", "warnings", 0, "field")
	r.is("[]", "differences")
	s.enter(s.first, stations[0], right).refused(http.StatusConflict, "same-person")

	// Errors are a list with their codes, and nothing is stored.
	wrong := s.enter(s.second, stations[0], `{"fields":{"found_in_box":1002,"invalid":212},"votes":{"1":400,"2":388,"3":1}}`).want(http.StatusUnprocessableEntity)
	wrong.is("E3", "errors", 0, "code")
	wrong.is("votes.3", "errors", 0, "field")
	wrong.is("E6", "errors", 1, "code")
	wrong.is("fields.found_in_box", "errors", 1, "field")
	for _, body := range []string{`{"fields":{"found_in_box":"1000"}}`, `{"votes":[]}`, `{"field":{}}`, `{"votes":{"1":1.5}}`} {
		s.enter(s.second, stations[0], body).want(http.StatusUnprocessableEntity)
	}
	r = s.enter(s.second, stations[0], `{"fields":{"found_in_box":1000,"invalid":212},"votes":{"1":401,"2":387},"explanations":{"W4":"Rain"}}`).want(http.StatusCreated)
	r.is("2", "entry")
	r.is("different", "state")
	r.is("[votes.1 votes.2]", "differences")

	// Before counts may be shown: each their own values, and no settlement.
	own := s.get(s.second, stations[0]+"/protocol").want(http.StatusOK)
	own.is("401", "entries", 1, "votes", "1")
	own.is("<nil>", "entries", 0, "votes")
	all := s.get(s.administrator, stations[0]+"/protocol").want(http.StatusOK)
	all.is("<nil>", "entries", 0, "votes")
	all.is("<nil>", "votes")
	all.is("[votes.1 votes.2]", "differences")
	settlement := `{"votes":{"1":400,"2":388}}`
	s.json(s.administrator, http.MethodPost, stations[0]+"/protocol/settlement", settlement).refused(http.StatusForbidden, "embargoed")
	s.json(s.second, http.MethodPost, stations[0]+"/protocol/settlement", settlement).refused(http.StatusForbidden, "no-coordinator")

	s.Clock.Move(90 * time.Minute)
	s.administrator = s.signIn("ana@example.org").str("access_token")
	s.first = s.signIn("boris@example.org").str("access_token")
	done := s.json(s.administrator, http.MethodPost, stations[0]+"/protocol/settlement", settlement).want(http.StatusOK)
	done.is("definitive", "state")
	done.is("400", "votes", "1")
	done.is("212", "fields", "invalid")
	done.is("first", "settlements", 0, "choice")
	s.json(s.administrator, http.MethodPost, stations[0]+"/protocol/explanations", `{"code":"W4","explanation":"The paper says so"}`).want(http.StatusOK).is("[]", "unexplained")
	s.get(s.first, path+"/stations/4711/protocol").refused(http.StatusNotFound, "unknown-station")
	s.get("", stations[0]+"/protocol").want(http.StatusUnauthorized)
	s.json(s.administrator, http.MethodPost, stations[0]+"/protocol/retraction", `{"reason":"Wrong station"}`).want(http.StatusOK).is("retracted", "state")
	s.json(s.administrator, http.MethodPost, stations[0]+"/protocol/restoration", `{"reason":"Right station"}`).want(http.StatusOK).is("definitive", "state")
	s.json(s.administrator, http.MethodPost, stations[0]+"/protocol/reopening", `{"reason":"Typed again"}`).want(http.StatusOK).is("reopened", "state")
}

func TestProtocols_AListAsCSV(t *testing.T) {
	s := newEnv(t)
	path, stations := s.stations()
	const list = "station,found_in_box,invalid,votes.1,votes.2\n1,100,2,60,38\n2,50,10,20,20\n"
	send := func(token, query, list string) *reply {
		return s.send(token, http.MethodPost, path+"/protocols"+query, "text/csv", strings.NewReader(list))
	}
	r := send(s.first, "?dry_run=true", list).want(http.StatusOK)
	r.is("2", "first_entries")
	r.is("3", "warnings", 0, "line")
	r.is("W4", "warnings", 0, "warnings", 0, "code")
	s.get(s.administrator, stations[0]+"/protocol").is("empty", "state")
	refused := send(s.first, "", strings.Replace(list, "60,38", "60,39", 1)).refused(http.StatusUnprocessableEntity, "list-unreadable")
	if got := refused.str("errors", 0, "message"); !strings.Contains(got, "ine 2") {
		t.Errorf("want the line named, got %s", got)
	}
	s.get(s.administrator, stations[1]+"/protocol").is("empty", "state")
	send(s.first, "", list).want(http.StatusCreated).is("0", "definitive")
	r = send(s.second, "", strings.Replace(list, "20,20", "21,19", 1)).want(http.StatusCreated)
	r.is("1", "definitive")
	r.is("1", "different")
	r.is("2", "second_entries")
}

func TestProtocols_AScanByForm(t *testing.T) {
	s := newEnv(t)
	_, stations := s.stations()
	var picture bytes.Buffer
	must(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 3))))
	send := func(content []byte) *reply {
		var sent bytes.Buffer
		form := multipart.NewWriter(&sent)
		file, err := form.CreateFormFile("file", "paper.png")
		must(t, err)
		_, err = file.Write(content)
		must(t, err)
		must(t, form.Close())
		return s.send(s.first, http.MethodPost, stations[0]+"/protocol/scans", form.FormDataContentType(), &sent)
	}
	send([]byte("no picture")).refused(http.StatusUnprocessableEntity, "scan-type")
	r := send(picture.Bytes()).want(http.StatusCreated)
	r.is("image/png", "media_type")
	send(picture.Bytes()).want(http.StatusCreated).is(r.str("id"), "id")
	s.get(s.administrator, stations[0]+"/protocol").is(r.str("sha256"), "scans", 0, "sha256")
}
