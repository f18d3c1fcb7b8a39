package apportion

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseRatio(t *testing.T) {
	for text, want := range map[string]string{
		"5": "5", "0": "0", "27/20": "27/20", "54/40": "27/20", "3.25": "13/4", "3.10": "31/10",
		"0.0": "0", "5e0": "5", "2.5e1": "25", "25E-1": "5/2",
		"999999999999999": "999999999999999",
	} {
		if got, err := ParseRatio(text); err != nil || got.String() != want || !got.IsSet() {
			t.Errorf("%q: want %s, got %s, %v", text, want, got, err)
		}
	}
	for _, text := range []string{
		"", "-1", "+1", "007", "027/20", "1/0", "/2", "1/", ".5", "5.", "1e", "1e999", "0x10", "1_000", " 1", "NaN", "1/2.5",
		"5%", "99999999999999999", "0.00000000000000001", strings.Repeat("0", 100) + "1",
	} {
		if got, err := ParseRatio(text); !errors.Is(err, ErrRatio) {
			t.Errorf("%q: want %v, got %s, %v", text, ErrRatio, got, err)
		}
	}
}

func TestParseRatio_ReadsWhatStringPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, err := NewRatio(
			rapid.Int64Range(0, maxRatioPart).Draw(t, "numerator"), rapid.Int64Range(1, maxRatioPart).Draw(t, "denominator"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseRatio(want.String()); err != nil || got != want {
			t.Fatalf("want %s, got %s, %v", want, got, err)
		}
	})
}

func TestNewRatio(t *testing.T) {
	for _, pair := range [][2]int64{{1, 0}, {1, -1}, {-1, 1}} {
		if _, err := NewRatio(pair[0], pair[1]); !errors.Is(err, ErrRatio) {
			t.Errorf("%v: want %v, got %v", pair, ErrRatio, err)
		}
	}
	if r, err := NewRatio(50, 20); err != nil || r.Numerator() != 5 || r.Denominator() != 2 || r.Decimal(1) != "2.5" {
		t.Errorf("want 5/2, got %s, %v", r, err)
	}
	if (Ratio{}).IsSet() || (Ratio{}).String() != "" || (Ratio{}).Rat().Sign() != 0 {
		t.Error("the zero value must be unset")
	}
}

func TestQuotient_Decimal(t *testing.T) {
	for _, test := range []struct {
		quotient Quotient
		places   int
		text     string
		want     string
	}{
		{Quotient{}, 2, "", ""},
		{Quotient{Votes: Ratio{100, 1}, Divisor: Ratio{3, 1}}, 2, "100 ÷ 3", "33.33"},
		{Quotient{Votes: Ratio{100, 1}, Divisor: Ratio{7, 5}}, 2, "100 ÷ 1.4", "71.43"},
		{Quotient{Votes: Ratio{100, 1}, Divisor: Ratio{0, 1}}, 2, "100 ÷ 0", "∞"},
		{Quotient{Votes: Ratio{100, 1}, Divisor: Ratio{2, 1}, Root: true}, 2, "100 ÷ √2", "70.71"},
		{Quotient{Votes: Ratio{100, 1}, Divisor: Ratio{2, 1}, Root: true}, 0, "100 ÷ √2", "71"},
		{Quotient{Votes: Ratio{1, 1}, Divisor: Ratio{999_000, 1}, Root: true}, 3, "1 ÷ √999000", "0.001"},
		{Quotient{Votes: Ratio{50, 3}}, 1, "50/3", "16.7"},
		{Quotient{Votes: Ratio{-5, 2}}, 1, "-2.5", "-2.5"},
	} {
		if got := test.quotient.Decimal(test.places); got != test.want || test.quotient.String() != test.text {
			t.Errorf("want %s = %s, got %s = %s", test.text, test.want, test.quotient, got)
		}
	}
}

// TestRank_ComparesExactly compares fractions of 128 by 64 bits as big.Rat does.
func TestRank_ComparesExactly(t *testing.T) {
	value := func(r rank) *big.Rat {
		numerator := new(big.Int).SetUint64(r.high)
		numerator.Lsh(numerator, 64).Add(numerator, new(big.Int).SetUint64(r.low))
		return new(big.Rat).SetFrac(numerator, new(big.Int).SetUint64(r.denominator))
	}
	edges := []uint64{0, 1, 2, 1 << 32, 1 << 63, 1<<64 - 2, 1<<64 - 1}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom(edges), rapid.Uint64())
		draw := func() rank {
			return rank{word.Draw(t, "high"), word.Draw(t, "low"), max(word.Draw(t, "denominator"), 1)}
		}
		a, b := draw(), draw()
		if want := value(a).Cmp(value(b)); a.compare(b) != want || b.compare(a) != -want {
			t.Fatalf("want %d, got %d and %d", want, a.compare(b), b.compare(a))
		}
		free := rank{b.high, b.low, 0}
		if a.compare(free) != -1 || free.compare(a) != 1 {
			t.Fatal("want a free seat above every quotient")
		}
	})
}
