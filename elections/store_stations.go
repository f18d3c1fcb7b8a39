package elections

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"urna/internal/database"
	"urna/internal/text"
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
	Search           string
}

// TableName names the table.
func (stationRow) TableName() string { return "stations" }

func (r *stationRow) station() Station {
	return Station{
		ID: r.ID, ElectionID: r.ElectionID, ConstituencyID: r.ConstituencyID, Position: r.Position,
		Number: r.Number, Name: r.Name, Place: r.Place, RegisteredVoters: r.RegisteredVoters, Kind: StationKind(r.Kind), Exclusion: Exclusion(r.Exclusion),
		ExclusionReason: r.ExclusionReason, ExcludedAt: instant(r.ExcludedAt),
	}
}

// row returns the station as it is stored.
func (s *Station) row() stationRow {
	r := stationRow{
		ID: s.ID, ElectionID: s.ElectionID, ConstituencyID: s.ConstituencyID, Position: s.Position, Number: s.Number, Name: s.Name,
		Place: s.Place, RegisteredVoters: s.RegisteredVoters, Kind: string(s.Kind), Exclusion: string(s.Exclusion),
		ExclusionReason: s.ExclusionReason, Search: text.Key(s.Number + " " + s.Name + " " + s.Place),
	}
	if s.ExcludedAt != nil {
		at := s.ExcludedAt.UnixMilli()
		r.ExcludedAt = &at
	}
	return r
}

// Draft returns what an administrator would enter to define this station again.
func (s *Station) Draft() StationDraft {
	return StationDraft{Number: s.Number, Name: s.Name, Place: s.Place, RegisteredVoters: s.RegisteredVoters, Kind: s.Kind}
}

// haveStations returns the constituencies that have polling stations; election 0 is all. It does not read the stations:
// each reading of an election asks it.
func haveStations(db database.Source, election int64) (map[int64]bool, error) {
	query := db.Gorm().Model(&constituencyRow{}).Where("EXISTS (SELECT 1 FROM stations WHERE stations.constituency_id = constituencies.id)")
	if election != 0 {
		query = query.Where("election_id = ?", election)
	}
	var ids []int64
	if err := query.Pluck("id", &ids).Error; err != nil {
		return nil, fmt.Errorf("elections: find constituencies with stations: %w", err)
	}
	have := make(map[int64]bool, len(ids))
	for _, id := range ids {
		have[id] = true
	}
	return have, nil
}

// countStations counts the polling stations of an election by constituency; those without any are left out.
func countStations(db database.Source, election int64) (map[int64]int, error) {
	var rows []struct {
		ConstituencyID int64
		Stations       int
	}
	err := db.Gorm().Model(&stationRow{}).Select("constituency_id, count(*) AS stations").Where("election_id = ?", election).
		Group("constituency_id").Find(&rows).Error
	if err != nil {
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

// stationsWithIDs reads those polling stations that exist, by id. Lists of protocols ask for thousands, so no columns are
// mapped to fields.
func stationsWithIDs(db database.Source, ids []int64) (map[int64]Station, error) {
	found := make(map[int64]Station, len(ids))
	for some := range slices.Chunk(ids, namesAtOnce) {
		rows, err := db.Gorm().Model(&stationRow{}).Select(`id, election_id, constituency_id, position, number, name, place, registered_voters, kind,
			exclusion, exclusion_reason, excluded_at`).Where("id IN ?", some).Rows()
		if err == nil {
			err = collectStations(rows, found)
		}
		if err != nil {
			return nil, fmt.Errorf("elections: read stations: %w", err)
		}
	}
	return found, nil
}

// collectStations reads stations into a map.
func collectStations(rows *sql.Rows, found map[int64]Station) error {
	defer rows.Close()
	var excluded *int64
	for rows.Next() {
		var s Station
		err := rows.Scan(&s.ID, &s.ElectionID, &s.ConstituencyID, &s.Position, &s.Number, &s.Name, &s.Place, &s.RegisteredVoters, &s.Kind,
			&s.Exclusion, &s.ExclusionReason, &excluded)
		if err != nil {
			return err
		}
		s.ExcludedAt = instant(excluded)
		found[s.ID] = s
	}
	return rows.Err()
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
	var stations []Station
	for i, d := range drafts {
		for j, draft := range d.Stations {
			s := Station{ElectionID: election, ConstituencyID: constituencies[i].ID, Position: j + 1}
			stations = append(stations, s.with(draft))
		}
	}
	return addStations(tx, stations)
}

// stationNumbers reads the numbers of the polling stations of a constituency, by id.
func stationNumbers(db database.Source, constituency int64) (map[int64]string, error) {
	var rows []struct {
		ID     int64
		Number string
	}
	err := db.Gorm().Model(&stationRow{}).Select("id, number").Where("constituency_id = ?", constituency).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("elections: read the numbers of stations: %w", err)
	}
	numbers := make(map[int64]string, len(rows))
	for _, r := range rows {
		numbers[r.ID] = r.Number
	}
	return numbers, nil
}

// lastPosition returns the last place in the list of a constituency, 0 without stations.
func lastPosition(db database.Source, constituency int64) (last int, err error) {
	err = db.Gorm().Model(&stationRow{}).Select("coalesce(max(position), 0)").Where("constituency_id = ?", constituency).Scan(&last).Error
	if err != nil {
		return 0, fmt.Errorf("elections: read the last station: %w", err)
	}
	return last, nil
}

// addStations stores new polling stations and sets their ids.
func addStations(tx *database.Tx, stations []Station) error {
	if len(stations) == 0 {
		return nil
	}
	rows := make([]stationRow, 0, len(stations))
	for i := range stations {
		rows = append(rows, stations[i].row())
	}
	if err := tx.Gorm().CreateInBatches(rows, 500).Error; err != nil {
		return fmt.Errorf("elections: save stations: %w", err)
	}
	for i := range rows {
		stations[i].ID = rows[i].ID
	}
	return nil
}

func saveStation(tx *database.Tx, s *Station) error {
	row := s.row()
	if err := tx.Gorm().Save(&row).Error; err != nil {
		return fmt.Errorf("elections: save station: %w", err)
	}
	return nil
}

func deleteStations(tx *database.Tx, stations []Station) error {
	for i := range stations {
		if err := tx.Gorm().Where("id = ?", stations[i].ID).Delete(&stationRow{}).Error; err != nil {
			return fmt.Errorf("elections: remove station: %w", err)
		}
	}
	return nil
}

// moveStations lets the polling stations of an election follow constituencies that became others by a change, as
// became says: the new id of each, 0 for one that was removed with its stations, which it returns.
func moveStations(tx *database.Tx, election int64, became map[int64]int64) (removed []Station, err error) {
	var rows []stationRow
	if err := tx.Gorm().Where("election_id = ?", election).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read stations: %w", err)
	}
	for i := range rows {
		next, moves := became[rows[i].ConstituencyID]
		switch {
		case !moves:
		case next == 0:
			removed = append(removed, rows[i].station())
		default:
			if err := tx.Gorm().Model(&stationRow{}).Where("id = ?", rows[i].ID).Update("constituency_id", next).Error; err != nil {
				return nil, fmt.Errorf("elections: move stations: %w", err)
			}
		}
	}
	return removed, deleteStations(tx, removed)
}
