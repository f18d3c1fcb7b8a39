package elections

import (
	"fmt"
	"time"

	"urna/internal/database"
)

type confirmationRow struct {
	ID                int64 `gorm:"primaryKey"`
	ElectionID        int64
	Number            int
	AdministratorID   int64
	AdministratorName string
	Figures           string
	ConfirmedAt       int64
	VoidedAt          *int64
}

// TableName names the table.
func (confirmationRow) TableName() string { return "confirmations" }

func (r confirmationRow) confirmation() Confirmation {
	return Confirmation{
		AdministratorID: r.AdministratorID, Administrator: r.AdministratorName, Figures: r.Figures,
		At: time.UnixMilli(r.ConfirmedAt), VoidedAt: instant(r.VoidedAt),
	}
}

type certificationRow struct {
	ElectionID  int64 `gorm:"primaryKey;autoIncrement:false"`
	Number      int   `gorm:"primaryKey;autoIncrement:false"`
	Figures     string
	CertifiedAt int64
	AuditHead   string
	AuditEvents int64
}

// TableName names the table.
func (certificationRow) TableName() string { return "certifications" }

func loadCertification(db database.Source, e *Election) (*Certification, error) {
	c := &Certification{Number: e.CertificationNumber(), Required: e.Confirmations}
	var records []certificationRow
	if err := db.Gorm().Where("election_id = ?", e.ID).Order("number").Find(&records).Error; err != nil {
		return nil, fmt.Errorf("elections: read certification: %w", err)
	}
	for _, r := range records {
		record := CertificationRecord{
			Number: r.Number, Figures: r.Figures, At: time.UnixMilli(r.CertifiedAt), AuditHead: r.AuditHead, AuditEvents: r.AuditEvents,
		}
		if r.Number == c.Number {
			c.Record = &record
		} else {
			c.Earlier = append(c.Earlier, record)
		}
	}
	var rows []confirmationRow
	if err := db.Gorm().Where("election_id = ? AND number = ?", e.ID, c.Number).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read confirmations: %w", err)
	}
	for _, r := range rows {
		c.Confirmations = append(c.Confirmations, r.confirmation())
	}
	return c, nil
}

// dueCertifiers returns the elections that have opened, left the number of certifiers to the opening, and have none
// on record.
func dueCertifiers(db database.Source, now time.Time) (ids []int64, err error) {
	err = db.Gorm().Model(&electionRow{}).
		Where("certifiers_at_opening = TRUE AND certifiers_decided_at IS NULL AND starts_at <= ?", now.UnixMilli()).
		Where("published_at IS NOT NULL AND withdrawn_at IS NULL").
		Order("id").Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("elections: find elections without certifiers: %w", err)
	}
	return ids, nil
}

func recordCertifiers(db database.Source, id int64, required int, now time.Time) error {
	err := db.Gorm().Model(&electionRow{ID: id}).
		Updates(map[string]any{"confirmations": required, "certifiers_decided_at": now.UnixMilli()}).Error
	if err != nil {
		return fmt.Errorf("elections: record the certifiers: %w", err)
	}
	return nil
}

func loadConfirmations(db database.Source, electionIDs []int64) (map[int64][]Confirmation, error) {
	var rows []confirmationRow
	// Those of the certification that comes next, or that was the last one.
	const present = `number = coalesce((SELECT max(c.number) FROM corrections c WHERE c.election_id = confirmations.election_id AND c.ended_at IS NULL), 1)`
	if err := db.Gorm().Where("election_id IN ? AND voided_at IS NULL", electionIDs).Where(present).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read confirmations: %w", err)
	}
	found := map[int64][]Confirmation{}
	for _, r := range rows {
		found[r.ElectionID] = append(found[r.ElectionID], r.confirmation())
	}
	return found, nil
}

// hasConfirmations reports whether there is a confirmation of an election, void or not; while a correction is open, one of
// the corrected figures.
func hasConfirmations(db database.Source, electionID int64) (bool, error) {
	corrections, err := lastCorrections(db, electionID)
	if err != nil {
		return false, err
	}
	number := 1
	for _, c := range corrections {
		number = c.Number
	}
	var n int64
	if err := db.Gorm().Model(&confirmationRow{}).Where("election_id = ? AND number = ?", electionID, number).Limit(1).Count(&n).Error; err != nil {
		return false, fmt.Errorf("elections: look for confirmations: %w", err)
	}
	return n > 0, nil
}

func insertConfirmation(tx *database.Tx, r *confirmationRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("elections: confirm: %w", err)
	}
	return nil
}

// markCertified makes an election certified, or closes the correction that led to its certification.
func markCertified(tx *database.Tx, r *certificationRow) error {
	if r.Number > 1 {
		return certifyCorrection(tx, r.ElectionID, r.Number, r.CertifiedAt)
	}
	if err := tx.Gorm().Model(&electionRow{ID: r.ElectionID}).Update("certified_at", r.CertifiedAt).Error; err != nil {
		return fmt.Errorf("elections: certify: %w", err)
	}
	return nil
}

// recordCertification stores the record of a certification.
func recordCertification(tx *database.Tx, r *certificationRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("elections: record certification: %w", err)
	}
	return nil
}

func voidConfirmation(tx *database.Tx, election int64, number int, administrator int64, now time.Time) error {
	err := tx.Gorm().Model(&confirmationRow{}).
		Where("election_id = ? AND number = ? AND administrator_id = ? AND voided_at IS NULL", election, number, administrator).
		Update("voided_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("elections: void confirmation: %w", err)
	}
	return nil
}

// markSecondRound records of which election another is the second round.
func markSecondRound(tx *database.Tx, second, first int64) error {
	if err := tx.Gorm().Model(&electionRow{ID: second}).Update("second_round_of", first).Error; err != nil {
		return fmt.Errorf("elections: create second round: %w", err)
	}
	return nil
}

// secondRoundOf returns the election that is the second round of another and was not withdrawn, or 0.
func secondRoundOf(db database.Source, first int64) (int64, error) {
	var ids []int64
	if err := db.Gorm().Model(&electionRow{}).Where("second_round_of = ? AND withdrawn_at IS NULL", first).Pluck("id", &ids).Error; err != nil {
		return 0, fmt.Errorf("elections: find second round: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}
