package elections

import (
	"context"
	"fmt"

	"urna/internal/audit"
	"urna/internal/database"
)

// certifiersAmong returns how many of the administrators certify where the definition leaves it open.
func certifiersAmong(administrators int) int { return min(max(administrators, 1), maxConfirmations) }

// completeCertifiers gives elections that leave the number of certifiers to the opening the number: the recorded
// one, else that of the administrators there are now. For an open election that is the number at its opening, since
// DecideCertifiers runs before every change of accounts.
func (s *Service) completeCertifiers(tx *database.Tx, found []*Election) error {
	administrators := -1
	for _, e := range found {
		if e.Confirmations != 0 {
			continue
		}
		if administrators < 0 {
			n, err := s.administrators(tx)
			if err != nil {
				return err
			}
			administrators = n
		}
		e.Confirmations = certifiersAmong(administrators)
		e.CertifiersOpen = e.IsDraft || e.WithdrawnAt != nil || s.now().Before(e.StartsAt)
	}
	return nil
}

// DecideCertifiers records, within the caller's writing transaction, how many administrators certify each election
// that has opened and left it to the opening: two where there are two, else one. Whatever changes the number of
// administrators calls it first, so that the number is that of the opening, whenever it comes to be recorded.
func (s *Service) DecideCertifiers(ctx context.Context, tx *database.Tx) error {
	due, err := dueCertifiers(tx, s.now())
	if err != nil || len(due) == 0 {
		return err
	}
	administrators, err := s.administrators(tx)
	if err != nil {
		return err
	}
	for _, id := range due {
		required := certifiersAmong(administrators)
		if err := recordCertifiers(tx, id, required, s.now()); err != nil {
			return err
		}
		err := s.log.Append(ctx, tx.SQL(), audit.System(), "certifiers-decided", Subject(id),
			map[string]any{"administrators": administrators, "required": required})
		if err != nil {
			return fmt.Errorf("elections: decide who certifies: %w", err)
		}
	}
	return nil
}
