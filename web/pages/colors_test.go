package pages

import (
	"fmt"
	"maps"
	"testing"

	"urna/elections"
	"urna/web/view/kit"
)

// TestColors_NoneRepeatsTheLeaders gives fifty lists colours, some of which have their own: the leader's, one like it, one
// of the palette. No other list looks like the leader.
func TestColors_NoneRepeatsTheLeaders(t *testing.T) {
	e := &elections.Election{Constituencies: make([]elections.Constituency, 2)}
	owned := map[int]string{3: "#c8354f", 7: "#c8354f", 8: "#c83650", 20: "#112233", 30: "#FFDD00", 40: "red"}
	for n := 1; n <= 45; n++ {
		place := &e.Constituencies[n%2]
		place.Candidacies = append(place.Candidacies, elections.Candidacy{ParticipantID: int64(n), Name: fmt.Sprint("List ", n), Color: owned[n]})
	}
	colors := newColors(candidacyColors(e.Constituencies))
	if len(colors) != 45 {
		t.Fatalf("want 45 colours, got %d", len(colors))
	}
	for a, color := range colors {
		for b, other := range colors {
			if a != b && kit.Alike(color, other) {
				t.Errorf("lists %d and %d: want different colours, got %s and %s", a, b, color, other)
			}
		}
	}
	// The second constituency's ballot papers come after the first one's: list 8 has its colour, 3 and 7 had it later.
	if colors[8] != owned[8] || colors[20] != owned[20] || colors[30] != owned[30] || colors[3] == owned[3] || colors[7] == owned[7] || colors[40] == "red" {
		t.Errorf("want own colours for the first that have them, got %s, %s, %s, %s, %s, %s", colors[8], colors[20], colors[30], colors[3], colors[7], colors[40])
	}
	if again := newColors(candidacyColors(e.Constituencies)); !maps.Equal(again, colors) {
		t.Error("want the same colours each time")
	}
}
