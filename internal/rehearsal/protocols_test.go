package rehearsal

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"urna/client"
)

func TestMisread_TheSumsStayRight(t *testing.T) {
	for name, test := range map[string]struct {
		votes, want []tally
		moved       bool
	}{
		"a ballot of the first list": {
			[]tally{{0, 3}, {invalidPoll, 2}, {1, 50}, {2, 40}}, []tally{{0, 3}, {1, 49}, {2, 40}, {invalidPoll, 3}}, true,
		},
		"no invalid ballots": {[]tally{{2, 1}}, []tally{{2, 0}, {invalidPoll, 1}}, true},
		"no votes":           {[]tally{{0, 3}, {invalidPoll, 2}}, []tally{{0, 3}, {invalidPoll, 2}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, moved := misread(test.votes)
			if !reflect.DeepEqual(test.want, got) || test.moved != moved || sum(test.votes) != sum(got) {
				t.Errorf("want %v (%t), got %v (%t)", test.want, test.moved, got, moved)
			}
		})
	}
}

// typed answers the second entry with a state and differences, and a settlement with another state.
func typed(t *testing.T, second, settled string, differences ...string) (*typing, *[]map[string]map[string]any) {
	t.Helper()
	var bodies []map[string]map[string]any
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		bodies = append(bodies, body)
		switch {
		case strings.HasSuffix(r.URL.Path, "/settlement"):
			answer(w, http.StatusOK, client.Protocol{State: settled})
		case len(bodies) == 1:
			answer(w, http.StatusCreated, client.EnteredProtocol{Entry: 1, State: "first-entry", Warnings: []client.Finding{{Code: "W3"}}})
		default:
			answer(w, http.StatusCreated, client.EnteredProtocol{Entry: 2, State: second, Differences: differences})
		}
	})
	return &typing{administrator: c, typists: [2]*client.Client{c, c}}, &bodies
}

func TestTyping_SettlesAsOnThePaper(t *testing.T) {
	e := part{standing: make([]standing, 2)}
	votes := []tally{{1, 50}, {2, 40}}
	second, _ := misread(votes)
	typing, bodies := typed(t, "different", "definitive", "fields.invalid", "votes.1")
	if err := typing.enter(t.Context(), 1, 2, e.entry(votes), e.entry(second)); err != nil || typing.settled != 1 {
		t.Fatalf("want one protocol settled, got %d, %v", typing.settled, err)
	}
	want := map[string]map[string]any{"fields": {"invalid": 0.0}, "votes": {"1": 50.0}}
	if got := (*bodies)[2]; !reflect.DeepEqual(want, got) {
		t.Errorf("want the settlement %v, got %v", want, got)
	}
	if got := (*bodies)[1]["explanations"]["W3"]; got != said {
		t.Errorf("want the warning of the first entry explained by the second, got %v", got)
	}
}

func TestTyping_StopsAtAProtocolThatIsNotCounted(t *testing.T) {
	for _, test := range []struct{ second, settled, want string }{
		{"waiting", "", "waits for an administrator"},
		{"different", "different", "it is different"},
		{"first-entry", "", "it is first-entry"},
	} {
		typing, _ := typed(t, test.second, test.settled, "votes.1")
		paper := part{standing: make([]standing, 1)}.entry([]tally{{1, 5}})
		err := typing.enter(t.Context(), 1, 2, paper, paper)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q in the error, got %v", test.want, err)
		}
	}
}
