package elections

import (
	"fmt"

	"gorm.io/gorm"

	"urna/internal/database"
)

type amendmentRow struct {
	ID                int64 `gorm:"primaryKey"`
	ElectionID        int64
	ConstituencyID    int64
	StationID         *int64
	Field             string
	Was               string
	Became            string
	Reason            string
	AdministratorName string
	ApprovedBy        string
	AmendedAt         int64
}

// TableName names the table.
func (amendmentRow) TableName() string { return "amendments" }

// amendment returns the amendment of a row, without the present number and name of its station.
func (r *amendmentRow) amendment() Amendment {
	a := Amendment{
		ID: r.ID, ElectionID: r.ElectionID, ConstituencyID: r.ConstituencyID, Field: AmendedField(r.Field), Was: r.Was, Became: r.Became,
		Reason: r.Reason, By: r.AdministratorName, ApprovedBy: r.ApprovedBy, At: storedInstant(r.AmendedAt),
	}
	if r.StationID != nil {
		a.StationID = *r.StationID
	}
	return a
}

func insertAmendments(tx *database.Tx, list []Amendment) error {
	rows := make([]amendmentRow, 0, len(list))
	for _, a := range list {
		row := amendmentRow{
			ElectionID: a.ElectionID, ConstituencyID: a.ConstituencyID, Field: string(a.Field), Was: a.Was, Became: a.Became,
			Reason: a.Reason, AdministratorName: a.By, ApprovedBy: a.ApprovedBy, AmendedAt: a.At.UnixMilli(),
		}
		if a.StationID != 0 {
			row.StationID = &a.StationID
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Gorm().CreateInBatches(rows, 500).Error; err != nil {
		return fmt.Errorf("elections: save amendments: %w", err)
	}
	return nil
}

// findExclusions reads the last closure, annulment or reopening of each polling station of the elections that had one, by
// station.
func findExclusions(db database.Source, electionIDs []int64) (map[int64]Amendment, error) {
	var rows []amendmentRow
	err := db.Gorm().Where("election_id IN ? AND field = ?", electionIDs, AmendedExclusion).Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("elections: read exclusions of stations: %w", err)
	}
	last := map[int64]Amendment{}
	for i := range rows {
		if r := &rows[i]; r.StationID != nil {
			last[*r.StationID] = r.amendment()
		}
	}
	return last, nil
}

// findAmendments reads amendments of an election, newest first.
func findAmendments(db database.Source, election int64, f AmendmentFilter) ([]Amendment, error) {
	var rows []struct {
		Row amendmentRow `gorm:"embedded"`

		StationNumber string
		StationName   string
	}
	chosen := func(tx *gorm.DB) *gorm.DB {
		if f.StationID != 0 {
			tx = tx.Where("amendments.station_id = ?", f.StationID)
		}
		if f.Before != 0 {
			tx = tx.Where("amendments.id < ?", f.Before)
		}
		return tx
	}
	err := db.Gorm().Table("amendments").Select("amendments.*, coalesce(stations.number, '') AS station_number, coalesce(stations.name, '') AS station_name").
		Joins("LEFT JOIN stations ON stations.id = amendments.station_id").Where("amendments.election_id = ?", election).
		Scopes(chosen).Order("amendments.id DESC").Limit(f.Limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("elections: read amendments: %w", err)
	}
	list := make([]Amendment, 0, len(rows))
	for i := range rows {
		a := rows[i].Row.amendment()
		a.StationNumber, a.StationName = rows[i].StationNumber, rows[i].StationName
		list = append(list, a)
	}
	return list, nil
}
