package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestAccess_OfficialsSeeTheirOwnBatchesOnly(t *testing.T) {
	s := newSite(t)
	for who, want := range map[string]int{
		"official": http.StatusOK, "administrator": http.StatusOK, "other official": http.StatusNotFound,
	} {
		v := s.signedIn(t, who)
		for _, path := range []string{"/batches/%d", "/batches/%d/progress", "/batches/%d/invalid.csv", "/api/v1/batches/%d", "/api/v1/batches/%d/invalid"} {
			if answer := v.send(t, http.MethodGet, fmt.Sprintf(path, s.batch.ID), ""); answer.StatusCode != want {
				t.Errorf("%s as %s: want %d, got %s", path, who, want, answer.Status)
			}
		}
	}
	answer := text(s.signedIn(t, "other official").send(t, http.MethodGet, "/api/v1/elections/1/batches", ""))
	if !strings.Contains(answer, `"items":[]`) {
		t.Errorf("want an empty list, got %s", answer)
	}
}
