package pages

import (
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
)

// changesTable returns what a correction changed: first in all, then in each constituency of several.
func changesTable(e *elections.Election, c *results.Comparison) *view.ChangesTable {
	t := &view.ChangesTable{Seats: e.Kind == elections.Parliamentary}
	if c.WinnerBefore != c.WinnerAfter {
		t.Winner = messages.CorrectionsWinner(elected(c, c.WinnerBefore), elected(c, c.WinnerAfter))
	}
	all := changeGroup(messages.CorrectionsChangesAll())
	for i := range c.Participants {
		k := &c.Participants[i]
		all.add(messages.Verbatim(k.Name), k.Votes, k.Seats)
	}
	all.addBallots(c.Ballots)
	t.Groups = all.appendTo(t.Groups)
	for i := range c.Constituencies {
		k := &c.Constituencies[i]
		if len(c.Constituencies) == 1 || !k.Changed() {
			continue
		}
		own := changeGroup(messages.Verbatim(k.Name))
		for j := range k.Candidacies {
			own.add(messages.Verbatim(k.Candidacies[j].Name), k.Candidacies[j].Votes, k.Candidacies[j].Seats)
		}
		if k.Unassigned.Changed() {
			own.Rows = append(own.Rows, view.ChangeRow{Name: messages.CorrectionsUnassigned(), Seats: changeCells(k.Unassigned)})
		}
		own.addBallots(k.Ballots)
		t.Groups = own.appendTo(t.Groups)
	}
	return t
}

// elected names a participant who is elected, 0 for none.
func elected(c *results.Comparison, id int64) messages.Message {
	for i := range c.Participants {
		if id != 0 && c.Participants[i].ParticipantID == id {
			return messages.Verbatim(c.Participants[i].Name)
		}
	}
	return messages.CorrectionsNoneElected()
}

// changes collects the changed rows of a group.
type changes struct{ view.ChangeGroup }

func changeGroup(heading messages.Message) *changes {
	return &changes{view.ChangeGroup{Heading: heading}}
}

// add adds a row if a number of it changed.
func (g *changes) add(name messages.Message, votes, seats results.Change) {
	if votes.Changed() || seats.Changed() {
		g.Rows = append(g.Rows, view.ChangeRow{Name: name, Votes: changeCells(votes), Seats: changeCells(seats)})
	}
}

func (g *changes) addBallots(b results.BallotsChange) {
	for _, sum := range []struct {
		name messages.Message
		of   results.Change
	}{
		{messages.CorrectionsCast(), b.Cast()},
		{messages.CorrectionsValid(), b.Valid()},
		{messages.CorrectionsBlank(), b.Blank()},
		{messages.CorrectionsInvalid(), b.Invalid()},
	} {
		if sum.of.Changed() {
			g.Rows = append(g.Rows, view.ChangeRow{Name: sum.name, Votes: changeCells(sum.of)})
		}
	}
}

// appendTo appends the group if it has a row.
func (g *changes) appendTo(groups []view.ChangeGroup) []view.ChangeGroup {
	if len(g.Rows) == 0 {
		return groups
	}
	return append(groups, g.ChangeGroup)
}

func changeCells(c results.Change) *view.ChangeCells {
	return &view.ChangeCells{Before: messages.Integer(c.Before), After: messages.Integer(c.After), Difference: messages.Change(c.Difference())}
}
