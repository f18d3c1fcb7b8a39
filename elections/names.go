package elections

import (
	"fmt"
	"slices"

	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// checkNames refuses names of constituencies and candidates under which they would not be found.
func (d *Draft) checkNames(c *problem.Checks, named map[int64]participants.Participant) {
	names := map[string]int{}
	for i := range d.Constituencies {
		d.checkConstituencyName(c, i, names)
	}
	if slices.Contains(d.Channels, Online) {
		d.checkDigits(c, named)
	}
}

// checkConstituencyName refuses a name that another constituency has, compared as rolls and lists look it up. names
// holds the constituencies before this one by text.Key, from 1.
func (d *Draft) checkConstituencyName(c *problem.Checks, i int, names map[string]int) {
	at, name := fmt.Sprintf("constituencies[%d].name", i), d.Constituencies[i].Name
	participants.CheckText(c, at, name, maxName)
	participants.CheckNames(c, fmt.Sprintf("constituencies[%d].names", i), d.Constituencies[i].Names, maxName)
	key := text.Key(name)
	switch first := names[key]; {
	case key == "":
	case first == 0:
		names[key] = i + 1
	case d.Constituencies[first-1].Name == name:
		c.Add(at, messages.FieldConstituencyNameTwice(int64(first)))
	default:
		c.Add(at, messages.FieldConstituencySameName(int64(first), d.Constituencies[first-1].Name))
	}
}

// checkDigits refuses candidates of an online election whose names voters' programs can take for poll numbers, each where
// it is named first.
func (d *Draft) checkDigits(c *problem.Checks, named map[int64]participants.Participant) {
	seen := map[int64]bool{}
	for i, constituency := range d.Constituencies {
		for j, candidacy := range constituency.Candidacies {
			p := named[candidacy.ParticipantID]
			if _, digits := text.Digits(p.Name); digits && !seen[p.ID] {
				seen[p.ID] = true
				c.Add(fmt.Sprintf("constituencies[%d].participants[%d].id", i, j), messages.FieldParticipantNamedAsNumber(p.ID, p.Name))
			}
		}
	}
}
