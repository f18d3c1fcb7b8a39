package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestElection_StationsAreInItsAnswers reads the polling stations of an election from the calls that answer with one election.
func TestElection_StationsAreInItsAnswers(t *testing.T) {
	s := newEnv(t)
	s.participants("One", "Two")
	made := s.json(s.administrator, http.MethodPost, "/elections", `{"title": "A", "kind": "parliamentary", "starts_at": "2027-04-11T07:00:00Z",
		"ends_at": "2027-04-11T20:00:00Z", "constituencies": [{"name": "North", "seats": 5, "participants": [1, 2], "stations": [
			{"number": "12", "name": "Primary school", "registered_voters": 400}, {"number": "13", "kind": "postal"}]},
			{"name": "South", "seats": 5, "participants": [1, 2]}]}`).want(http.StatusCreated)
	path := "/elections/" + made.str("id")
	for name, r := range map[string]*reply{
		"created": made, "read": s.get("", path).want(http.StatusOK),
		"changed": s.json(s.administrator, http.MethodPatch, path, `{"title": "B"}`).want(http.StatusOK),
	} {
		t.Run(name, func(*testing.T) {
			r.is("1", "constituencies", 0, "stations", 0, "id")
			r.is("Primary school", "constituencies", 0, "stations", 0, "name")
			r.is("400", "constituencies", 0, "stations", 0, "registered_voters")
			r.is("postal", "constituencies", 0, "stations", 1, "kind")
			r.is("awaited", "constituencies", 0, "stations", 1, "state")
		})
	}
}

// TestElection_OfANationFits defines an election with as many polling stations as a nation has.
func TestElection_OfANationFits(t *testing.T) {
	s := newEnv(t)
	s.participants("One", "Two")
	var stations []string
	for i := range 9000 {
		stations = append(stations, fmt.Sprintf(`{"number": "%d", "name": "Primary school of the %dth district, ground floor", "place": "Long Street %d", "registered_voters": 1000}`, i+1, i, i))
	}
	made := s.json(s.administrator, http.MethodPost, "/elections", `{"title": "A", "kind": "parliamentary", "starts_at": "2027-04-11T07:00:00Z",
		"ends_at": "2027-04-11T20:00:00Z", "constituencies": [{"name": "North", "seats": 5, "participants": [1, 2], "stations": [`+strings.Join(stations, ",")+`]}]}`)
	made.want(http.StatusCreated).is("9000", "constituencies", 0, "stations", 8999, "number")
}

// TestElectionChange_OfNamedParts corrects registered voters of a constituency and of polling stations that are named by
// their ids, after the opening, and leaves all else as it was.
func TestElectionChange_OfNamedParts(t *testing.T) {
	s := newEnv(t)
	path, parts, _ := s.withStations()
	change := func(constituencies string) *reply {
		return s.json(s.administrator, http.MethodPatch, path, `{"reason": "the roll was counted again", "constituencies": `+constituencies+`}`)
	}
	changed := change(`[{"id": ` + parts[0] + `, "stations": [{"id": 2, "number": "2", "registered_voters": 90}]},
		{"id": ` + parts[1] + `, "registered_voters": 700}]`).want(http.StatusOK)
	changed.is("North", "constituencies", 0, "name")
	changed.is("5", "constituencies", 0, "seats")
	changed.is("School", "constituencies", 0, "stations", 0, "name")
	changed.is("90", "constituencies", 0, "stations", 1, "registered_voters")
	changed.is("700", "constituencies", 1, "registered_voters")
	amendments := s.get("", path+"/amendments").want(http.StatusOK)
	amendments.is("the roll was counted again", "items", 0, "reason")
	amendments.is("the roll was counted again", "items", 1, "reason")

	for name, c := range map[string]struct{ constituencies, field string }{
		"unknown constituency":      {`[{"id": 99, "registered_voters": 1}]`, "constituencies[0].id"},
		"one without an id":         {`[{"id": ` + parts[0] + `, "registered_voters": 1}, {"name": "South"}]`, "constituencies[1].id"},
		"named twice":               {`[{"id": ` + parts[0] + `}, {"id": ` + parts[0] + `}]`, "constituencies[1].id"},
		"not an id":                 {`[{"id": "x"}]`, "constituencies[0].id"},
		"unknown field":             {`[{"id": ` + parts[0] + `, "color": 1}]`, "constituencies[0].color"},
		"station of another place":  {`[{"id": ` + parts[1] + `, "stations": [{"id": 1}]}]`, "constituencies[0].stations[0].id"},
		"another number":            {`[{"id": ` + parts[0] + `, "stations": [{"id": 1, "number": "7"}]}]`, "constituencies[0].stations[0].number"},
		"voters that are no number": {`[{"id": ` + parts[0] + `, "stations": [{"id": 1, "registered_voters": "7"}]}]`, "constituencies[0].stations[0].registered_voters"},
	} {
		t.Run(name, func(*testing.T) {
			change(c.constituencies).want(http.StatusUnprocessableEntity).is(c.field, "errors", 0, "field")
		})
	}
	s.get("", path).is("90", "constituencies", 0, "stations", 1, "registered_voters")
}
