package protocol

import (
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"urna/internal/database"
	"urna/internal/text/strictjson"
)

type draftRow struct {
	StationID   int64 `gorm:"primaryKey;autoIncrement:false"`
	AccountID   int64 `gorm:"primaryKey;autoIncrement:false"`
	AccountName string
	Content     string
	SavedAt     int64
}

// TableName names the table.
func (draftRow) TableName() string { return "protocol_drafts" }

// readDraft returns what a person has typed of a station's protocol.
func readDraft(db database.Source, stationID, accountID int64) (Draft, error) {
	d := Draft{StationID: stationID, Numbers: map[string]string{}, Explanations: map[string]string{}}
	row, err := one[draftRow](db.Gorm().Where("station_id = ? AND account_id = ?", stationID, accountID))
	if err != nil || row == nil {
		return d, err
	}
	c := draftContent{d.Numbers, d.Explanations}
	if err := strictjson.UnmarshalStored([]byte(row.Content), &c); err != nil {
		return d, fmt.Errorf("protocol: a draft of station %d cannot be read: %w", stationID, err)
	}
	d.SavedAt = time.UnixMilli(row.SavedAt)
	return d, nil
}

// saveDraft stores what a person has typed, in place of what was there.
func saveDraft(tx *database.Tx, r *draftRow) error {
	return wrap("save a draft", tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(r).Error)
}

// draftsOf returns who is typing protocols of stations, without what.
func draftsOf(db database.Source, stationIDs []int64) ([]draftRow, error) {
	return all[draftRow](db.Gorm().Select("station_id", "account_id", "account_name", "saved_at").
		Where("station_id IN ?", stationIDs).Order("station_id, account_name, account_id"))
}
