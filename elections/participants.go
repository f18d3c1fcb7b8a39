package elections

import (
	"context"
	"fmt"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// CreateParticipant registers a party or an individual.
func (s *Service) CreateParticipant(ctx context.Context, actor audit.Actor, d ParticipantDraft) (created Participant, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		created, err = s.createParticipantWithin(ctx, tx, actor, d)
		return err
	})
	return created, err
}

func (s *Service) createParticipantWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, d ParticipantDraft) (Participant, error) {
	d.normalize()
	if err := d.check(ParticipantDraft{}); err != nil {
		return Participant{}, err
	}
	row := participantRow{
		Name: d.Name, ShortName: d.ShortName, Kind: string(d.Kind), Color: d.Color, CreatedAt: s.now().UnixMilli(),
	}
	if err := tx.Gorm().Create(&row).Error; err != nil {
		return Participant{}, fmt.Errorf("elections: create participant: %w", err)
	}
	return row.participant(), s.log.Append(ctx, tx.SQL(), actor, "participant-created", participantSubject(row.ID), map[string]any{"after": d})
}

func participantSubject(id int64) string { return fmt.Sprintf("participant %d", id) }

// ChangeParticipant changes a participant. Once an election in which it stands has opened, only its
// colour may change: ErrParticipantStands otherwise. Its kind never changes while it stands anywhere.
func (s *Service) ChangeParticipant(ctx context.Context, actor audit.Actor, id int64, d ParticipantDraft) (changed Participant, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		changed, err = s.changeParticipantWithin(ctx, tx, actor, id, d)
		return err
	})
	return changed, err
}

func (s *Service) changeParticipantWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, id int64, d ParticipantDraft) (Participant, error) {
	d.normalize()
	row, err := findParticipant(tx.Gorm(), id)
	if err != nil {
		return Participant{}, err
	}
	before := ParticipantDraft{Name: row.Name, ShortName: row.ShortName, Kind: ParticipantKind(row.Kind), Color: row.Color}
	if err := d.check(before); err != nil {
		return Participant{}, err
	}
	if err := s.refuseIfStanding(tx, id, before, d); err != nil {
		return Participant{}, err
	}
	row.Name, row.ShortName, row.Kind, row.Color = d.Name, d.ShortName, string(d.Kind), d.Color
	if err := tx.Gorm().Save(&row).Error; err != nil {
		return Participant{}, fmt.Errorf("elections: change participant: %w", err)
	}
	return row.participant(), s.log.Append(ctx, tx.SQL(), actor, "participant-changed", participantSubject(id),
		map[string]any{"before": before, "after": d})
}

func (s *Service) refuseIfStanding(tx *database.Tx, id int64, before, after ParticipantDraft) error {
	if before.Name == after.Name && before.ShortName == after.ShortName && before.Kind == after.Kind {
		return nil
	}
	found, err := standsIn(tx.Gorm(), id)
	if err != nil {
		return err
	}
	for _, e := range found {
		if before.Kind != after.Kind || e.StateAt(s.now()) != Scheduled {
			return ErrParticipantStands
		}
		if _, digits := text.Digits(after.Name); digits && after.Name != before.Name && e.Takes(Online) {
			var c problem.Checks
			c.Add("name", messages.FieldNameOfDigits(e.Title))
			return c.Err()
		}
	}
	return nil
}

// Participant returns one participant, or ErrUnknownParticipant.
func (s *Service) Participant(ctx context.Context, id int64) (Participant, error) {
	r, err := findParticipant(s.db.Reader(ctx), id)
	return r.participant(), err
}

// Participants returns all participants in the order of their names.
func (s *Service) Participants(ctx context.Context) ([]Participant, error) {
	return participantsBy(s.db.Reader(ctx))
}
