package apportion

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestExplain(t *testing.T) {
	named := func(lists []List) []List {
		for i := range lists {
			lists[i].Name = []string{"Alpha", "Beta", "Gamma", "Delta", "Others"}[i]
		}
		return lists
	}
	for name, in := range map[string]Input{
		"averages": {
			Method: DHondt, Seats: 8,
			Lists: named([]List{
				{Votes: 100_000},
				{Votes: 80_000, MaxSeats: 2},
				{Votes: 9_000, Exempt: true, Weight: Ratio{27, 20}},
				{Votes: 9_499, ThresholdPercent: &Ratio{7, 1}},
				{Votes: 4_000, Lumped: true},
			}),
			Threshold: Threshold{Percent: Ratio{19, 4}, Base: BaseValidIncludingBlank}, Blank: 500,
		},
		"free_first_seats": {Method: HuntingtonHill, Seats: 5, Lists: named(lists(9_000, 4_000, 1_500))},
		"tie":              {Method: DHondt, Seats: 3, Lists: named(lists(300, 100, 50)), Threshold: Threshold{Base: BaseQuota}, Valid: 300},
		"lot": {
			Method: SainteLague, Seats: 2, Lists: named(lists(2, 1, 1, 2, 2)), Lots: []Lot{{Lists: []int{4, 0, 3}}},
		},
		"quota":      {Method: Hare, Seats: 10, Lists: named(lists(4_723, 3_058, 2_219)), Threshold: Threshold{Passing: []int{0, 1, 2}}},
		"taken_back": {Method: Imperiali, Seats: 4, Lists: named(lists(61, 44, 15))},
		"nobody": {
			Method: Droop, Seats: 4, Lists: named(lists(1, 1)),
			Threshold: Threshold{Percent: Ratio{50, 1}, Base: BaseValidPartyVotes, Comparison: MoreThan},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			if err := Explain(&text, in, mustAllocate(t, in)); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "explain_"+name+".txt")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(text.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if text.String() != string(want) {
				t.Errorf("want\n%s\ngot\n%s", want, text.String())
			}
		})
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestExplain_Errors(t *testing.T) {
	in := Input{Method: DHondt, Seats: 2, Lists: lists(2, 1)}
	broken := errors.New("broken")
	if err := Explain(brokenWriter{broken}, in, mustAllocate(t, in)); !errors.Is(err, broken) {
		t.Errorf("want %v, got %v", broken, err)
	}
	if err := Explain(brokenWriter{broken}, Input{}, Allocation{}); !errors.Is(err, ErrUnknownMethod) {
		t.Errorf("want %v, got %v", ErrUnknownMethod, err)
	}
}
