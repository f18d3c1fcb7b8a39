package elections_test

import (
	"testing"

	"urna/elections"
)

func TestParseCount_AsPeopleWriteNumbers(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "7": 7, " 1500 ": 1500, "1,000": 1000, "1.000": 1000, "1 000": 1000, "1\u00a0000": 1000, "1\u202f000": 1000,
		"1\u2009000": 1000, "1'000": 1000, "1’000": 1000, "6,500,000": 6_500_000, "6.500.000": 6_500_000, "12,345": 12_345,
		"999999999999": 999_999_999_999, "007": 7,
	} {
		if got, ok := elections.ParseCount(text); !ok || got != want {
			t.Errorf("%q: want %d, got %d, %v", text, want, got, ok)
		}
	}
	for _, text := range []string{
		"", " ", "many", "1,5", "1.5", "1,50", "1,0000", "1.00", "1,000.5", "1,000.000", "1000,000", ",000", "1,", "-1", "+1", "1e3",
		"0x10", "１２", "1_000", "9999999999999", "1,000,00", "1/2", "5%",
	} {
		if got, ok := elections.ParseCount(text); ok {
			t.Errorf("%q: want it refused, got %d", text, got)
		}
	}
	for text, want := range map[string]string{"3,25": "3.25", " 5 % ": "5", "27 / 20": "27/20", "1,350": "1.350", "x": "x"} {
		if got := elections.PlainDecimal(text); got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
}
