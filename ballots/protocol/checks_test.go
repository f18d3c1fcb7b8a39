package protocol_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/problem"
)

// serbian are numbers of the Serbian form without findings.
func serbian(pairs ...string) map[string]string {
	return numbers(append([]string{
		"fields.registered", "1000", "fields.signed", "100", "fields.received", "950", "fields.unused", "850", "fields.valid", "98",
	}, pairs...)...)
}

// TestChecks_EachFindsWhatItsRuleSays has a case for each check but the one that compares stations.
func TestChecks_EachFindsWhatItsRuleSays(t *testing.T) {
	t.Parallel()
	h := newEnv(t, func(d *elections.Draft) { d.Protocols.Preset = elections.SerbianForm })
	cases := map[string][][]string{ // the number to look at, then pairs of names and typed numbers
		"E1": {{"fields.signed", "fields.signed", ""}, {"votes.2", "votes.2", "  "}},
		"E2": {{"votes.1", "votes.1", "5 8"}, {"votes.1", "votes.1", "-58"}, {"votes.1", "votes.1", "+58"}, {"votes.1", "votes.1", "10000000"}, {"fields.invalid", "fields.invalid", "2.0"}},
		"E3": {{"votes.3", "votes.3", "0"}, {"votes.01", "votes.01", "0"}, {"colour", "colour", "0"}},
		"E4": {{"fields.spoiled", "fields.spoiled", "0"}},
		"E5": {{"fields.valid", "fields.valid", "97"}},
		"E6": {{"fields.found_in_box", "fields.found_in_box", "101"}, {"fields.found_in_box", "fields.invalid", "3"}},
		"E7": {{"fields.found_in_box", "votes.1", "61", "fields.valid", "101"}},
		"W1": {{"fields.found_in_box", "fields.signed", "99"}},
		"W2": {{"fields.received", "fields.received", "951"}, {"fields.received", "fields.unused", "851"}},
		"W3": {{"votes.1", "votes.1", "79", "votes.2", "19"}},
		"W4": {{"fields.invalid", "fields.invalid", "6", "votes.1", "54", "fields.valid", "94"}},
		"W5": {{"votes.1", "votes.1", "0", "votes.2", "0", "fields.valid", "0", "fields.invalid", "100"}},
		"W6": {{"fields.signed", "fields.signed", "1001"}},
		"W7": {{"fields.registered", "fields.registered", "999"}},
	}
	enter := func(station int64, pairs []string) (findings []string) {
		answer, err := h.protocols.Enter(t.Context(), olga, protocol.Entry{StationID: station, Numbers: serbian(pairs...)})
		if refused, is := errors.AsType[*problem.Error](err); is {
			for _, f := range refused.Fields {
				findings = append(findings, f.Code+" "+f.Name)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		for _, f := range answer.Warnings {
			findings = append(findings, f.Code+" "+f.Number)
		}
		return findings
	}
	for _, c := range protocol.Checks() {
		if c.Code != "W8" && len(cases[c.Code]) == 0 {
			t.Errorf("%s has no case", c.Code)
		}
		for _, one := range cases[c.Code] {
			station := h.stations[0]
			findings := enter(station, one[1:])
			if !slices.Contains(findings, c.Code+" "+one[0]) {
				t.Errorf("%s: want %q at %s, got %q", c.Code, one[1:], one[0], findings)
			}
			if c.Severity == protocol.Error {
				continue
			}
			if _, err := h.protocols.Reopen(t.Context(), ada.Actor, station, "the next case"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, none := range [][]string{{}, {"votes.1", "78", "votes.2", "20"}, {"fields.invalid", "5", "votes.1", "55", "fields.valid", "95"}} { // just at the bounds
		if findings := enter(h.stations[1+i], none); len(findings) != 0 {
			t.Errorf("want nothing found in %q, got %q", none, findings)
		}
	}
}

func TestChecks_BoundsAreTheElections(t *testing.T) {
	t.Parallel()
	h := newEnv(t, func(d *elections.Draft) { d.Protocols.OneListPercent, d.Protocols.InvalidPercent = 55, 1 })
	var codes []string
	for _, f := range h.enter(t, olga, h.stations[0]).Warnings {
		codes = append(codes, f.Code)
	}
	if !slices.Equal(codes, []string{"W3", "W4"}) {
		t.Errorf("want W3 and W4, got %q", codes)
	}
}

// TestChecks_FarFromTheNeighbours compares counted stations of one constituency, once counts may be shown.
func TestChecks_FarFromTheNeighbours(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	for i := range 3 {
		h.enter(t, olga, h.stations[i], "votes.1", "30", "votes.2", "68")
		h.enter(t, oskar, h.stations[i], "votes.1", "30", "votes.2", "68")
	}
	far := h.stations[3]
	h.enter(t, olga, far, "votes.1", "70", "votes.2", "28")
	h.enter(t, oskar, far, "votes.1", "70", "votes.2", "28")
	h.end()
	codes := func(station int64) (codes []string) {
		for _, f := range h.view(t, ada, station).Warnings {
			codes = append(codes, f.Code+" "+f.Number)
		}
		return codes
	}
	if got := codes(far); !slices.Equal(got, []string{"W8 votes.1", "W8 votes.2"}) {
		t.Errorf("want it far from its neighbours, got %q", got)
	}
	if got := codes(h.stations[0]); len(got) != 0 {
		t.Errorf("want nothing about a neighbour, got %q", got)
	}
	if _, err := h.protocols.Retract(t.Context(), ada.Actor, h.stations[0], "two neighbours are too few"); err != nil {
		t.Fatal(err)
	}
	if got := codes(far); len(got) != 0 {
		t.Errorf("want nothing with two neighbours, got %q", got)
	}
}

// TestChecks_AreThoseOfTheHandbook compares the table in docs/protocols.md.
func TestChecks_AreThoseOfTheHandbook(t *testing.T) {
	t.Parallel()
	var want strings.Builder
	want.WriteString("| code | looks at | finds | what to do |\n| --- | --- | --- | --- |\n")
	for _, c := range protocol.Checks() {
		fmt.Fprintf(&want, "| %s | %s | %s | %s |\n", c.Code, c.Numbers, c.Rule, c.Remedy)
	}
	content, err := os.ReadFile("../../docs/protocols.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "<!-- checks: begin -->\n\n")
	table, _, _ := strings.Cut(rest, "\n<!-- checks: end -->")
	if table != want.String() {
		t.Errorf("want the table in docs/protocols.md to be\n%s", want.String())
	}
}
