package results

import (
	"fmt"

	"gorm.io/gorm/clause"

	"urna/internal/database"
)

// changeRow is the time of the last visible change of an election, and what it was.
type changeRow struct {
	ElectionID int64 `gorm:"primaryKey;autoIncrement:false"`
	Shown      []byte
	ChangedAt  int64 // Unix time in nanoseconds
}

// TableName names the table.
func (changeRow) TableName() string { return "shown_changes" }

// storeChanges replaces the rows of their elections.
func storeChanges(tx *database.Tx, rows []changeRow) error {
	if err := tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("results: store changes: %w", err)
	}
	return nil
}

// loadChange returns an election's row, or nil.
func loadChange(tx *database.Tx, electionID int64) (*changeRow, error) {
	var rows []changeRow
	if err := tx.Gorm().Where("election_id = ?", electionID).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("results: read change: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil //nolint:nilnil // there may be none
	}
	return &rows[0], nil
}
