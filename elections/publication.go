package elections

import (
	"context"

	"urna/internal/audit"
	"urna/internal/database"
)

// Publication is what an administrator confirms when a draft is published.
type Publication struct {
	// Version is that of the definition that the administrator has read; "" is any.
	Version string
	// OpenNow is that of Draft.
	OpenNow bool
}

// Publish makes a draft a scheduled election, which everybody sees. The draft is checked as a new election is, with the
// question about a start in the past. A form that was sent twice publishes once. Refusals: ErrPublished,
// ErrChangedMeanwhile, and those of Create.
func (s *Service) Publish(ctx context.Context, actor audit.Actor, id int64, p Publication) (e *Election, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		e, err = s.publishWithin(ctx, tx, actor, id, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (s *Service) publishWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, id int64, p Publication) (*Election, error) {
	draft, err := s.OrDraftWithin(tx, id)
	switch {
	case err != nil:
		return nil, err
	case !draft.IsDraft && p.Version == draft.Version():
		return draft, nil
	case !draft.IsDraft:
		return nil, ErrPublished
	case p.Version != "" && p.Version != draft.Version():
		return nil, ErrChangedMeanwhile
	}
	d := draft.Draft()
	d.AsDraft, d.OpenNow = false, p.OpenNow
	if err := s.refuse(tx, &d, nil, false); err != nil {
		return nil, err
	}
	d.OpenNow = d.OpenNow && d.StartsAt.Before(s.now())
	if err := markPublished(tx, id, s.now()); err != nil {
		return nil, err
	}
	if err := s.markCandidates(tx, &d); err != nil {
		return nil, err
	}
	if err := s.log.Append(ctx, tx.SQL(), actor, "election-published", Subject(id), map[string]any{"definition": d}); err != nil {
		return nil, err
	}
	if err := s.DecideCertifiers(ctx, tx); err != nil { // of an election that opens at once
		return nil, err
	}
	return s.Within(tx, id)
}

// DeleteDraft deletes a draft with all that belongs to it. The log keeps what it was. version is that of the definition
// which the administrator has seen, "" for any. Refusals: ErrPublished, ErrChangedMeanwhile.
func (s *Service) DeleteDraft(ctx context.Context, actor audit.Actor, id int64, version string) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		draft, err := s.OrDraftWithin(tx, id)
		switch {
		case err != nil:
			return err
		case !draft.IsDraft:
			return ErrPublished
		case version != "" && version != draft.Version():
			return ErrChangedMeanwhile
		}
		if err := deleteElection(tx, id); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "draft-deleted", Subject(id), map[string]any{"definition": draft.Draft()})
	})
}
