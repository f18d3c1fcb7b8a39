package web_test

import (
	"net/http"
	"testing"

	"urna/elections"
)

func TestSeatsPage_ObeysTheEmbargo(t *testing.T) {
	for view, status := range map[elections.PublicView]int{
		elections.TurnoutOnly: http.StatusForbidden, elections.RunningCount: http.StatusOK,
	} {
		t.Run(string(view), func(t *testing.T) {
			s := newSite(t)
			e, _ := s.embargo(t, view, 0)
			for name, v := range map[string]*visitor{"anybody": s.visitor(t), "an administrator": s.signedIn(t, "administrator")} {
				answer := v.send(t, http.MethodGet, "/elections/"+id(e.ID)+"/seats", "")
				found := secret(0).FindString(text(answer))
				if answer.StatusCode != status || (found != "") != (status == http.StatusOK) {
					t.Errorf("%s: want status %d, and counts with 200 alone, got %s and %q", name, status, answer.Status, found)
				}
			}
		})
	}
}
