package pages

import (
	"slices"
	"strings"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/text"
	"urna/web/view"
	"urna/web/view/kit"
)

// searchFrom is the number of constituencies from which the form has a search for them.
const searchFrom = 10

// viewConstituencies folds several constituencies, and hides those that the search does not match. A constituency with a
// problem, or without a name yet, is never hidden.
func (f *electionForm) viewConstituencies(model *view.ElectionFormPage) {
	model.Several = len(f.Constituencies) > 1
	if len(f.Constituencies) < searchFrom {
		return
	}
	model.Find = kit.Field{
		Name: "find", Label: messages.ElectionMenuSearchConstituency(), Value: f.Find, Type: "search", Filter: true, Complete: "off",
	}
	wanted, unseen := text.Key(f.Find), 0
	for i := range f.Constituencies {
		name := text.Key(f.Constituencies[i].Name)
		if wanted == "" || name == "" || strings.Contains(name, wanted) || hasProblem(model.Problems, constituencyField(i, "")) {
			continue
		}
		model.Constituencies[i].Unseen = true
		unseen++
	}
	if unseen > 0 {
		model.Unseen = messages.ElectionStepsUnseen(int64(unseen))
	}
}

// hasProblem reports whether a field whose name has a beginning has a problem.
func hasProblem(problems kit.Problems, beginning string) bool {
	return slices.ContainsFunc(problems.List, func(p kit.Problem) bool { return strings.HasPrefix(p.Field, beginning) })
}

// inWords says the seats and the voters of a constituency as far as they are typed as numbers.
func (c *constituencyInput) inWords(kind elections.Kind) messages.Message {
	var parts []messages.Message
	if seats, ok := elections.ParseCount(c.Seats); ok && kind == elections.Parliamentary {
		parts = append(parts, messages.UnitSeats(seats))
	}
	if voters, ok := elections.ParseCount(c.RegisteredVoters); ok && voters > 0 {
		parts = append(parts, messages.ElectionRegisteredVoters(voters))
	}
	return messages.Join(messages.UnitParts, parts...)
}
