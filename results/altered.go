package results

import (
	"context"
	"fmt"
	"log/slog"

	"urna/elections"
	"urna/internal/database"
)

// ErrAltered is returned for an export of a certified election whose figures are not those that were certified.
var ErrAltered = elections.ErrFiguresAltered

// compareCertified compares the figures of a certified election with the hash that was certified. Figures that differ
// are provisional and marked as altered, and each time they are computed the server's log has an error.
func (f *Final) compareCertified(ctx context.Context) {
	r, record := f.Results, f.Certification.Record
	if r.State != elections.Certified || record != nil && record.Figures == f.Hash {
		return
	}
	certified := ""
	if record != nil {
		certified = record.Figures
	}
	r.alter(ctx, certified, f.Hash)
}

// alter marks results as not those that were certified, and says so in the server's log.
func (r *Results) alter(ctx context.Context, certified, found string) {
	r.Altered, r.Provisional = true, true
	slog.ErrorContext(ctx, "the figures of a certified election are not those that were certified; run urna verify",
		"election_id", r.Election.ID, "certified", certified, "found", found)
}

// CertificationHolds reports, as a transaction sees it, whether the figures of a certified election are those of its last
// certification. If they are not, the server's log has no error: a correction that changed them asks this too.
func (s *Service) CertificationHolds(ctx context.Context, tx *database.Tx, electionID int64) (bool, error) {
	f, r, err := s.computedWithin(ctx, tx, electionID)
	if err != nil {
		return false, err
	}
	final, err := s.drawnUp(ctx, tx, f, r)
	if err != nil {
		return false, err
	}
	record := final.Certification.Record
	return r.State == elections.Certified && record != nil && record.Figures == final.Hash, nil
}

// CheckCertified compares the figures of all certified elections with those that were certified, and returns the ids
// of the elections whose figures differ. The server's log names them.
func (s *Service) CheckCertified(ctx context.Context) (altered []int64, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		list, err := s.elections.AllWithin(tx)
		if err != nil {
			return err
		}
		for _, e := range list {
			differs, err := s.isAlteredWithin(ctx, tx, e)
			if err != nil {
				return fmt.Errorf("results: compare the certified figures of election %d: %w", e.ID, err)
			}
			if differs {
				altered = append(altered, e.ID)
			}
		}
		return nil
	})
	return altered, err
}

// isAlteredWithin reports whether the figures that an election shows as certified are not those that were certified.
func (s *Service) isAlteredWithin(ctx context.Context, tx *database.Tx, e *elections.Election) (bool, error) {
	switch e.StateAt(s.now()) {
	case elections.Certified:
		final, err := s.finalWithin(ctx, tx, e.ID)
		return err == nil && final.Results.Altered, err
	case elections.Correcting:
		f, err := s.shownWithin(ctx, tx, e.ID)
		if err != nil || f.certified == nil {
			return f.altered, err
		}
		r, err := compute(f, s.now())
		if err != nil {
			return false, err
		}
		return r.Altered, r.compareWith(ctx, f.certified)
	default:
		return false, nil
	}
}
