package results

import (
	"errors"
	"math"
	"strings"
	"testing"

	"urna/results/apportion"
)

// TestNotAllocated_IsInEnglishWhatFiguresKeep compares the sentences of the catalogue with the one that the verifier of
// bundles puts together from the same error.
func TestNotAllocated_IsInEnglishWhatFiguresKeep(t *testing.T) {
	list := func(votes, numerator, denominator int64) apportion.List {
		weight, err := apportion.NewRatio(numerator, denominator)
		if err != nil {
			t.Fatal(err)
		}
		return apportion.List{Name: "Alder", Votes: votes, Weight: weight}
	}
	for name, in := range map[string]apportion.Input{
		"quota":         {Method: apportion.HagenbachBischoffRounded, Seats: 1000, Lists: []apportion.List{{Name: "Alder", Votes: 2}}},
		"votes":         {Method: apportion.DHondt, Seats: 3, Lists: []apportion.List{{Name: "Alder", Votes: math.MaxInt64 / 2}}},
		"weight":        {Method: apportion.DHondt, Seats: 3, Lists: []apportion.List{list(1, 1, 999999937), list(1, 1, 999999929), list(1, 1, 999999893)}},
		"weights":       {Method: apportion.DHondt, Seats: 900, Lists: []apportion.List{list(1, 1, 999999937), list(1, 1, 999999929)}},
		"without votes": {Method: apportion.DHondt, Seats: 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := apportion.Allocate(in)
			if err == nil {
				t.Fatal("want the seats not allocated")
			}
			want := "The seats cannot be allocated: " + strings.TrimPrefix(err.Error(), "apportion: ") + "."
			m := notAllocated(err, in.Seats)
			if got := m.String(); got != want {
				t.Errorf("want %q, got %q", want, got)
			}
			if other := m.ID() == "results.not_allocated"; other != errors.Is(err, apportion.ErrNoVotes) {
				t.Errorf("want a sentence of its own for every error that elections can come to, got %s for %v", m.ID(), err)
			}
		})
	}
}
