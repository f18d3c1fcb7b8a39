package elections

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"urna/elections/participants"
	"urna/internal/problem"
)

func TestReadParticipants(t *testing.T) {
	const party, person = participants.Party, participants.Individual
	for name, c := range map[string]struct {
		list string
		kind participants.Kind
		want []participants.Draft
	}{
		"names alone":               {"Maple Party\n\nOak\n", party, []participants.Draft{{Name: "Maple Party", Kind: party}, {Name: "Oak", Kind: party}}},
		"a name with commas":        {"Maple Party;\nOak, Elm and Ash;OE\n", party, []participants.Draft{{Name: "Maple Party", Kind: party}, {Name: "Oak, Elm and Ash", ShortName: "OE", Kind: party}}},
		"commas between cells":      {"Maple Party,MP\nOak,\n", party, []participants.Draft{{Name: "Maple Party", ShortName: "MP", Kind: party}, {Name: "Oak", Kind: party}}},
		"in the order of the page":  {"Ana Ilić\tAI\t#AABBCC\tIndividual\n", party, []participants.Draft{{Name: "Ana Ilić", ShortName: "AI", Color: "#aabbcc", Kind: person}}},
		"the kind of the page":      {"Ana Ilić\n", person, []participants.Draft{{Name: "Ana Ilić", Kind: person}}},
		"with columns in any order": {"Kind;Name\nparty;Maple Party\n;Oak\n", person, []participants.Draft{{Name: "Maple Party", Kind: party}, {Name: "Oak", Kind: person}}},
		"with a byte order mark":    {"\ufeffname,color\nMaple Party,\n", party, []participants.Draft{{Name: "Maple Party", Kind: party}}},
		"of both kinds":             {"Maple;;;party\nMaple;;;individual\n", party, []participants.Draft{{Name: "Maple", Kind: party}, {Name: "Maple", Kind: person}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadParticipants([]byte(c.list), c.kind)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("want %+v, got %+v, %v", c.want, got, err)
			}
		})
	}
}

// TestReadParticipants_NamesTheLine looks for each mistake's line, and how many are told.
func TestReadParticipants_NamesTheLine(t *testing.T) {
	many := strings.Builder{}
	for i := range maxListedParticipants + 1 {
		fmt.Fprintf(&many, "List %d\n", i)
	}
	for name, c := range map[string]struct{ list, want string }{
		"nothing":            {"\n\n", "Line 1: The list is empty"},
		"columns alone":      {"name;kind\n", "Line 1: The list is empty"},
		"a colour's name":    {"Maple\nOak,,green\n", "Line 2: color: "},
		"a kind":             {"name;kind\nMaple;club\n", "Line 2: kind must be \"party\" or \"individual\""},
		"a long short name":  {"Maple;a short name that is long\n", "Line 1: short_name: "},
		"no name":            {"name;short_name\n;MP\n", "Line 2: name: "},
		"a name twice":       {"Maple Party\nOak\n MAPLE party\n", "Line 3: \"MAPLE party\" is in line 1 already"},
		"more cells":         {"Maple;;;party;5\n", "Line 1: It has 5 cells"},
		"an unknown column":  {"name;logo\nMaple;x\n", "Line 1: There is no column \"logo\""},
		"an invisible space": {"Ma\u200bple\n", "Line 1: "},
		"too many":           {many.String(), "Line 1: The list has more than 5"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadParticipants([]byte(c.list), participants.Party)
			refusal, ok := errors.AsType[*problem.Error](err)
			if !ok || !errors.Is(err, ErrListUnreadable) || len(refusal.Fields) != 1 || !strings.HasPrefix(refusal.Fields[0].Message.String(), c.want) {
				t.Errorf("want one problem %q, got %+v, %v", c.want, refusal, err)
			}
		})
	}
}
