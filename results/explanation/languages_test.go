package explanation

import (
	"strings"
	"testing"

	"urna/internal/messages"
	"urna/results/apportion"
)

// TestText_NumbersAreThoseOfTheLanguage looks at the weight of a list, a percentage and a quotient.
func TestText_NumbersAreThoseOfTheLanguage(t *testing.T) {
	some := lists(100_000, 80_000)
	some[1].Weight = ratio(t, "27/20")
	in := apportion.Input{
		Method: apportion.DHondt, Seats: 3, Lists: some, Threshold: apportion.Threshold{Percent: ratio(t, "19/4"), Base: apportion.BaseValidPartyVotes},
	}
	a, err := apportion.Allocate(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := New(in, a)
	if err != nil {
		t.Fatal(err)
	}
	serbian, _ := messages.In("sr-Latn")
	got := text.In(messages.With(t.Context(), serbian))
	for _, want := range []string{" 1,35", "4,75", "50.000,00"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "1.35") {
		t.Errorf("want no number of English in\n%s", got)
	}
}
