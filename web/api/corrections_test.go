package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
)

// certifiedStations certifies an election with two polling stations that sent protocols, and returns its path and the
// paths and ids of the stations.
func (s *env) certifiedStations() (path string, stations, ids []string) {
	s.t.Helper()
	path, stations = s.stations()
	for _, station := range stations {
		s.twice(station, `{"fields":{"found_in_box":1000,"invalid":10},"votes":{"1":600,"2":390}}`)
		_, id, _ := strings.Cut(station, "/stations/")
		ids = append(ids, id)
	}
	s.Clock.Move(2 * time.Hour)
	s.confirmedAfterTheClose(path)
	return path, stations, ids
}

// TestCorrections_OneAdministrator opens a correction with the password, is refused another one and wrong fields, and ends
// it without a change.
func TestCorrections_OneAdministrator(t *testing.T) {
	s := newEnv(t)
	path, stations, ids := s.certifiedStations()
	figures := s.get("", path+"/corrections").want(http.StatusOK)
	figures.is("[]", "items")
	order := func(more string) string {
		return `{"reason":"A box was found.","ordered_by":"District court, 7/2027","stations":[` + ids[0] + `]` + more + `}`
	}
	for body, field := range map[string]string{
		`{"password":"` + password + `"}`:                                                                                "ordered_by",
		`{"reason":"a","ordered_by":"b","stations":[99999],"password":"` + password + `"}`:                               "stations[0]",
		`{"reason":"a","ordered_by":"b","stations":[` + ids[0] + `,` + ids[0] + `],"password":"` + password + `"}`:       "stations[1]",
		`{"reason":"a","ordered_by":"b","stations":[{"id":` + ids[0] + `,"act":"x"}],"password":"` + password + `"}`:     "stations[0]",
		`{"reason":"a","ordered_by":"b","stations":[{"id":` + ids[0] + `,"votes":1}],"password":"` + password + `"}`:     "stations[0].votes",
		`{"reason":"a","ordered_by":"b","stations":[` + ids[0] + `],"constituencies":[1],"password":"` + password + `"}`: "constituencies[0]",
	} {
		if fields := s.json(s.administrator, http.MethodPost, path+"/corrections", body).want(http.StatusUnprocessableEntity).fields(); fields[field] == "" {
			t.Errorf("%s: want the field %s named, got %v", body, field, fields)
		}
	}
	s.json(s.administrator, http.MethodPost, path+"/corrections", order("")).refused(http.StatusForbidden, "password-needed")
	s.json(s.administrator, http.MethodPost, path+"/corrections", order(`,"password":"another one of some length"`)).refused(http.StatusForbidden, "password-needed")
	s.json(s.first, http.MethodPost, path+"/corrections", order("")).want(http.StatusForbidden)
	s.enter(s.first, stations[0], `{"fields":{"found_in_box":1000,"invalid":10},"votes":{"1":590,"2":400}}`).want(http.StatusConflict)

	opened := s.json(s.administrator, http.MethodPost, path+"/corrections", order(`,"password":"`+password+`"`)).want(http.StatusCreated)
	opened.is("2", "number")
	opened.is("open", "state")
	opened.is("recount", "stations", 0, "act")
	opened.is(ids[0], "stations", 0, "id")
	s.get("", path).want(http.StatusOK).is("correcting", "state")
	s.json(s.administrator, http.MethodPost, path+"/corrections", order(`,"password":"`+password+`"`)).refused(http.StatusConflict, "correction-open")
	s.json(s.administrator, http.MethodPost, path+"/corrections/3/end", `{"reason":"none"}`).refused(http.StatusConflict, "no-open-correction")

	s.json(s.administrator, http.MethodPost, path+"/corrections/2/end", `{}`).want(http.StatusUnprocessableEntity)
	s.json(s.administrator, http.MethodPost, path+"/corrections/2/end", `{"reason":"The order was lifted."}`).want(http.StatusOK).is("ended", "state")
	s.get("", path).want(http.StatusOK).is("certified", "state")
	r := s.get("", path+"/corrections").want(http.StatusOK)
	r.is("The order was lifted.", "items", 0, "ended", "reason")
	r.is("<nil>", "items", 0, "changes")
	s.json(s.administrator, http.MethodPost, path+"/corrections", order(`,"password":"`+password+`"`)).want(http.StatusCreated).is("3", "number")
	s.verified()
}

// TestCorrections_ASecondAdministratorApproves opens nothing before another administrator approved, and asks for no
// password then.
func TestCorrections_ASecondAdministratorApproves(t *testing.T) {
	s := newEnv(t)
	_, err := s.Auth.AddUser(t.Context(), audit.System(), auth.NewUser{
		Email: "edo@example.org", Forename: "Edo", Surname: "Marić", Role: auth.Administrator, Password: password,
	})
	must(t, err)
	path, _, ids := s.certifiedStations()
	other := s.signIn("edo@example.org").str("access_token")
	s.json(other, http.MethodPost, path+"/certification", proof).want(http.StatusOK).is("certified", "state") // two certify
	body := `{"reason":"A box was found.","ordered_by":"District court, 7/2027","stations":[{"id":` + ids[1] + `,"act":"annul"}]}`
	waits := s.json(s.administrator, http.MethodPost, path+"/corrections", body).want(http.StatusAccepted)
	waits.is("correction-opened", "approval", "act")
	s.get("", path).want(http.StatusOK).is("certified", "state")
	s.get("", path+"/corrections").want(http.StatusOK).is("[]", "items")
	approval := "/approvals/" + waits.str("approval", "id")
	s.json(s.administrator, http.MethodPost, approval, `{"approve":true}`).refused(http.StatusConflict, "approval-own")
	s.json(other, http.MethodPost, approval, `{"approve":true}`).want(http.StatusOK).is("done", "state")
	r := s.get("", path+"/corrections").want(http.StatusOK)
	r.is("open", "items", 0, "state")
	r.is("annul", "items", 0, "stations", 0, "act")
	if by := r.str("items", 0, "approved_by"); by == "<nil>" || strings.Contains(by, "@") {
		t.Errorf("want the name of who approved, without the address, got %s", by)
	}
}
