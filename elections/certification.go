package elections

import (
	"context"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// Confirmation is one administrator's word that certain figures are the final ones.
type Confirmation struct {
	AdministratorID int64
	Administrator   string // name and e-mail as they stood at the time
	Figures         string // hex SHA-256 of the figures that were confirmed
	At              time.Time
	VoidedAt        *time.Time // when figures changed under it; nil while it is valid
}

// Certification is how far the certification of an election has come.
type Certification struct {
	// Number is 1, or, while a correction is open and after its certification, the correction's.
	Number        int
	Required      int            // confirmations of the same figures
	Confirmations []Confirmation // with this number, oldest first, those that figures voided too
	// Record is nil until the election is certified, and while a correction is open.
	Record *CertificationRecord
	// Earlier are the records of the certifications before this one, oldest first.
	Earlier []CertificationRecord
}

// CertificationRecord is the permanent record of a certification.
type CertificationRecord struct {
	Number      int
	Figures     string // hex SHA-256
	At          time.Time
	AuditHead   string // hash of the audit event of the certification
	AuditEvents int64  // its number
}

// Period returns the part of the audit log that the election with an id answers for: up to its certification, if it is
// certified.
func (c *Certification) Period(electionID int64) approval.Period {
	p := approval.Period{ElectionID: electionID}
	if c.Record != nil {
		p.Last = c.Record.AuditEvents
	}
	return p
}

// Standing returns the confirmations of the given figures that stand.
func (c *Certification) Standing(figures string) []Confirmation {
	var standing []Confirmation
	for _, confirmation := range c.Confirmations {
		if confirmation.VoidedAt == nil && confirmation.Figures == figures {
			standing = append(standing, confirmation)
		}
	}
	return standing
}

// CertificationWithin returns how far the certification of an election has come, as a transaction sees it.
func (s *Service) CertificationWithin(tx *database.Tx, e *Election) (*Certification, error) {
	return loadCertification(tx, e)
}

// ConfirmationsWithin returns the confirmations of the elections that are not voided, by election, oldest first, as a
// transaction sees them. Whether they are of the present figures is the caller's to know.
func (s *Service) ConfirmationsWithin(tx *database.Tx, electionIDs []int64) (map[int64][]Confirmation, error) {
	return loadConfirmations(tx, electionIDs)
}

// FiguresWereConfirmed reports, as a transaction sees it, whether an administrator ever confirmed figures of an
// election, even if the confirmation is void by now.
func (s *Service) FiguresWereConfirmed(tx *database.Tx, id int64) (bool, error) {
	return hasConfirmations(tx, id)
}

// Confirm records, within the caller's writing transaction, that an administrator confirms the figures
// with the given hex SHA-256; whether they are the final ones is the caller's to know. Confirmations of
// other figures are voided. The last one that is required certifies the election: it is final from then
// on, and the record carries the head of the audit chain. Refusals: ErrNotCounting, ErrCertified,
// ErrConfirmedAlready, ErrConfirmerChanged.
func (s *Service) Confirm(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, figures string) (*Certification, error) {
	switch e.StateAt(s.now()) {
	case Counting, Correcting:
	case Certified:
		return nil, ErrCertified
	case Withdrawn:
		return nil, ErrWithdrawn
	default:
		return nil, ErrNotCounting
	}
	if err := s.DecideCertifiers(ctx, tx); err != nil {
		return nil, err
	}
	before, err := loadCertification(tx, e)
	if err != nil {
		return nil, err
	}
	changes, err := s.AccountChangesWithin(ctx, tx, e, before)
	if err != nil {
		return nil, err
	}
	if err := MayConfirm(changes, actor, s.now()); err != nil {
		return nil, err
	}
	standing := before.Standing(figures)
	for _, c := range standing {
		if c.AdministratorID == actor.ID {
			return nil, ErrConfirmedAlready
		}
	}
	if err := s.voidOthers(ctx, tx, e, before, figures); err != nil {
		return nil, err
	}
	row := confirmationRow{
		ElectionID: e.ID, Number: before.Number, AdministratorID: actor.ID, AdministratorName: actor.Name, Figures: figures, ConfirmedAt: s.now().UnixMilli(),
	}
	if err := insertConfirmation(tx, &row); err != nil {
		return nil, err
	}
	err = s.log.Append(ctx, tx.SQL(), actor, "figures-confirmed", Subject(e.ID), map[string]any{"figures": figures})
	if err != nil {
		return nil, err
	}
	if len(standing)+1 >= e.Confirmations {
		if err := s.certify(ctx, tx, actor, e, before.Number, figures, append(standing, row.confirmation())); err != nil {
			return nil, err
		}
	}
	return loadCertification(tx, e)
}

// voidOthers voids the confirmations that stand for other figures.
func (s *Service) voidOthers(ctx context.Context, tx *database.Tx, e *Election, before *Certification, figures string) error {
	for _, c := range before.Confirmations {
		if c.VoidedAt != nil || c.Figures == figures {
			continue
		}
		if err := voidConfirmation(tx, e.ID, before.Number, c.AdministratorID, s.now()); err != nil {
			return err
		}
		err := s.log.Append(ctx, tx.SQL(), audit.System(), "confirmation-voided", Subject(e.ID),
			map[string]any{"administrator": c.Administrator, "confirmed": c.Figures, "figures": figures})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) certify(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, number int, figures string, by []Confirmation) error {
	names := make([]string, 0, len(by))
	for _, c := range by {
		names = append(names, c.Administrator)
	}
	row := certificationRow{ElectionID: e.ID, Number: number, Figures: figures, CertifiedAt: s.now().UnixMilli()}
	// Before the event, which has the election as it is now. From here on the database refuses every change.
	if err := markCertified(tx, &row); err != nil {
		return err
	}
	detail := map[string]any{"figures": figures, "confirmed_by": names, "required": e.Confirmations}
	if number > 1 {
		detail["correction"] = number
	}
	if err := s.log.Append(ctx, tx.SQL(), actor, "election-certified", Subject(e.ID), detail); err != nil {
		return err
	}
	var err error
	if row.AuditHead, row.AuditEvents, err = audit.NewReader(tx.SQL()).Head(ctx); err != nil {
		return err
	}
	return recordCertification(tx, &row) // after the event, whose hash it has
}
