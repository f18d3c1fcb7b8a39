package elections

import (
	"context"
	"maps"
	"slices"
	"time"

	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
)

// registry is what elections need of the registered participants. The wiring passes in package participants.
type registry interface {
	// Within returns all participants as a transaction sees them, in the order of their names.
	Within(tx *database.Tx) ([]participants.Participant, error)
	// CreateWithin registers one inside the caller's writing transaction.
	CreateWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, d participants.Draft) (participants.Participant, error)
	// MarkCandidates records that participants are candidates in an election that is public, those for whom that was not
	// recorded before.
	MarkCandidates(tx *database.Tx, ids []int64) error
}

// markCandidates records that the participants of an election are candidates, unless it is a draft.
func (s *Service) markCandidates(tx *database.Tx, d *Draft) error {
	if d.AsDraft {
		return nil
	}
	seen := map[int64]bool{}
	for _, c := range d.Constituencies {
		for _, candidacy := range c.Candidacies {
			seen[candidacy.ParticipantID] = true
		}
	}
	return s.participants.MarkCandidates(tx, slices.Sorted(maps.Keys(seen)))
}

// named returns those participants by id that the draft names and that exist.
func (s *Service) named(tx *database.Tx, d *Draft) (map[int64]participants.Participant, error) {
	wanted := map[int64]bool{}
	for _, c := range d.Constituencies {
		for _, candidacy := range c.Candidacies {
			wanted[candidacy.ParticipantID] = true
		}
	}
	all, err := s.participants.Within(tx)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]participants.Participant, len(wanted))
	for _, p := range all {
		if wanted[p.ID] {
			found[p.ID] = p
		}
	}
	return found, nil
}

// Standing returns the elections in which a participant has a candidacy, as a transaction sees them at an instant. It is made for
// participants.Options.
func Standing(tx *database.Tx, participantID int64, now time.Time) ([]participants.Standing, error) {
	all, err := standsIn(tx, participantID)
	if err != nil {
		return nil, err
	}
	found := make([]participants.Standing, 0, len(all))
	for _, e := range all {
		found = append(found, participants.Standing{Title: e.Title, Opened: !e.Editable(now), TakesOnline: e.Takes(Online)})
	}
	return found, nil
}
