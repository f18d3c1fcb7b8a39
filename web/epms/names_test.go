package epms_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestCreateParticipant_ANameIsOneLineThatShows(t *testing.T) {
	s := newEnv(t)
	create := func(body string) (int, string) {
		status, _, answer := s.send(t, s.administrator, http.MethodPost, "/createParticipant", "application/json", strings.NewReader(body))
		return status, strings.TrimSpace(answer)
	}
	for _, name := range []string{
		" ", "\t", "\n", "A\nB", "A\r", "A\x00", "A\x1b[31m", "A\u009b", "\u200b", "\u2060", "\u3164", "A\u202eB", "A\u2028", "\ufeffA", strings.Repeat("x", 201),
	} {
		raw, err := json.Marshal(name)
		must(t, err)
		status, answer := create(fmt.Sprintf(`{"name": %s, "individual": false}`, raw))
		if want := `{"message":"Invalid name."}`; status != http.StatusBadRequest || answer != want {
			t.Errorf("%q: want 400 %s, got %d %s", name, want, status, answer)
		}
	}
	for body, want := range map[string]string{
		`{}`: "Field name is missing.", `{"name": "\u200b"}`: "Field individual is missing.", `{"name": "", "individual": true}`: "Field name is missing.",
		`{"name": "\u200b", "individual": "x"}`: "Invalid name.", `{"name": 1, "individual": true}`: "Invalid name.", `{"name": "A", "individual": "x"}`: "Invalid individual.",
	} {
		if status, answer := create(body); status != http.StatusBadRequest || answer != `{"message":"`+want+`"}` {
			t.Errorf("%s: want 400 %s, got %d %s", body, want, status, answer)
		}
	}
	for _, name := range []string{"Zoé", " North ", "می\u200cخواهم", "2", "=1+1"} {
		raw, err := json.Marshal(name)
		must(t, err)
		if status, answer := create(fmt.Sprintf(`{"name": %s, "individual": true}`, raw)); status != http.StatusOK || !strings.HasPrefix(answer, `{"id":`) {
			t.Errorf("%q: want it registered, got %d %s", name, status, answer)
		}
	}
	_, _, all := s.send(t, s.administrator, http.MethodGet, "/getParticipants", "", http.NoBody)
	if n := strings.Count(all, `"id"`); n != 7 || strings.Contains(all, "–") {
		t.Errorf("want the two parties and five individuals, got %s", all)
	}
}
