package elections

import (
	"context"
	"slices"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
)

// SecondRoundWithin returns the id of an election's second round, or 0.
func (s *Service) SecondRoundWithin(tx *database.Tx, firstID int64) (int64, error) {
	return secondRoundOf(tx, firstID)
}

// Period is when a second round is held. OpenNow is that of Draft.
type Period struct {
	StartsAt, EndsAt time.Time
	OpenNow          bool
}

// CreateSecondRound makes, within the caller's writing transaction, the second round of a certified
// presidential election: by plurality, among the leading participants by id, in the order of their poll numbers
// in the first round; all else as it was there. Whether it needs one is the caller's to know. Refusals:
// ErrSecondRoundExists, and those of Create.
func (s *Service) CreateSecondRound(ctx context.Context, tx *database.Tx, actor audit.Actor, first *Election, leading []int64, p Period) (*Election, error) {
	existing, err := secondRoundOf(tx, first.ID)
	if err != nil {
		return nil, err
	}
	if existing != 0 {
		return nil, ErrSecondRoundExists.WithExtra("election_id", existing)
	}
	d := first.Draft()
	d.Title, d.Names = secondRoundTitle(first.Title), "" // its words are in the language of the title
	d.StartsAt, d.EndsAt, d.OpenNow, d.BatchesUntil = p.StartsAt, p.EndsAt, p.OpenNow, nil
	d.TurnoutReportsAt = timesOfDay(first.TurnoutReportsAt, p.StartsAt, p.EndsAt, first.Location())
	if first.CertifiersAtOpening { // so does the second round
		d.Confirmations = 0
	}
	d.Rules.Majority = Plurality
	c := &d.Constituencies[0]
	stations, err := stationsOf(tx, first.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range stations[first.Constituencies[0].ID] {
		c.Stations = append(c.Stations, s.Draft())
	}
	c.DeclaredVotesCast = nil
	c.Candidacies = slices.DeleteFunc(slices.Clone(c.Candidacies), func(candidacy CandidacyDraft) bool {
		return !slices.Contains(leading, candidacy.ParticipantID)
	})
	created, err := s.createWithin(ctx, tx, actor, "", d, true)
	if err != nil {
		return nil, err
	}
	if err := markSecondRound(tx, created.ID, first.ID); err != nil {
		return nil, err
	}
	created.SecondRoundOf = first.ID
	return created, s.log.Append(ctx, tx.SQL(), actor, "second-round-created", Subject(created.ID),
		map[string]any{"first_round": first.ID, "participants": leading})
}

// secondRoundTitle names a second round after the first, within the bound of titles.
func secondRoundTitle(first string) string {
	const suffix = ", second round"
	title := []rune(first)
	return string(title[:min(len(title), maxTitle-len(suffix))]) + suffix
}
