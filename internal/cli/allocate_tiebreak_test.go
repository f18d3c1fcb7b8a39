package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"urna/internal/rehearsal/resultsfile"
)

// TestAllocate_TieBreakOfRealTies: the seats that the law of Spain gave to the list with more votes in municipal councils whose last
// seat was tied (LOREG, art. 163.1.d). Lists with equal votes remain tied, as a lot was drawn there.
func TestAllocate_TieBreakOfRealTies(t *testing.T) {
	const name = "es-municipales-real-ties-sample"
	file, err := resultsfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	out, stderr, code := runAllocate(t, AllocateCommand{Files: []string{name}, JSON: true, TieBreak: []string{"more-votes", "lot"}})
	if code != 0 || stderr != "" {
		t.Errorf("want the declared seats, got exit %d: %s", code, stderr)
	}
	var reports []struct{ Cases []caseReport }
	if err := json.Unmarshal([]byte(out), &reports); err != nil {
		t.Fatal(err)
	}
	decided := 0
	for i, c := range file.Cases {
		got := reports[0].Cases[i]
		if !strings.Contains(c.TieResolution, "larger total") {
			if got.DecidedTie != nil || got.Tie == nil || !slices.Equal(got.Tie.Names, c.ExpectedTie.Names) {
				t.Errorf("%s: want a tie of equal votes left open, got %+v", c.Name, got)
			}
			continue
		}
		decided++
		if got.Tie != nil || got.DecidedTie == nil || len(got.DecidedTie.Given) != 1 || got.DecidedTie.Given[0].Name != c.TieWinner[0] ||
			got.DecidedTie.Given[0].Rule != "more-votes" || !slices.Equal(got.DecidedTie.Names, c.ExpectedTie.Names) {
			t.Errorf("%s: want the tie of %v decided for %v, got %+v", c.Name, c.ExpectedTie.Names, c.TieWinner, got.DecidedTie)
		}
	}
	if decided < 3 {
		t.Errorf("want several ties that the larger total decided, got %d", decided)
	}
	if _, stderr, code = runAllocate(t, AllocateCommand{Files: []string{name}, TieBreak: []string{"fewer-votes"}}); code != 1 || strings.Count(stderr, "seats declared") != 2*decided {
		t.Errorf("want the rule of Portugal to differ from each of them, got exit %d: %s", code, stderr)
	}
}

// TestRehearse_TieBreakOfRealTies replays the same councils ballot by ballot: the elections have the rule of the law, and give the
// declared seats.
func TestRehearse_TieBreakOfRealTies(t *testing.T) {
	var out, stderr strings.Builder
	command := RehearseCommand{File: "es-municipales-real-ties-sample", JSON: true, TieBreak: []string{"more-votes"}}
	if err := command.Run(t.Context(), &Streams{In: strings.NewReader(""), Out: &out, Err: &stderr}); err != nil {
		t.Fatalf("want the declared seats, got %v: %s", err, stderr.String())
	}
	var report rehearsalOutput
	if err := json.Unmarshal([]byte(out.String()), &report); err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, e := range report.Elections {
		for _, c := range e.Constituencies {
			if c.TieSeats > 0 {
				open++
			}
		}
	}
	if open != 7 || !report.Equal {
		t.Errorf("want the seven ties of equal votes open and nothing else, got %d, equal %t", open, report.Equal)
	}
}

func TestAllocate_TieBreakInTables(t *testing.T) {
	list := writeFile(t, `{"id": "x", "method": "dhondt", "seats": 3, "parties": [{"name": "Small", "votes": 10}, {"name": "Large", "votes": 30}]}`)
	office := writeFile(t, `{"id": "p", "kind": "presidential", "rule": {"type": "plurality"}, "rounds": [{"candidates": [{"name": "Ana", "votes": 2}, {"name": "Boris", "votes": 2}]}]}`)
	for _, c := range []struct {
		command AllocateCommand
		want    []string
	}{
		{AllocateCommand{Files: []string{list}, TieBreak: []string{"more-votes"}}, []string{"Large 30 75.00 % 3", "A tie of Small, Large for 1, decided by the rules: more-votes: Large"}},
		{AllocateCommand{Files: []string{list}, TieBreak: []string{"fewer-votes"}, Explain: true}, []string{"The rule for ties gives a seat to Small, which has fewer votes.", "(tied, fewer votes)"}},
		{AllocateCommand{Files: []string{office}, TieBreak: []string{"more-votes", "list-order"}}, []string{"list-order: Ana", "Elected: Ana"}},
		{AllocateCommand{Files: []string{office}, TieBreak: []string{"more-votes"}}, []string{"TIE of Ana, Boris for 1"}},
	} {
		out, stderr, code := runAllocate(t, c.command)
		for _, want := range c.want {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), want) || code != 0 {
				t.Errorf("want %q, got exit %d, %s\n%s", want, code, stderr, out)
			}
		}
	}
	command := AllocateCommand{Files: []string{list}, TieBreak: []string{"age"}}
	if err := command.Run(&Streams{}); err == nil || !strings.Contains(err.Error(), `"age"`) {
		t.Errorf("want an unknown rule refused, got %v", err)
	}
}
