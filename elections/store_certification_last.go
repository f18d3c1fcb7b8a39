package elections

import (
	"fmt"

	"urna/internal/database"
)

// LastCertificationWithin returns the last certification of an election, as a transaction sees it, and the election as it
// was certified: of one that is being corrected, those that hold meanwhile. The Record is nil if there is none.
func (s *Service) LastCertificationWithin(tx *database.Tx, e *Election) (*Certification, *Election, error) {
	last := *e
	if e.Correcting {
		var number int
		err := tx.Gorm().Model(&certificationRow{}).Where("election_id = ?", e.ID).Select("coalesce(max(number), 1)").Scan(&number).Error
		if err != nil {
			return nil, nil, fmt.Errorf("elections: read certifications: %w", err)
		}
		last.Correcting, last.Correction = false, number
	}
	c, err := loadCertification(tx, &last)
	return c, &last, err
}
