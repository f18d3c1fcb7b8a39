package batch

import (
	"fmt"

	"urna/internal/database"
)

// HasBatches reports, as a transaction sees it, whether a batch of a constituency was accepted, a retracted one too.
func HasBatches(tx *database.Tx, constituencyID int64) (bool, error) {
	var ids []int64
	if err := tx.Gorm().Model(&batchRow{}).Where("constituency_id = ?", constituencyID).Limit(1).Pluck("id", &ids).Error; err != nil {
		return false, fmt.Errorf("batch: find batches of a constituency: %w", err)
	}
	return len(ids) > 0, nil
}

// StationHolds reports, as a transaction sees it, whether a polling station has batches that are in the count, on the way
// into or out of it, or wait for a decision.
func StationHolds(tx *database.Tx, stationID int64) (bool, error) {
	rows, err := batchesOfStation(tx, stationID)
	return len(rows) > 0, err
}

// batchesOfStation returns those batches of a polling station that are not retracted, in the order of acceptance.
func batchesOfStation(tx *database.Tx, stationID int64) (rows []batchRow, err error) {
	err = tx.Gorm().Where("station_id = ? AND (state <> 'retracted' OR late_state = 'waiting')", stationID).Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("batch: find batches of a station: %w", err)
	}
	return rows, nil
}
