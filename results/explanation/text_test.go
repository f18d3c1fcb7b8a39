package explanation

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/messages"
	"urna/results/apportion"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// lists makes lists out of votes.
func lists(votes ...int64) []apportion.List {
	lists := make([]apportion.List, len(votes))
	for i, v := range votes {
		lists[i] = apportion.List{Votes: v, Name: []string{"Alpha", "Beta", "Gamma", "Delta", "Others"}[i]}
	}
	return lists
}

// explain allocates the seats and returns the explanation.
func explain(t *testing.T, in apportion.Input) *Text {
	t.Helper()
	a, err := apportion.Allocate(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := New(in, a)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func ratio(t *testing.T, text string) apportion.Ratio {
	t.Helper()
	r, err := apportion.ParseRatio(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestText_IsAsItWas(t *testing.T) {
	percent := ratio(t, "7")
	averages := lists(100_000, 80_000, 9_000, 9_499, 4_000)
	averages[1].MaxSeats = 2
	averages[2].Exempt, averages[2].Weight = true, ratio(t, "27/20")
	averages[3].ThresholdPercent = &percent
	averages[4].Lumped = true
	for name, in := range map[string]apportion.Input{
		"averages": {
			Method: apportion.DHondt, Seats: 8, Lists: averages, Blank: 500,
			Threshold: apportion.Threshold{Percent: ratio(t, "19/4"), Base: apportion.BaseValidIncludingBlank},
		},
		"free_first_seats": {Method: apportion.HuntingtonHill, Seats: 5, Lists: lists(9_000, 4_000, 1_500)},
		"tie": {
			Method: apportion.DHondt, Seats: 3, Lists: lists(300, 100, 50), Valid: 300,
			Threshold: apportion.Threshold{Base: apportion.BaseQuota},
		},
		"lot": {
			Method: apportion.SainteLague, Seats: 2, Lists: lists(2, 1, 1, 2, 2), Lots: []apportion.Lot{{Lists: []int{4, 0, 3}}},
		},
		"quota": {
			Method: apportion.Hare, Seats: 10, Lists: lists(4_723, 3_058, 2_219),
			Threshold: apportion.Threshold{Passing: []int{0, 1, 2}},
		},
		"rules_and_lot": {
			Method: apportion.Hare, Seats: 3, Lists: lists(5, 15, 5, 5), TieBreaks: []apportion.TieBreak{apportion.MoreVotes, apportion.DrawLots},
			Lots: []apportion.Lot{{Lists: []int{3, 0, 2}}},
		},
		"rules": {
			Method: apportion.DHondt, Seats: 3, Lists: lists(10, 30), TieBreaks: []apportion.TieBreak{apportion.MoreVotes, apportion.DrawLots},
		},
		"rules_and_tie": {
			Method: apportion.SainteLague, Seats: 2, Lists: lists(3, 9, 3), TieBreaks: []apportion.TieBreak{apportion.FewerVotes, apportion.DrawLots},
		},
		"taken_back": {Method: apportion.Imperiali, Seats: 4, Lists: lists(61, 44, 15)},
		"nobody": {
			Method: apportion.Droop, Seats: 4, Lists: lists(1, 1),
			Threshold: apportion.Threshold{Percent: ratio(t, "50"), Base: apportion.BaseValidPartyVotes, Comparison: apportion.MoreThan},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := explain(t, in).In(t.Context())
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if text != string(want) {
				t.Errorf("want\n%s\ngot\n%s", want, text)
			}
		})
	}
}

// TestText_KnowsEveryMethodAndBase looks for a method or a base that has no sentence: it would be shown by its code.
func TestText_KnowsEveryMethodAndBase(t *testing.T) {
	for _, method := range apportion.Methods() {
		if methodName(method).ID() == "" || methodRule(method).ID() == "" {
			t.Errorf("want a name and a rule for %s", method)
		}
	}
	plain := votesOf("", 1).ID()
	for _, base := range []apportion.Base{
		apportion.BaseValidPartyVotes, apportion.BaseValidIncludingBlank, apportion.BaseVotesCast, apportion.BaseEligible,
	} {
		if votesOf(base, 1).ID() == plain {
			t.Errorf("want a sentence for the base %s", base)
		}
	}
}

func TestText_InAnotherLanguage(t *testing.T) {
	in := apportion.Input{Method: apportion.DHondt, Seats: 2, Lists: lists(2, 1)}
	english := explain(t, in).In(t.Context())
	stretched := explain(t, in).In(messages.With(t.Context(), messages.Stretched()))
	if len(stretched) < len(english)*3/2 {
		t.Errorf("want every sentence of the catalogue's language, got\n%s", stretched)
	}
	for _, sentence := range []string{"seats among", "There is no threshold", "next in line", "keeps its last with"} {
		if !strings.Contains(english, sentence) {
			t.Errorf("want %q, got\n%s", sentence, english)
		}
	}
}

func TestNew_RefusesWhatAllocateRefuses(t *testing.T) {
	if _, err := New(apportion.Input{}, apportion.Allocation{}); !errors.Is(err, apportion.ErrUnknownMethod) {
		t.Errorf("want %v, got %v", apportion.ErrUnknownMethod, err)
	}
}
