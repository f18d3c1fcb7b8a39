package results

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/text/strictjson"
)

type certifiedRow struct {
	ElectionID int64 `gorm:"primaryKey;autoIncrement:false"`
	Number     int   `gorm:"primaryKey;autoIncrement:false"`
	Document   []byte
}

// TableName names the table.
func (certifiedRow) TableName() string { return "certified_figures" }

// storeCertified stores the document of certified figures. One that is stored stays.
func storeCertified(tx *database.Tx, electionID int64, number int, document []byte) error {
	if err := tx.Gorm().Create(&certifiedRow{ElectionID: electionID, Number: number, Document: document}).Error; err != nil {
		return fmt.Errorf("results: store certified figures: %w", err)
	}
	return nil
}

// hasCertified reports whether the document of a certification is stored.
func hasCertified(tx *database.Tx, electionID int64, number int) (bool, error) {
	var n int64
	if err := tx.Gorm().Model(&certifiedRow{}).Where("election_id = ? AND number = ?", electionID, number).Count(&n).Error; err != nil {
		return false, fmt.Errorf("results: look for certified figures: %w", err)
	}
	return n > 0, nil
}

// loadCertified returns the document of a certification. The error is ErrAltered if it is missing or has not the SHA-256
// that was certified.
func loadCertified(tx *database.Tx, electionID int64, record *elections.CertificationRecord) ([]byte, error) {
	var row certifiedRow
	err := tx.Gorm().Where("election_id = ? AND number = ?", electionID, record.Number).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, ErrAltered
	}
	if err != nil {
		return nil, fmt.Errorf("results: read certified figures: %w", err)
	}
	if sum := sha256.Sum256(row.Document); hex.EncodeToString(sum[:]) != record.Figures {
		return nil, ErrAltered
	}
	return row.Document, nil
}

// readFigures reads a document whose hash was compared.
func readFigures(document []byte) (*Figures, error) {
	f := &Figures{}
	if err := strictjson.Unmarshal(document, f); err != nil {
		return nil, fmt.Errorf("results: read certified figures: %w", err)
	}
	return f, nil
}
