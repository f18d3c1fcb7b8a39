package resultsfile

import (
	"fmt"
	"slices"
	"strings"

	"urna/results/apportion"
)

// Compare tells, one sentence each, how an allocation of the case differs from what the file
// declares: official seats, tie, unassigned seats. What the file does not state is not compared.
// Where a tie is open, the declared seats count as equal if they are one of the outcomes that it
// allows. If rules for ties decided something, the expected tie is the one before that. nil means no difference.
func Compare(c Case, a apportion.Allocation) []string {
	var differences []string
	tied := 0 // tied seats that the declared result gives out
	complete := true
	for i, list := range c.Lists {
		if list.Seats == nil {
			complete = false
			continue
		}
		extra := *list.Seats - a.Seats[i]
		if a.Tie != nil && slices.Contains(a.Tie.Lists, i) {
			if extra == 0 || extra == 1 {
				tied += extra
				continue
			}
			differences = append(differences, fmt.Sprintf("%s: seats declared %d, computed %d or %d",
				list.Name, *list.Seats, a.Seats[i], a.Seats[i]+1))
			continue
		}
		if extra != 0 {
			differences = append(differences,
				fmt.Sprintf("%s: seats declared %d, computed %d", list.Name, *list.Seats, a.Seats[i]))
		}
	}
	if a.Tie != nil && complete && len(differences) == 0 && tied != a.Tie.Seats {
		differences = append(differences, fmt.Sprintf("tie of %s: declared results give out %d of the %d tied seats",
			strings.Join(c.names(a.Tie.Lists), ", "), tied, a.Tie.Seats))
	}
	exact := a.Tie
	if a.Decided != nil {
		exact = &a.Decided.Tie
	}
	differences = append(differences, c.compareTie(exact)...)
	if c.Unassigned != nil && *c.Unassigned != a.Unassigned {
		differences = append(differences,
			fmt.Sprintf("unassigned seats: declared %d, computed %d", *c.Unassigned, a.Unassigned))
	}
	return differences
}

// compareTie compares the computed tie with the expected one, where the file has one.
func (c Case) compareTie(tie *apportion.Tie) []string {
	if c.ExpectedTie == nil {
		return nil
	}
	expected := fmt.Sprintf("%s for %d", strings.Join(c.ExpectedTie.Names, ", "), c.ExpectedTie.Seats)
	if tie == nil {
		return []string{fmt.Sprintf("tie: declared %s, computed none", expected)}
	}
	names := c.names(tie.Lists)
	if tie.Seats == c.ExpectedTie.Seats &&
		slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(c.ExpectedTie.Names))) {
		return nil
	}
	return []string{fmt.Sprintf("tie: declared %s, computed %s for %d", expected, strings.Join(names, ", "), tie.Seats)}
}

func (c Case) names(lists []int) []string {
	names := make([]string, len(lists))
	for i, list := range lists {
		names[i] = c.Lists[list].Name
	}
	return names
}

// CompareWinner tells how the outcome of a presidential file's last round differs from the declared
// winner; "" means that it does not, or that none is declared. Where a tie is open, the declared
// winner counts as equal if the tie allows it.
func CompareWinner(f *File, last apportion.Outcome) string {
	candidates := f.Rounds[len(f.Rounds)-1].Candidates
	possible := []int{last.Winner}
	computed := "none"
	switch {
	case last.Tie != nil && last.Tie.Seats == 1:
		possible = last.Tie.Lists
		computed = "a tie"
	case last.Winner >= 0:
		computed = candidates[last.Winner].Name
	}
	for _, candidate := range possible {
		if candidate >= 0 && candidates[candidate].Name == f.Winner {
			return ""
		}
	}
	if f.Winner == "" {
		return ""
	}
	return fmt.Sprintf("winner: declared %s, computed %s", f.Winner, computed)
}
