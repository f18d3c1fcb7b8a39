package pages

import (
	"slices"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/results/apportion"
	"urna/results/explanation"
)

// tieInWords says between whom a tie is, and about what, or zero if there is none.
func tieInWords(r *results.Results, c *results.Constituency) messages.Message {
	if c.Tie == nil {
		return messages.Message{}
	}
	names := namesIn(c, c.Tie.Participants)
	if r.Election.Kind == elections.Presidential {
		return messages.ResultsTieCandidates(names)
	}
	return messages.ResultsTieSeats(names, int64(c.Tie.Seats))
}

// decidedTieInWords says who tied and what the rules for ties decided, or zero if they decided nothing.
func decidedTieInWords(r *results.Results, c *results.Constituency) messages.Message {
	d := c.Decided
	if d == nil {
		return messages.Message{}
	}
	names := namesIn(c, d.Participants)
	var who messages.Message
	var given func(name, reason messages.Message) messages.Message
	switch {
	case d.Places:
		who, given = messages.ResultsDecidedPlaces(names, int64(d.Seats)), messages.ResultsPlaceByRule
	case r.Election.Kind == elections.Presidential:
		who, given = messages.ResultsDecidedOffice(names), messages.ResultsElectedByRule
	default:
		who, given = messages.ResultsDecidedSeats(names, int64(d.Seats)), messages.ResultsSeatByRule
	}
	sentences := []messages.Message{who}
	for _, seat := range d.Given {
		name := messages.Verbatim(nameIn(c, seat.ParticipantID))
		sentences = append(sentences, given(name, explanation.Reason(apportion.TieBreak(seat.Rule))))
	}
	if left := leftByRules(c); left != nil {
		sentences = append(sentences, messages.ResultsLeftByRules(namesIn(c, left.Participants)))
	}
	return messages.Sentences(sentences...)
}

// leftByRules returns the tie that the rules for ties left to a lot, or nil.
func leftByRules(c *results.Constituency) *results.Tie {
	if c.Settled != nil {
		return c.Settled
	}
	return c.Tie
}

// namesIn joins the names of participants of a constituency, in the order of their poll numbers.
func namesIn(c *results.Constituency, participants []int64) messages.Message {
	names := make([]string, 0, len(participants))
	for _, candidacy := range c.Candidacies {
		if slices.Contains(participants, candidacy.ParticipantID) {
			names = append(names, nameIn(c, candidacy.ParticipantID))
		}
	}
	return namesInWords(names)
}

func nameIn(c *results.Constituency, participantID int64) string {
	for _, candidacy := range c.Candidacies {
		if candidacy.ParticipantID == participantID {
			return shortName(candidacy.ShortName, candidacy.Name)
		}
	}
	return "#" + decimal(participantID)
}
