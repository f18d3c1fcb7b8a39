package protocol

import (
	"fmt"
	"slices"

	"gorm.io/gorm"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/text"
)

// listedRow is a polling station of a list.
type listedRow struct {
	ID               int64
	ConstituencyID   int64
	Number           string
	Name             string
	Place            string
	RegisteredVoters int64
	Kind             string
	Exclusion        string
	Batches          bool
}

// TableName names the table.
func (listedRow) TableName() string { return "stations" }

func (r *listedRow) station(election int64) elections.Station {
	return elections.Station{
		ID: r.ID, ElectionID: election, ConstituencyID: r.ConstituencyID, Number: r.Number, Name: r.Name, Place: r.Place,
		RegisteredVoters: r.RegisteredVoters, Kind: elections.StationKind(r.Kind), Exclusion: elections.Exclusion(r.Exclusion),
	}
}

// reach limits a query to the stations that a filter may choose.
func (f ListFilter) reach(query *gorm.DB) *gorm.DB {
	query = query.Table("stations s").Where("s.election_id = ?", f.ElectionID)
	if f.ConstituencyID != 0 {
		query = query.Where("s.constituency_id = ?", f.ConstituencyID)
	}
	if f.Bound {
		query = query.Where("(s.constituency_id IN ? OR s.id IN ?)", orNone(f.Places), orNone(f.Stations))
	}
	return query
}

// orNone returns ids for IN, which takes no empty list.
func orNone(ids []int64) []int64 {
	if len(ids) == 0 {
		return []int64{0}
	}
	return ids
}

// chosen limits a query to the stations that a filter chooses.
func (f ListFilter) chosen(query *gorm.DB) *gorm.DB {
	query = f.reach(query).Joins("LEFT JOIN protocols p ON p.station_id = s.id")
	for _, pattern := range elections.StationSearch(f.Search) {
		query = query.Where("s.search LIKE ? ESCAPE '!'", pattern)
	}
	switch f.Wait {
	case AnyWait:
	case Awaited:
		query = query.Where("s.exclusion = '' AND (p.id IS NULL OR p.state = 'reopened') AND NOT " + ballots.StationHasBatchesSQL)
	case WithBatches:
		query = query.Where(ballots.StationHasBatchesSQL)
	case Excluded:
		query = query.Where("s.exclusion <> ''")
	case Unscanned:
		query = query.Where("p.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM protocol_scans c WHERE c.station_id = s.id)")
	case InTyping:
		query = query.Where("EXISTS (SELECT 1 FROM protocol_drafts d WHERE d.station_id = s.id)")
	case OpenWork:
		query = query.Where("s.exclusion = '' AND (p.id IS NULL OR p.state NOT IN ('definitive', 'retracted')) AND NOT " + ballots.StationHasBatchesSQL)
	default:
		query = query.Where("p.state = ?", string(f.Wait))
	}
	return query
}

// listStations reads a page of stations, and counts those that are chosen.
func listStations(db database.Source, f ListFilter) (rows []listedRow, chosen int, err error) {
	if chosen, err = countStations(db, f); err != nil {
		return nil, 0, err
	}
	err = f.chosen(db.Gorm()).
		Select("s.id, s.constituency_id, s.number, s.name, s.place, s.registered_voters, s.kind, s.exclusion, " + ballots.StationHasBatchesSQL + " AS batches").
		Joins("JOIN constituencies c ON c.id = s.constituency_id").Order("c.position, s.position").
		Offset(max(f.Offset, 0)).Limit(f.Limit).Find(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("protocol: list stations: %w", err)
	}
	return rows, chosen, nil
}

// countStations counts the stations that a filter chooses.
func countStations(db database.Source, f ListFilter) (int, error) {
	var n int64
	if err := f.chosen(db.Gorm()).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("protocol: count stations: %w", err)
	}
	return int(n), nil
}

// stationsWithNumber reads the ids of stations with a number, compared as text.Key does.
func stationsWithNumber(db database.Source, f ListFilter, number string) ([]int64, error) {
	var rows []listedRow
	if err := f.reach(db.Gorm()).Select("s.id, s.number").Order("s.id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("protocol: find a station by its number: %w", err)
	}
	key := text.Key(text.Trim(number))
	rows = slices.DeleteFunc(rows, func(r listedRow) bool { return text.Key(r.Number) != key })
	ids := make([]int64, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids, nil
}
