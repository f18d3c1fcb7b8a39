package pages

import (
	"errors"
	"strings"
	"testing"
	"time"

	"urna/internal/messages"
	"urna/internal/problem"
)

// TestTypedTime_RefusalsSayTheDayInTheReadersLanguage types a time that the clocks skip, and one that they show twice.
func TestTypedTime_RefusalsSayTheDayInTheReadersLanguage(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Belgrade")
	if err != nil {
		t.Fatal(err)
	}
	serbian, _ := messages.In("sr-Latn")
	for clock, want := range map[string]string{"2027-03-28T02:30": "28. marta 2027.", "2027-10-31T02:30": "31. oktobra 2027."} {
		var checks problem.Checks
		typedTime{Clock: clock}.read(&checks, "starts_at", zone, time.Time{})
		refused, ok := errors.AsType[*problem.Error](checks.Err())
		if !ok || len(refused.Fields) != 1 || !strings.Contains(serbian.Text(refused.Fields[0].Message), want) {
			t.Errorf("%s: want %q, got %v", clock, want, refused)
		}
	}
}
