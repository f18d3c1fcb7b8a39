package batch

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"urna/internal/database"
)

type uploadRow struct {
	ID             int64 `gorm:"primaryKey"`
	ElectionID     int64
	ConstituencyID int64
	StationID      *int64
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
		ID: r.ID, ElectionID: r.ElectionID, ConstituencyID: r.ConstituencyID, StationID: idOf(r.StationID), OfficialID: r.OfficialID,
		FileName: r.FileName, SHA256: hex.EncodeToString(r.SHA256), Bytes: r.Bytes, Lines: r.Lines,
		ReceivedAt: time.UnixMilli(r.ReceivedAt), ExpiresAt: time.UnixMilli(r.ReceivedAt).Add(uploadLifetime),
	}
}

// findUpload returns an official's own upload that has not expired, else ErrUnknownUpload.
func findUpload(db database.Source, officialID, id int64, notBefore time.Time) (uploadRow, error) {
	var r uploadRow
	err := db.Gorm().Where("id = ? AND official_id = ? AND received_at >= ?", id, officialID, notBefore.UnixMilli()).Take(&r).Error
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
func listUploads(db database.Source, officialID int64, notBefore time.Time) ([]uploadRow, error) {
	query := db.Gorm().Where("received_at >= ?", notBefore.UnixMilli())
	if officialID != 0 {
		query = query.Where("official_id = ?", officialID)
	}
	var rows []uploadRow
	if err := query.Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("batch: list uploads: %w", err)
	}
	return rows, nil
}

// sameContent joins an upload with the standing batches of its constituency that have its content.
const sameContent = `batches b ON b.constituency_id = u.constituency_id AND (b.sha256 = u.sha256 OR b.sent_sha256 = u.sha256) AND (b.state NOT IN ('retracted', 'retracting') OR b.late_state = 'waiting')`

// findSameOf returns, by upload, the first standing batch with the same content as an upload of the official.
func findSameOf(db database.Source, officialID int64) (map[int64]int64, error) {
	var rows []struct{ UploadID, BatchID int64 }
	err := db.Gorm().Raw(`SELECT u.id AS upload_id, min(b.id) AS batch_id FROM uploads u JOIN `+sameContent+`
		WHERE u.official_id = ? GROUP BY u.id`, officialID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("batch: find same files: %w", err)
	}
	same := make(map[int64]int64, len(rows))
	for _, r := range rows {
		same[r.UploadID] = r.BatchID
	}
	return same, nil
}

// countUploads counts the uploads that wait and have not expired, by election and official.
func countUploads(db database.Source, notBefore time.Time) (counts []WaitingUploads, err error) {
	err = db.Gorm().Raw(`SELECT u.official_id, u.election_id, count(DISTINCT u.id) AS files,
			(SELECT sum(w.bytes) FROM uploads w WHERE w.official_id = u.official_id AND w.election_id = u.election_id AND w.received_at >= ?) AS bytes,
			 count(DISTINCT CASE WHEN b.id IS NOT NULL THEN u.id END) AS same
		FROM uploads u JOIN elections e ON e.id = u.election_id
			AND (e.certified_at IS NULL OR EXISTS (SELECT 1 FROM open_corrections o WHERE o.election_id = e.id)) LEFT JOIN `+sameContent+`
		WHERE u.received_at >= ? GROUP BY u.election_id, u.official_id ORDER BY u.election_id, u.official_id`, notBefore.UnixMilli(), notBefore.UnixMilli()).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("batch: count uploads: %w", err)
	}
	return counts, nil
}

// findConfirmed returns the official's batch that an upload became, or ErrUnknownUpload.
func findConfirmed(db database.Source, officialID, uploadID int64) (batchRow, error) {
	var r batchRow
	err := db.Gorm().Where("upload_id = ? AND official_id = ?", uploadID, officialID).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrUnknownUpload
	}
	if err != nil {
		return r, fmt.Errorf("batch: find confirmed upload: %w", err)
	}
	return r, nil
}

func insertUpload(tx *database.Tx, r *uploadRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("batch: keep upload: %w", err)
	}
	return nil
}

func deleteUpload(tx *database.Tx, r *uploadRow) error {
	if err := tx.Gorm().Delete(r).Error; err != nil {
		return fmt.Errorf("batch: delete upload: %w", err)
	}
	return nil
}

// expireUploads removes the uploads that waited for an answer for too long, and returns their files.
func expireUploads(tx *database.Tx, before time.Time) ([]string, error) {
	return dropUploads(tx, tx.Gorm().Where("received_at < ?", before.UnixMilli()))
}

// dropSameUploads removes an official's other uploads of the same content to the same constituency, and
// returns their files.
func dropSameUploads(tx *database.Tx, u *uploadRow) ([]string, error) {
	return dropUploads(tx, tx.Gorm().Where("official_id = ? AND constituency_id = ? AND sha256 = ?", u.OfficialID, u.ConstituencyID, u.SHA256))
}

// dropUploadsOf removes all of an official's uploads, and returns them.
func dropUploadsOf(tx *database.Tx, officialID int64) ([]uploadRow, error) {
	var rows []uploadRow
	if err := tx.Gorm().Where("official_id = ?", officialID).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("batch: find uploads: %w", err)
	}
	for i := range rows {
		if err := deleteUpload(tx, &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// sumUploads returns the bytes of the uploads that wait and have not expired.
func sumUploads(db database.Source, officialID int64, notBefore time.Time) (w waitingBytes, err error) {
	err = db.Gorm().Raw(`SELECT coalesce(sum(CASE WHEN official_id = ? THEN bytes ELSE 0 END), 0) AS of_account, coalesce(sum(bytes), 0) AS in_all
		FROM uploads WHERE received_at >= ?`, officialID, notBefore.UnixMilli()).Scan(&w).Error
	if err != nil {
		return w, fmt.Errorf("batch: sum uploads: %w", err)
	}
	return w, nil
}

func dropUploads(tx *database.Tx, chosen *gorm.DB) ([]string, error) {
	var rows []uploadRow
	if err := chosen.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("batch: find uploads: %w", err)
	}
	files := make([]string, 0, len(rows))
	for _, r := range rows {
		if err := deleteUpload(tx, &r); err != nil {
			return nil, err
		}
		files = append(files, r.SpoolFile)
	}
	return files, nil
}
