package elections

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"urna/internal/database"
)

type stationRow struct {
	ID               int64 `gorm:"primaryKey"`
	ElectionID       int64
	ConstituencyID   int64
	Position         int
	Number           string
	Name             string
	Place            string
	RegisteredVoters int64
	Kind             string
	Exclusion        string
	ExclusionReason  string
	ExcludedAt       *int64
}

// TableName names the table.
func (stationRow) TableName() string { return "stations" }

func (r *stationRow) station() Station {
	return Station{
		ID: r.ID, ElectionID: r.ElectionID, ConstituencyID: r.ConstituencyID, Number: r.Number, Name: r.Name, Place: r.Place,
		RegisteredVoters: r.RegisteredVoters, Kind: StationKind(r.Kind), Exclusion: Exclusion(r.Exclusion),
		ExclusionReason: r.ExclusionReason, ExcludedAt: instant(r.ExcludedAt),
	}
}

// draft returns what an administrator would enter to define this station again.
func (s *Station) draft() StationDraft {
	return StationDraft{Number: s.Number, Name: s.Name, Place: s.Place, RegisteredVoters: s.RegisteredVoters, Kind: s.Kind}
}

// countStations counts the polling stations of constituencies; election 0 is all.
func countStations(db database.Source, election int64) (map[int64]int, error) {
	var rows []struct {
		ConstituencyID int64
		Stations       int
	}
	query := db.Gorm().Model(&stationRow{}).Select("constituency_id, count(*) AS stations").Group("constituency_id")
	if election != 0 {
		query = query.Where("election_id = ?", election)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: count stations: %w", err)
	}
	counts := make(map[int64]int, len(rows))
	for _, r := range rows {
		counts[r.ConstituencyID] = r.Stations
	}
	return counts, nil
}

func findStation(db database.Source, id int64) (Station, error) {
	var r stationRow
	err := db.Gorm().Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Station{}, ErrUnknownStation
	}
	if err != nil {
		return Station{}, fmt.Errorf("elections: find station: %w", err)
	}
	return r.station(), nil
}

// stationsOf reads the polling stations of an election by constituency, each list in its order.
func stationsOf(db database.Source, election int64) (map[int64][]Station, error) {
	var rows []stationRow
	if err := db.Gorm().Where("election_id = ?", election).Order("constituency_id, position").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read stations: %w", err)
	}
	found := map[int64][]Station{}
	for i := range rows {
		found[rows[i].ConstituencyID] = append(found[rows[i].ConstituencyID], rows[i].station())
	}
	return found, nil
}

// insertStations stores the polling stations of a new election's constituencies.
func insertStations(tx *database.Tx, election int64, drafts []ConstituencyDraft) error {
	var constituencies []constituencyRow
	if err := tx.Gorm().Where("election_id = ?", election).Order("position").Find(&constituencies).Error; err != nil {
		return fmt.Errorf("elections: read constituencies: %w", err)
	}
	var rows []stationRow
	for i, d := range drafts {
		for j, s := range d.Stations {
			rows = append(rows, stationRow{
				ElectionID: election, ConstituencyID: constituencies[i].ID, Position: j + 1, Number: s.Number, Name: s.Name,
				Place: s.Place, RegisteredVoters: s.RegisteredVoters, Kind: string(s.Kind),
			})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Gorm().CreateInBatches(rows, 500).Error; err != nil {
		return fmt.Errorf("elections: save stations: %w", err)
	}
	return nil
}

// moveStations lets the polling stations of an election follow constituencies that became others by a change, as
// became says: the new id of each, 0 for one that was removed with its stations.
func moveStations(tx *database.Tx, election int64, became map[int64]int64) error {
	var rows []stationRow
	if err := tx.Gorm().Where("election_id = ?", election).Find(&rows).Error; err != nil {
		return fmt.Errorf("elections: read stations: %w", err)
	}
	for i := range rows {
		next, moves := became[rows[i].ConstituencyID]
		if !moves {
			continue
		}
		query := tx.Gorm().Where("id = ?", rows[i].ID)
		var err error
		if next == 0 {
			err = query.Delete(&stationRow{}).Error
		} else {
			err = query.Model(&stationRow{}).Update("constituency_id", next).Error
		}
		if err != nil {
			return fmt.Errorf("elections: move stations: %w", err)
		}
	}
	return nil
}
