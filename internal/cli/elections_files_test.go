package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/internal/rehearsal/resultsfile"
	"urna/results/apportion"
)

// definitionsOf states the elections of a results file: one for all of its cases that share their rules, each
// case a constituency, each list a candidacy; of a presidential file its first round.
func definitionsOf(f *resultsfile.File) (all []elections.Definition) {
	begin := func(kind elections.Kind, rules elections.DefinitionRules) *elections.Definition {
		all = append(all, elections.Definition{
			Format: elections.DefinitionFormat, Title: fmt.Sprintf("%s %d", f.ID, len(all)+1), Kind: kind,
			StartsAt: time.Date(2099, 5, 1, 7, 0, 0, 0, time.UTC), EndsAt: time.Date(2099, 5, 1, 20, 0, 0, 0, time.UTC), TimeZone: "UTC",
			PublicView: elections.TurnoutOnly, Channels: []elections.Channel{elections.Batches}, Confirmations: 1, Rules: rules,
		})
		return &all[len(all)-1]
	}
	if f.Presidential() {
		d := begin(elections.Presidential, elections.DefinitionRules{
			ThresholdPercent: "0", ThresholdBase: "none", ThresholdComparison: ">=", ThresholdScope: elections.EachConstituency,
			Majority: elections.Absolute, MajorityBase: elections.MajorityOfVotesCast,
		})
		part := elections.DefinitionConstituency{Name: "Nationwide", Seats: 1}
		for i, candidate := range f.Rounds[0].Candidates {
			d.Participants = append(d.Participants, elections.DefinitionParticipant{Name: candidate.Name})
			part.Candidacies = append(part.Candidacies, elections.DefinitionCandidacy{Participant: i + 1})
		}
		d.Constituencies = append(d.Constituencies, part)
		return all
	}
	byRules := map[string]int{}
	places := map[int]map[string]int{}
	for i, c := range f.Cases {
		if _, err := c.Input(); err != nil || c.Seats > 10_000 {
			continue // refused by the calculation, too
		}
		rules := rulesOf(c)
		at, known := byRules[fmt.Sprint(rules)]
		if !known {
			begin(elections.Parliamentary, rules)
			at = len(all) - 1
			byRules[fmt.Sprint(rules)], places[at] = at, map[string]int{}
		}
		d := &all[at]
		part := elections.DefinitionConstituency{Name: fmt.Sprintf("%s %d", c.Name, i), Seats: c.Seats, RegisteredVoters: c.Eligible}
		if c.VotesCast > 0 {
			part.DeclaredVotesCast = &c.VotesCast
		}
		for j, list := range c.Lists {
			if list.Lumped || list.MaxSeats < 0 {
				continue
			}
			name := list.Name
			if name == "" {
				name = fmt.Sprint("List ", j)
			}
			if places[at][name] == 0 {
				d.Participants = append(d.Participants, elections.DefinitionParticipant{Name: name})
				places[at][name] = len(d.Participants)
			}
			candidacy := elections.DefinitionCandidacy{Participant: places[at][name], Exempt: list.Exempt, MaxSeats: list.MaxSeats}
			if list.Weight.IsSet() {
				candidacy.Weight = list.Weight.String()
			}
			if list.ThresholdPercent != nil {
				candidacy.ThresholdPercent = list.ThresholdPercent.String()
			}
			part.Candidacies = append(part.Candidacies, candidacy)
		}
		d.Constituencies = append(d.Constituencies, part)
	}
	return all
}

func rulesOf(c resultsfile.Case) elections.DefinitionRules {
	rules := elections.DefinitionRules{
		Method: string(c.Method), ThresholdPercent: "0", ThresholdBase: "none", ThresholdComparison: ">=",
		ThresholdScope: elections.EachConstituency, BlankBallots: c.Blank > 0, Majority: elections.Absolute, MajorityBase: elections.MajorityOfValid,
	}
	if base := c.Threshold.Base; base != "" && base != apportion.BaseNone {
		rules.ThresholdBase, rules.ThresholdComparison = string(base), string(c.Threshold.Comparison)
		if c.Threshold.Percent.IsSet() {
			rules.ThresholdPercent = c.Threshold.Percent.String()
		}
		if rules.ThresholdComparison == "" {
			rules.ThresholdComparison = ">="
		}
	}
	return rules
}

// TestElections_EveryVisibleFileThereAndBack imports a definition for each built-in results file into one data
// folder, exports it, imports that into another folder and exports it again: nothing is lost on the way.
func TestElections_EveryVisibleFileThereAndBack(t *testing.T) {
	folders := [2]string{t.TempDir(), t.TempDir()}
	run := func(folder, in string, args ...string) string {
		t.Helper()
		var out, stderr strings.Builder
		if code := Main(append(args, "--data", folder), &Streams{In: strings.NewReader(in), Out: &out, Err: &stderr}); code != 0 {
			t.Fatalf("%v: want exit 0, got %d: %s", args, code, stderr.String())
		}
		return out.String()
	}
	for _, folder := range folders {
		run(folder, "long enough a password\n", "users", "add", "--email", "ada@example.org", "--role", "administrator", "--forename", "Ada", "--surname", "L", "--password-stdin")
	}
	count := 0
	for _, name := range resultsfile.Names() {
		file, err := resultsfile.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		definitions := definitionsOf(file)
		if len(definitions) == 0 {
			t.Errorf("%s: want something to define", name)
		}
		for _, d := range definitions[:min(len(definitions), 1)] { // files of single cases hold dozens
			count++
			var written bytes.Buffer
			if err := d.Write(&written); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "definition.json")
			if err := os.WriteFile(path, written.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			run(folders[0], "", "elections", "import", path)
			exported := run(folders[0], "", "elections", "export", strconv.Itoa(count))
			run(folders[1], exported, "elections", "import", "-")
			again := run(folders[1], "", "elections", "export", strconv.Itoa(count))
			if exported != again {
				t.Errorf("%s (-first +second):\n%s", d.Title, cmp.Diff(exported, again))
			}
			if exported != written.String() {
				t.Errorf("%s (-want +got):\n%s", d.Title, cmp.Diff(written.String(), exported))
			}
			var held elections.Definition
			if err := json.Unmarshal([]byte(exported), &held); err != nil || len(held.Constituencies) != len(d.Constituencies) {
				t.Errorf("%s: want %d constituencies, got %d, %v", d.Title, len(d.Constituencies), len(held.Constituencies), err)
			}
		}
	}
	if count < len(resultsfile.Names()) {
		t.Errorf("want an election for each file at least, got %d", count)
	}
}
