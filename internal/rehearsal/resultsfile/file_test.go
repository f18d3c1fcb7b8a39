package resultsfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"urna/results/apportion"
)

// TestBuiltInFiles_ReproduceExactly allocates every built-in file, by both implementations, and
// compares seats, ties and winners with what the authorities declared.
func TestBuiltInFiles_ReproduceExactly(t *testing.T) {
	if len(Names()) == 0 {
		t.Fatal("want built-in files, got none")
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			file, err := Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if file.Presidential() {
				checkRounds(t, file)
				return
			}
			for _, c := range file.Cases {
				checkCase(t, c)
			}
		})
	}
}

func checkCase(t *testing.T, c Case) {
	t.Helper()
	in, err := c.Input()
	if c.Method == "quota-method" {
		if !errors.Is(err, apportion.ErrUnknownMethod) {
			t.Errorf("%s: want %v, got %v", c.ID, apportion.ErrUnknownMethod, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	for _, allocate := range []func(apportion.Input) (apportion.Allocation, error){
		apportion.Allocate, apportion.AllocateByDivisor,
	} {
		result, err := allocate(in)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		for _, difference := range Compare(c, result) {
			t.Errorf("%s: %s", c.ID, difference)
		}
		if result.Tie != nil && c.ExpectedTie == nil {
			t.Errorf("%s: want no tie, got %v", c.ID, result.Tie)
		}
	}
}

func checkRounds(t *testing.T, file *File) {
	t.Helper()
	for i, round := range file.Rounds {
		race, err := file.Race(i)
		if err != nil {
			t.Fatal(err)
		}
		outcome, err := apportion.Elect(race)
		if err != nil {
			t.Fatal(err)
		}
		if i < len(file.Rounds)-1 {
			if len(outcome.SecondRound) != 2 {
				t.Fatalf("want a second round, got %+v", outcome)
			}
			for place, candidate := range file.Rounds[i+1].Candidates {
				if round.Candidates[outcome.SecondRound[place]].Name != candidate.Name {
					t.Errorf("want %s in the second round", candidate.Name)
				}
			}
			continue
		}
		if outcome.Winner < 0 {
			t.Fatalf("want a winner, got %+v", outcome)
		}
		if difference := CompareWinner(file, outcome); difference != "" {
			t.Error(difference)
		}
	}
}

func TestOpen(t *testing.T) {
	folder := t.TempDir()
	mine := filepath.Join(folder, "fr-president-2022.json")
	if err := os.WriteFile(mine, []byte("\xef\xbb\xbf"+`{"id": "mine", "method": "hare"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(folder, "broken.json")
	if err := os.WriteFile(broken, []byte(`{"id": `), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		mine:                                "mine",
		"fr-president-2022":                 "fr-president-2022",
		"fr-president-2022.json":            "fr-president-2022",
		filepath.Join(folder, "edge-cases"): "apportionment-library-cases",
		"nowhere/nl-tweede-kamer-2023.json": "nl-tweede-kamer-2023",
		"../elections/us-house-apportionment-2020.json": "us-house-apportionment-2020",
	} {
		if file, err := Open(name); err != nil || file.ID != want {
			t.Errorf("%s: want %s, got %+v, %v", name, want, file, err)
		}
	}
	for name, want := range map[string]error{
		"nowhere.json": ErrNotFound, "..": nil, broken: ErrFormat, folder: nil,
	} {
		if _, err := Open(name); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: want %v, got %v", name, want, err)
		}
	}
}

func parse(t *testing.T, text string) *File {
	t.Helper()
	file, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestParse_Fields(t *testing.T) {
	file := parse(t, `{
		"id": "x", "name": "X", "country": "XX", "date": "2020-01-02", "METHOD": "hare", "method": "dhondt",
		"threshold": {"percent": 3.10, "base": "votes-cast", "comparison": ">", "total": 1000, "note": {}},
		"exempt_from_threshold": ["b"], "seats": 99, "eligible": 77, "rounds": "whatever",
		"constituencies": [
			{"id": "1", "name": "One", "seats": 7, "blank_votes": 1, "invalid_votes": 2, "votes_cast": 3,
			 "eligible": 4, "valid_votes": 5, "unassigned_seats": 1, "tie_winner": "a", "tie_resolution": "lot",
			 "expected_tie": {"names": ["a", "b"], "seats": 1},
			 "parties": [
				{"name": "a", "votes": 12.0, "seats": 4, "Votes": 9, "weight": "27/20", "max_seats": 3},
				{"name": "b", "votes": "5", "lumped": true, "threshold_percent": 7, "seats": null},
				{"name": "c", "votes": 1e1, "weight": 1.35, "max_seats": 0}]},
			{"id": "2", "method": "hare", "threshold": {"passing": ["c", "elsewhere"]},
			 "exempt_from_threshold": [], "seats": 1, "parties": [{"name": "b", "votes": 1}, {"name": "c", "votes": 1}]}
		]}`)
	if file.ID != "x" || file.Name != "X" || file.Country != "XX" || file.Date != "2020-01-02" || len(file.Cases) != 2 {
		t.Fatalf("got %+v", file)
	}
	one, two := file.Cases[0], file.Cases[1]
	if one.Method != apportion.DHondt || one.Seats != 7 || one.Blank != 1 || one.Invalid != 2 || one.VotesCast != 3 ||
		one.Eligible != 4 || one.Valid != 5 || *one.Unassigned != 1 || one.TieResolution != "lot" ||
		!slices.Equal(one.TieWinner, []string{"a"}) || one.ExpectedTie.Seats != 1 || len(one.ExpectedTie.Names) != 2 {
		t.Errorf("got %+v", one)
	}
	threshold := one.Threshold
	if threshold.Percent.String() != "31/10" || threshold.Base != apportion.BaseVotesCast ||
		threshold.Comparison != apportion.MoreThan || threshold.Total != 1000 || threshold.Passing != nil {
		t.Errorf("got %+v", threshold)
	}
	a, b, c := one.Lists[0], one.Lists[1], one.Lists[2]
	if a.Votes != 12 || *a.Seats != 4 || a.Weight.String() != "27/20" || a.MaxSeats != 3 || a.Exempt || a.Lumped {
		t.Errorf("got %+v", a)
	}
	if b.Votes != 5 || b.Seats != nil || !b.Exempt || !b.Lumped || b.ThresholdPercent.String() != "7" || b.MaxSeats != 0 {
		t.Errorf("got %+v", b)
	}
	if c.Votes != 10 || c.Weight.String() != "27/20" || c.MaxSeats != -1 {
		t.Errorf("got %+v", c)
	}
	if two.Method != apportion.Hare || two.Name != "2" || two.Eligible != 0 || two.Lists[0].Exempt ||
		two.Threshold.Base != apportion.BaseNone || !slices.Equal(two.Threshold.Passing, []int{1}) {
		t.Errorf("got %+v", two)
	}
	if in, err := one.Input(); err != nil || len(in.Lists) != 3 || in.Lists[1].Name != "b" || !in.Lists[1].Exempt ||
		in.Lists[0].Weight != a.Weight || in.Valid != 5 || in.VotesCast != 3 {
		t.Errorf("got %+v, %v", in, err)
	}
}

func TestParse_OneBadCaseLeavesTheOthers(t *testing.T) {
	for name, bad := range map[string]string{
		"unknown method": `{"method": "quota-method", "seats": 1, "parties": [{"name": "a", "votes": 1}]}`,
		"no votes":       `{"seats": 1, "parties": [{"name": "a"}]}`,
		"half a vote":    `{"seats": 1, "parties": [{"name": "a", "votes": 1.5}]}`,
		"text as votes":  `{"seats": 1, "parties": [{"name": "a", "votes": "many"}]}`,
		"huge votes":     `{"seats": 1, "parties": [{"name": "a", "votes": 1e99}]}`,
		"bad weight":     `{"seats": 1, "parties": [{"name": "a", "votes": 1, "weight": -1}]}`,
		"bad percentage": `{"seats": 1, "parties": [{"name": "a", "votes": 1}], "threshold": {"percent": "five", "base": "none"}}`,
		"no base":        `{"seats": 1, "parties": [{"name": "a", "votes": 1}], "threshold": {"percent": 5}}`,
		"parties":        `{"seats": 1, "parties": {"a": 1}}`,
		"a party":        `{"seats": 1, "parties": [1]}`,
		"huge seats":     `{"seats": 99999999999, "parties": [{"name": "a", "votes": 1}]}`,
		"max_seats":      `{"seats": 1, "parties": [{"name": "a", "votes": 1, "max_seats": -1}]}`,
		"lumped":         `{"seats": 1, "parties": [{"name": "a", "votes": 1, "lumped": 1}]}`,
		"names":          `{"seats": 1, "parties": [{"name": "a", "votes": 1}], "exempt_from_threshold": 5}`,
		"not an object":  `5`,
		"null":           `null`,
	} {
		t.Run(name, func(t *testing.T) {
			file := parse(t, `{"method": "dhondt", "constituencies": [`+bad+`,
				{"seats": 1, "parties": [{"name": "a", "votes": 1}]}]}`)
			if _, err := file.Cases[0].Input(); err == nil || !strings.Contains(err.Error(), "constituency 1") {
				t.Errorf("want an error about constituency 1, got %v", err)
			}
			if _, err := file.Cases[1].Input(); err != nil {
				t.Errorf("want the second case to stay usable, got %v", err)
			}
		})
	}
	file := parse(t, `{"method": "dhondt", "seats": 2, "parties": [{"name": "a", "votes": -1}]}`)
	in, err := file.Cases[0].Input()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := apportion.Allocate(in); !errors.Is(err, apportion.ErrNegative) {
		t.Errorf("want %v, got %v", apportion.ErrNegative, err)
	}
}

func TestParse_RefusesOtherFiles(t *testing.T) {
	for _, text := range []string{"", "[]", "null", "5", "{", `{} {}`, `{"constituencies": 5}`} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: want %v, got %v", text, ErrFormat, err)
		}
	}
}

func TestParse_Presidential(t *testing.T) {
	const rounds = `"rounds": [{"candidates": [{"name": "a", "votes": 5}, {"name": "b", "votes": 4}], "blank_votes": 2,
		"invalid_votes": 3, "votes_cast": 14, "valid_votes": 9}, {"candidates": [{"name": "a", "votes": 1}]}]`
	file := parse(t, `{"kind": "presidential", "winner": "a",
		"rule": {"type": "absolute-majority-or-runoff", "majority_base": "votes-cast"}, `+rounds+`}`)
	race, err := file.Race(0)
	if err != nil || race.Rule != apportion.AbsoluteMajority || race.MajorityBase != apportion.MajorityOfVotesCast ||
		!slices.Equal(race.Votes, []int64{5, 4}) || race.Blank != 2 || race.Invalid != 3 || race.Cast != 14 || race.Valid != 9 {
		t.Errorf("got %+v, %v", race, err)
	}
	if race, err = file.Race(1); err != nil || race.Rule != apportion.Plurality {
		t.Errorf("want a plurality in the second round, got %+v, %v", race, err)
	}
	for name, text := range map[string]string{
		"no rule":      `{"kind": "presidential", ` + rounds + `}`,
		"null":         `{"kind": "presidential", "rule": null, ` + rounds + `}`,
		"without type": `{"kind": "presidential", "rule": {}, ` + rounds + `}`,
	} {
		file := parse(t, text)
		if _, err := file.Race(0); !errors.Is(err, ErrNoRule) || !errors.Is(file.Problem, ErrNoRule) {
			t.Errorf("%s: want %v, got %v", name, ErrNoRule, err)
		}
	}
	if file := parse(t, `{"kind": "presidential", "rule": {"type": "plurality"}}`); !errors.Is(file.Problem, ErrFormat) {
		t.Errorf("no rounds: want %v, got %v", ErrFormat, file.Problem)
	}
}

// FuzzParse: no file crashes the reader, the calculation or the comparison.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"method": "dhondt", "seats": 2, "parties": [{"name": "a", "votes": 1, "seats": 2}]}`))
	f.Add([]byte(`{"kind": "presidential", "rule": {"type": "plurality"}, "rounds": [{"candidates": [{"votes": 1}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		for _, c := range file.Cases {
			in, err := c.Input()
			if err != nil {
				continue
			}
			if result, err := apportion.Allocate(in); err == nil {
				Compare(c, result)
			}
		}
		for i := range file.Rounds {
			race, err := file.Race(i)
			if err != nil {
				continue
			}
			if outcome, err := apportion.Elect(race); err == nil && i == len(file.Rounds)-1 {
				CompareWinner(file, outcome)
			}
		}
	})
}

// TestInput_BlankBallotsCountOnceInTheBase reads the same votes as three protocols state them: 1,000 votes
// for lists and 100 blank ballots, so that 3 % are 30 votes without the blank ones and 33 with them.
func TestInput_BlankBallotsCountOnceInTheBase(t *testing.T) {
	for base, needed := range map[string]int{"valid-party-votes": 30, "valid-including-blank": 33} {
		for _, valid := range []string{"1000", "1100", "null"} {
			for votes := needed - 1; votes <= needed; votes++ {
				file, err := Parse(fmt.Appendf(nil, `{"id": "x", "method": "dhondt", "seats": 100,
					"threshold": {"percent": 3, "base": %q}, "blank_votes": 100, "valid_votes": %s,
					"parties": [{"name": "a", "votes": %d}, {"name": "b", "votes": %d}]}`, base, valid, 1000-votes, votes))
				if err != nil {
					t.Fatal(err)
				}
				in, err := file.Cases[0].Input()
				if err != nil {
					t.Fatal(err)
				}
				result, err := apportion.Allocate(in)
				if err != nil || (result.Seats[1] > 0) != (votes >= needed) {
					t.Errorf("%s, valid_votes %s: want lists in from %d votes, got seats %v, %v for %d",
						base, valid, needed, result.Seats, err, votes)
				}
			}
		}
	}
}
