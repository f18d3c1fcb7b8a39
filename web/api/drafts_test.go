package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// council is the body of an election that is a year ahead; more is put before its constituencies.
func (s *env) council(more string, ids ...string) string {
	return fmt.Sprintf(`{"title":"Council","kind":"parliamentary","starts_at":"2099-06-21T07:00:00+02:00","ends_at":"2099-06-21T20:00:00+02:00",%s"constituencies":[{"participants":[%s]}]}`,
		more, strings.Join(ids, ","))
}

func TestElections_WithoutAWordTheyArePublishedAtOnce(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One", "Two")
	r := s.json(s.administrator, "POST", "/elections", s.council("", ids...)).want(http.StatusCreated)
	r.is("scheduled", "state")
	if r.str("published_at") == "<nil>" {
		t.Error("want it public since now")
	}
	r.is("<nil>", "withdrawal")
	s.get("", "/elections/"+r.str("id")).want(http.StatusOK)
}

// TestElections_ADraftIsTheAdministrators: others get 404 and lists without it, until it is published.
func TestElections_ADraftIsTheAdministrators(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One", "Two")
	s.get("", "/elections").want(http.StatusOK)
	r := s.json(s.administrator, "POST", "/elections", s.council(`"draft":true,`, ids...)).want(http.StatusCreated)
	r.is("draft", "state")
	r.is("<nil>", "published_at")
	path := "/elections/" + r.str("id")
	for _, token := range []string{"", s.first} {
		s.get(token, path).want(http.StatusNotFound)
		s.get(token, "/elections").want(http.StatusOK).is("[]", "items")
		s.json(token, "POST", path+"/publication", `{}`)
		s.json(token, "DELETE", path, "")
	}
	s.get(s.administrator, path).want(http.StatusOK).is("draft", "state")
	s.get(s.administrator, "/elections").want(http.StatusOK).is("Council", "items", 0, "title")
	s.json(s.administrator, "POST", path+"/withdrawal", `{"reason":"x"}`).want(http.StatusConflict).is("/problems/election-is-draft", "type")

	s.json(s.administrator, "PATCH", path, `{"title":"Board","starts_at":"2020-06-21T07:00:00+02:00"}`).want(http.StatusOK).is("draft", "state")
	s.json(s.administrator, "POST", path+"/publication", `{}`).want(http.StatusUnprocessableEntity).is("open_now", "errors", 0, "field")
	s.json(s.administrator, "POST", path+"/publication", `{"open_now":true}`).want(http.StatusOK).is("open", "state")
	s.get("", path).want(http.StatusOK).is("Board", "title")
	s.get("", "/elections").want(http.StatusOK).is("Board", "items", 0, "title")
	s.json(s.administrator, "POST", path+"/publication", "").want(http.StatusConflict).is("/problems/election-published", "type")
	s.json(s.administrator, "DELETE", path, "").want(http.StatusConflict).is("/problems/election-published", "type")
}

func TestElections_ADraftIsDeleted(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One", "Two")
	path := "/elections/" + s.json(s.administrator, "POST", "/elections", s.council(`"draft":true,`, ids...)).want(http.StatusCreated).str("id")
	s.json(s.administrator, "DELETE", "/participants/"+ids[0], "").want(http.StatusConflict).is("/problems/participant-in-draft", "type")
	s.json(s.administrator, "DELETE", path, "").want(http.StatusNoContent)
	s.get(s.administrator, path).want(http.StatusNotFound)
	s.json(s.administrator, "DELETE", "/participants/"+ids[0], "").want(http.StatusNoContent)
	s.get(s.administrator, "/participants/"+ids[0]).want(http.StatusNotFound)
}

func TestElections_AWithdrawnOneStaysOnRecord(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One", "Two")
	path := "/elections/" + s.json(s.administrator, "POST", "/elections", s.council("", ids...)).want(http.StatusCreated).str("id")
	s.json(s.administrator, "POST", path+"/withdrawal", `{}`).want(http.StatusUnprocessableEntity)
	s.json(s.first, "POST", path+"/withdrawal", `{"reason":"flood"}`).want(http.StatusForbidden)
	s.json(s.administrator, "POST", path+"/withdrawal", `{"reason":"flood"}`).want(http.StatusOK).is("withdrawn", "state")
	r := s.get("", path).want(http.StatusOK)
	r.is("withdrawn", "state")
	r.is("flood", "withdrawal", "reason")
	s.json(s.administrator, "PATCH", path, `{"title":"Board"}`).want(http.StatusConflict).is("/problems/election-withdrawn", "type")
	s.get("", path+"/results").want(http.StatusForbidden).is("/problems/embargoed", "type")
	s.json(s.administrator, "DELETE", "/participants/"+ids[0], "").want(http.StatusConflict).is("/problems/participant-was-candidate", "type")
}
