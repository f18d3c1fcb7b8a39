package verify

import (
	"fmt"
	"slices"

	"urna/results/bundle/format"
)

// lots repeats the reproducible lots.
func (c *check) lots() error {
	if seed := c.figures.Seed; seed != nil && seed.Phrase != "" && format.SeedCommitment(seed.Phrase) != seed.Commitment {
		return contradiction("the revealed seed phrase is not the one that was committed")
	}
	if err := c.lotValues(); err != nil {
		return err
	}
	holding, seeded, ofOne := 0, 0, false
	for i := range c.figures.Lots {
		l := &c.figures.Lots[i]
		if l.Holds {
			holding++
		}
		if len(l.Votes) != len(l.Participants) {
			return contradiction("lot %d does not say for which votes it was drawn", l.ID)
		}
		if !l.Seeded {
			continue
		}
		seeded++
		ofOne = ofOne || l.Formula != format.LotFormula
		if err := c.drawAgain(l); err != nil {
			return err
		}
	}
	if holding > 0 {
		c.proved("%d ties were settled by lots that were drawn for these very participants, seats and votes; %d lots were drawn from phrases or public values that were named before the end, and drawing again gives the same order.", holding, seeded)
	}
	if ofOne {
		c.report.Cannot = append(c.report.Cannot, "That the person who chose the phrase of a lot did not try many phrases: a lot of version 0.1.0 was drawn from one phrase.")
	}
	for _, v := range c.figures.LotValues {
		if v.Commitment == "" && v.Value != "" {
			c.report.Cannot = append(c.report.Cannot, fmt.Sprintf("That the public value named %q was %q: look it up where it is published.", v.Name, v.Value))
		}
	}
	return nil
}

// lotValues checks the values from which lots are drawn: no name and no phrase is there twice, and each phrase is the
// one that was committed.
func (c *check) lotValues() error {
	names, commitments := map[string]bool{}, map[string]bool{}
	for _, v := range c.figures.LotValues {
		if v.Name == "" || names[v.Name] || v.Commitment != "" && commitments[v.Commitment] {
			return contradiction("the values of lots have the name %q or its phrase twice", v.Name)
		}
		names[v.Name], commitments[v.Commitment] = true, true
		if v.Commitment != "" && v.Value != "" && format.SeedCommitment(v.Value) != v.Commitment {
			return contradiction("the revealed phrase of %q is not the one that was committed", v.Name)
		}
	}
	return nil
}

// drawAgain draws a reproducible lot again.
func (c *check) drawAgain(l *format.LotFigure) error {
	phrase, err := c.phraseOf(l)
	if err != nil {
		return err
	}
	part := c.election.Constituency(l.ConstituencyID)
	if part == nil {
		return contradiction("lot %d is of no constituency of this election", l.ID)
	}
	var draws []format.Draw
	for _, k := range part.Candidacies {
		if slices.Contains(l.Participants, k.ParticipantID) {
			draws = append(draws, format.Draw{PollNumber: k.PollNumber, ParticipantID: k.ParticipantID, Name: k.Name})
		}
	}
	if !slices.Equal(format.SeededOrder(phrase, part.Name, draws), l.Participants) {
		return contradiction("lot %d is not in the order that the seed phrase gives", l.ID)
	}
	return nil
}

// phraseOf returns the phrase from which a lot was drawn. The phrases of two people or a public value are needed for one
// of the present formula, and all values must be known.
func (c *check) phraseOf(l *format.LotFigure) (string, error) {
	if l.Formula != format.LotFormula {
		if seed := c.figures.Seed; seed != nil && seed.Phrase != "" && l.Formula == 0 {
			return seed.Phrase, nil
		}
		return "", contradiction("lot %d was drawn from a seed phrase that is not here", l.ID)
	}
	var values []string
	public := false
	for _, v := range c.figures.LotValues {
		if v.Value == "" {
			return "", contradiction("lot %d was drawn without the value of %q, which was not revealed", l.ID, v.Name)
		}
		public = public || v.Commitment == ""
		values = append(values, v.Value)
	}
	if len(values) < format.LeastPhrases && !public {
		return "", contradiction("lot %d was drawn from the phrases of %d people, and needs %d or a public value", l.ID, len(values), format.LeastPhrases)
	}
	return format.LotPhrase(values), nil
}
