package rehearsal

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"urna/client"
	"urna/internal/rehearsal/resultsfile"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// planOf plans a results file written as JSON.
func planOf(t *testing.T, text string) (*Plan, error) {
	t.Helper()
	file, err := resultsfile.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return NewPlan(file, noon)
}

func mustPlan(t *testing.T, text string) *Plan {
	t.Helper()
	p, err := planOf(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewPlan_Serbia2020(t *testing.T) {
	file, err := resultsfile.Open("rs-narodna-skupstina-2020")
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(file, noon)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := int64(3_218_763), p.Ballots(); want != got {
		t.Errorf("want %d ballots, got %d", want, got)
	}
	d := p.elections[0].definition
	if want, got := "2020-06-21T07:00:00+02:00", d.StartsAt.Format(time.RFC3339); want != got {
		t.Errorf("want start %s, got %s", want, got)
	}
	want := client.Rules{Method: "dhondt", ThresholdPercent: "3", ThresholdBase: "votes-cast", ThresholdComparison: ">="}
	if !reflect.DeepEqual(want, d.Rules) {
		t.Errorf("want rules %+v, got %+v", want, d.Rules)
	}
	part := p.elections[0].parts[0]
	if got := part.definition.DeclaredVotesCast; got == nil || *got != 3_221_908 {
		t.Errorf("want 3221908 declared votes cast, got %v", got)
	}
	if got := part.standing[6].candidacy; got.Weight != "27/20" || !got.Exempt {
		t.Errorf("want an exempt list of weight 27/20, got %+v", got)
	}
	if !d.Rehearsal {
		t.Error("the election is not marked as a rehearsal")
	}
}

func TestNewPlan_EveryBuiltInFile(t *testing.T) {
	for _, name := range resultsfile.Names() {
		t.Run(name, func(t *testing.T) {
			file, err := resultsfile.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			p, err := NewPlan(file, noon)
			if errors.Is(err, ErrNothingToRehearse) {
				t.Logf("refused: %v", err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			cases := len(p.Refused)
			for _, e := range p.elections {
				cases += len(e.parts)
			}
			if want := max(1, len(file.Cases)); want != cases {
				t.Errorf("want %d cases planned or refused, got %d", want, cases)
			}
		})
	}
}

func TestNewPlan_OthersRowTakesNoSeat(t *testing.T) {
	p := mustPlan(t, `{"name":"Town","method":"dhondt","seats":5,"parties":[
		{"name":"A","votes":500,"seats":3},{"name":"B","votes":300,"seats":2},{"name":"Others","votes":700,"seats":0,"lumped":true}]}`)
	if want, got := feather, p.elections[0].parts[0].standing[2].candidacy.Weight; want != got {
		t.Errorf("want weight %s, got %s", want, got)
	}
	if want, got := int64(1500), p.Ballots(); want != got {
		t.Errorf("want %d ballots, got %d", want, got)
	}
}

func TestNewPlan_Slovakia2020(t *testing.T) {
	file, err := resultsfile.Open("sk-narodna-rada-2020")
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(file, noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.elections[0].parts[0].standing[4]; got.name != "Progresívne Slovensko-SPOLU" || got.candidacy.ThresholdPercent != "7" {
		t.Errorf("want the coalition under its own 7 %%, got %+v", got)
	}
}

func TestNewPlan_MajorityOfVotesCast(t *testing.T) {
	p := mustPlan(t, `{"name":"T","kind":"presidential","rule":{"type":"absolute-majority-or-runoff","majority_base":"votes-cast"},
		"rounds":[{"invalid_votes":200,"candidates":[{"name":"A","votes":600},{"name":"B","votes":500}]}]}`)
	if got := p.elections[0].definition.Rules.MajorityBase; got != "votes-cast" {
		t.Errorf("want a majority of the votes cast, got %q", got)
	}
}

func TestNewPlan_RefusesWhatAnElectionCannotState(t *testing.T) {
	const lists = `"parties":[{"name":"A","votes":500,"seats":3},{"name":"B","votes":300,"seats":2},`
	for name, c := range map[string]struct{ file, reason string }{
		"others row with a quota": {
			`{"name":"T","method":"hare","seats":5,` + lists + `{"name":"Others","votes":700,"lumped":true}]}`, "Others is a row that can take no seat",
		},
		"a third of a percent": {
			`{"name":"T","method":"dhondt","seats":9,"threshold":{"percent":5,"base":"valid-party-votes"},` + lists +
				`{"name":"Coalition","votes":160,"threshold_percent":"61/3"}]}`, "threshold of Coalition",
		},
		"decided elsewhere": {
			`{"name":"T","method":"dhondt","seats":9,"threshold":{"passing":["A"]},` + lists + `{"name":"C","votes":160}]}`, "decided elsewhere",
		},
		"unknown method": {`{"name":"T","method":"coin","seats":9,` + lists + `{"name":"C","votes":160}]}`, "unknown method"},
		"no votes":       {`{"name":"T","method":"dhondt","seats":9,"parties":[{"name":"A","votes":0}]}`, "no votes"},
		"nameless list":  {`{"name":"T","method":"dhondt","seats":9,"parties":[{"name":" ","votes":10}]}`, "has no name"},
		"no rule":        {`{"name":"T","kind":"presidential","rounds":[{"candidates":[{"name":"A","votes":1}]}]}`, "rule"},
		"more valid votes than candidates have": {
			`{"name":"T","kind":"presidential","rule":{"type":"absolute-majority-or-runoff","majority_base":"valid"},
			"rounds":[{"valid_votes":1300,"candidates":[{"name":"A","votes":600},{"name":"B","votes":500}]}]}`, "ballots do not add up to",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := planOf(t, c.file)
			if !errors.Is(err, ErrNothingToRehearse) || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("want a refusal that says %q, got %v", c.reason, err)
			}
		})
	}
}

func TestNewPlan_CasesOfOtherRulesAreAnotherElection(t *testing.T) {
	const list = `"parties":[{"name":"A","votes":500},{"name":"B","votes":300}]`
	p := mustPlan(t, `{"name":"Land","date":"2021-01-02","method":"dhondt","constituencies":[
		{"name":"North","seats":3,`+list+`},{"name":"North","seats":2,`+list+`},
		{"name":"South","seats":2,"method":"hare",`+list+`},{"name":"West","seats":2,"method":"coin",`+list+`}]}`)
	if want, got := 2, len(p.elections); want != got {
		t.Fatalf("want %d elections, got %d", want, got)
	}
	if want, got := "North (2)", p.elections[0].parts[1].definition.Name; want != got {
		t.Errorf("want constituency %q, got %q", want, got)
	}
	if want, got := "Land 2021 (2 of 2)", p.elections[1].definition.Title; want != got {
		t.Errorf("want title %q, got %q", want, got)
	}
	if len(p.Refused) != 1 || !strings.HasPrefix(p.Refused[0], "West: ") {
		t.Errorf("want West refused, got %v", p.Refused)
	}
}

func TestDates_AFileOfTheFutureIsHeldNow(t *testing.T) {
	_, ends := dates("2030-01-01", time.UTC, noon)
	if !ends.Before(noon) {
		t.Errorf("want an end before %s, got %s", noon, ends)
	}
}
