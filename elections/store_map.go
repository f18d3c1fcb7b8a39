package elections

import (
	"fmt"

	"urna/elections/outlines"
	"urna/internal/database"
)

type mapRow struct {
	ElectionID int64 `gorm:"primaryKey;autoIncrement:false"`
	Outlines   string
	Source     string
}

// TableName names the table.
func (mapRow) TableName() string { return "constituency_maps" }

// mapRowOf returns the row of an election; nil if it has none.
func mapRowOf(db database.Source, election int64) (*mapRow, error) {
	var rows []mapRow
	if err := db.Gorm().Where("election_id = ?", election).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read the map: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

func storedMap(db database.Source, election int64) (*Map, error) {
	row, err := mapRowOf(db, election)
	if err != nil || row == nil {
		return nil, err
	}
	m := &Map{Source: row.Source}
	if m.Map, err = outlines.Parse([]byte(row.Outlines)); err != nil {
		return nil, fmt.Errorf("elections: read the map: %w", err)
	}
	return m, nil
}

// saveMap reports whether the row is another one than before.
func saveMap(tx *database.Tx, row mapRow) (changed bool, err error) {
	before, err := mapRowOf(tx, row.ElectionID)
	if err != nil || before != nil && *before == row {
		return false, err
	}
	if err := tx.Gorm().Save(&row).Error; err != nil {
		return false, fmt.Errorf("elections: store the map: %w", err)
	}
	return true, nil
}

func deleteMap(tx *database.Tx, election int64) (removed bool, err error) {
	done := tx.Gorm().Where("election_id = ?", election).Delete(&mapRow{})
	if done.Error != nil {
		return false, fmt.Errorf("elections: remove the map: %w", done.Error)
	}
	return done.RowsAffected > 0, nil
}
