package verify

import (
	"slices"

	"urna/results/bundle/format"
)

// lots repeats the reproducible lots.
func (c *check) lots() error {
	seed := c.figures.Seed
	if seed != nil && seed.Phrase != "" && format.SeedCommitment(seed.Phrase) != seed.Commitment {
		return contradiction("the revealed seed phrase is not the one that was committed")
	}
	holding, seeded := 0, 0
	for _, l := range c.figures.Lots {
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
		part := c.election.Constituency(l.ConstituencyID)
		if seed == nil || seed.Phrase == "" || part == nil {
			return contradiction("lot %d was drawn from a seed phrase that is not here", l.ID)
		}
		var draws []format.Draw
		for _, k := range part.Candidacies {
			if slices.Contains(l.Participants, k.ParticipantID) {
				draws = append(draws, format.Draw{PollNumber: k.PollNumber, ParticipantID: k.ParticipantID, Name: k.Name})
			}
		}
		if !slices.Equal(format.SeededOrder(seed.Phrase, part.Name, draws), l.Participants) {
			return contradiction("lot %d is not in the order that the seed phrase gives", l.ID)
		}
	}
	if holding > 0 {
		c.proved("%d ties were settled by lots that were drawn for these very participants, seats and votes; %d were drawn from the seed phrase, and drawing again gives the same order.", holding, seeded)
	}
	return nil
}
