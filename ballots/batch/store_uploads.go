package batch

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"urna/internal/sqlite"
)

type uploadRow struct {
	ID             int64 `gorm:"primaryKey"`
	ElectionID     int64
	ConstituencyID int64
	OfficialID     int64
	FileName       string
	SpoolFile      string
	SHA256         []byte `gorm:"column:sha256"`
	Bytes          int64
	Lines          int64
	ReceivedAt     int64
}

// TableName names the table.
func (uploadRow) TableName() string { return "uploads" }

func (r *uploadRow) upload() Upload {
	return Upload{
		ID: r.ID, ElectionID: r.ElectionID, ConstituencyID: r.ConstituencyID, OfficialID: r.OfficialID,
		FileName: r.FileName, SHA256: hex.EncodeToString(r.SHA256), Bytes: r.Bytes, Lines: r.Lines,
		ReceivedAt: time.UnixMilli(r.ReceivedAt), ExpiresAt: time.UnixMilli(r.ReceivedAt).Add(uploadLifetime),
	}
}

// findUpload returns an official's own upload that has not expired, else ErrUnknownUpload.
func findUpload(db *gorm.DB, officialID, id int64, notBefore time.Time) (uploadRow, error) {
	var r uploadRow
	err := db.Where("id = ? AND official_id = ? AND received_at >= ?", id, officialID, notBefore.UnixMilli()).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrUnknownUpload
	}
	if err != nil {
		return r, fmt.Errorf("batch: find upload: %w", err)
	}
	return r, nil
}

// listUploads returns the uploads that wait and have not expired, in the order in which they came;
// officialID 0 is everybody's.
func listUploads(db *gorm.DB, officialID int64, notBefore time.Time) ([]uploadRow, error) {
	db = db.Where("received_at >= ?", notBefore.UnixMilli())
	if officialID != 0 {
		db = db.Where("official_id = ?", officialID)
	}
	var rows []uploadRow
	if err := db.Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("batch: list uploads: %w", err)
	}
	return rows, nil
}

// findConfirmed returns the official's batch that an upload became, or ErrUnknownUpload.
func findConfirmed(db *gorm.DB, officialID, uploadID int64) (batchRow, error) {
	var r batchRow
	err := db.Where("upload_id = ? AND official_id = ?", uploadID, officialID).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrUnknownUpload
	}
	if err != nil {
		return r, fmt.Errorf("batch: find confirmed upload: %w", err)
	}
	return r, nil
}

// countUnsettled returns how many batches of an election wait to be counted, in full or in part, or move.
func countUnsettled(db *gorm.DB, electionID int64) (n int64, err error) {
	err = db.Model(&batchRow{}).Where("election_id = ? AND state IN ('queued', 'processing', 'failed', 'retracting', 'restoring')", electionID).
		Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("batch: count waiting batches: %w", err)
	}
	return n, nil
}

// expireUploads removes the uploads that waited for an answer for too long, and returns their files.
func expireUploads(tx *sqlite.Tx, before time.Time) ([]string, error) {
	return dropUploads(tx, tx.Gorm().Where("received_at < ?", before.UnixMilli()))
}

// dropSameUploads removes an official's other uploads of the same content to the same constituency, and
// returns their files.
func dropSameUploads(tx *sqlite.Tx, u *uploadRow) ([]string, error) {
	return dropUploads(tx, tx.Gorm().Where("official_id = ? AND constituency_id = ? AND sha256 = ?", u.OfficialID, u.ConstituencyID, u.SHA256))
}

func dropUploads(tx *sqlite.Tx, chosen *gorm.DB) ([]string, error) {
	var rows []uploadRow
	if err := chosen.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("batch: find uploads: %w", err)
	}
	files := make([]string, 0, len(rows))
	for _, r := range rows {
		if err := tx.Gorm().Delete(&r).Error; err != nil {
			return nil, fmt.Errorf("batch: drop upload: %w", err)
		}
		files = append(files, r.SpoolFile)
	}
	return files, nil
}
