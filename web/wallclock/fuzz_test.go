package wallclock

import (
	"testing"
	"time"
)

// FuzzParse reads whatever comes as a date and time: a reading is written and read again as the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"2027-10-31T02:30", "2027-02-29 00:00", "12027-01-01t23:59:59.9", "2027-10-31T02:30:60", "٢٠٢٧-10-31T02:30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		reading, ok := Parse(s)
		if !ok {
			return
		}
		if again, ok := Parse(Format(reading, time.UTC)); !ok || !again.Equal(reading) {
			t.Errorf("%q: want %v again, got %v, %v", s, reading, again, ok)
		}
	})
}
