package protocol

import (
	"fmt"

	"urna/internal/database"
)

// atOnce bounds the ids of one statement.
const atOnce = 400

// someAtOnce calls read for some of the ids at a time and returns all rows.
func someAtOnce[Row any](ids []int64, read func(some []int64) ([]Row, error)) (found []Row, err error) {
	for len(ids) > 0 {
		n := min(len(ids), atOnce)
		rows, err := read(ids[:n])
		if err != nil {
			return nil, err
		}
		found, ids = append(found, rows...), ids[n:]
	}
	return found, nil
}

func protocolsOfStations(db database.Source, stationIDs []int64) ([]protocolRow, error) {
	return someAtOnce(stationIDs, func(some []int64) ([]protocolRow, error) {
		return all[protocolRow](db.Gorm().Where("station_id IN ?", some).Order("station_id"))
	})
}

// typedOf returns the entries and settlements of protocols, of all rounds, without what the entries say.
func typedOf(db database.Source, ids []int64) (entries []entryRow, settled []settlementRow, err error) {
	entries, err = someAtOnce(ids, func(some []int64) ([]entryRow, error) {
		return all[entryRow](db.Gorm().Select("id", "protocol_id", "round", "number", "typist_id", "typist_name", "entered_at").
			Where("protocol_id IN ?", some).Order("protocol_id, round, number"))
	})
	if err != nil {
		return nil, nil, err
	}
	settled, err = someAtOnce(ids, func(some []int64) ([]settlementRow, error) {
		return all[settlementRow](db.Gorm().Where("protocol_id IN ?", some).Order("protocol_id, round, name"))
	})
	return entries, settled, err
}

// electionsWithProtocols returns those of the elections that have any protocol.
func electionsWithProtocols(db database.Source, ids []int64) (with []int64, err error) {
	err = db.Gorm().Model(&protocolRow{}).Distinct("election_id").Where("election_id IN ?", ids).Pluck("election_id", &with).Error
	if err != nil {
		return nil, fmt.Errorf("protocol: find elections: %w", err)
	}
	return with, nil
}

func countStates(db database.Source, electionID, constituencyID int64) (map[State]int, error) {
	query := db.Gorm().Model(&protocolRow{}).Select("state, count(*) AS protocols").Where("election_id = ?", electionID).Group("state")
	if constituencyID != 0 {
		query = query.Where("constituency_id = ?", constituencyID)
	}
	var rows []struct {
		State     State
		Protocols int
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("protocol: count states: %w", err)
	}
	counts := map[State]int{}
	for _, r := range rows {
		counts[r.State] = r.Protocols
	}
	return counts, nil
}
