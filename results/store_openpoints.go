package results

import (
	"encoding/json"
	"fmt"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

type liftingRow struct {
	ID                int64 `gorm:"primaryKey"`
	ElectionID        int64
	Number            int // of the certification
	Code              string
	ConstituencyID    *int64
	StationID         *int64
	Facts             string
	Reason            string
	AdministratorID   int64
	AdministratorName string
	LiftedAt          int64
	VoidedAt          *int64
}

// TableName names the table.
func (liftingRow) TableName() string { return "lifted_points" }

// storedLifting is a reason with the point that it was written for.
type storedLifting struct {
	Lifting

	code           string
	constituencyID int64
	stationID      int64
	facts          []int64
}

// loadLiftings returns the reasons for the present certifications of elections that are not voided, by election and by the
// key of their points.
func loadLiftings(tx *database.Tx, of ...*elections.Election) (map[int64]map[string]storedLifting, error) {
	ids := make([]int64, len(of))
	number := make(map[int64]int, len(of))
	for i, e := range of {
		ids[i], number[e.ID] = e.ID, e.CertificationNumber()
	}
	var rows []liftingRow
	if err := tx.Gorm().Where("election_id IN ? AND voided_at IS NULL", ids).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("results: read reasons: %w", err)
	}
	all := map[int64]map[string]storedLifting{}
	for _, r := range rows {
		if r.Number != number[r.ElectionID] {
			continue
		}
		l := storedLifting{
			Lifting: Lifting{
				Reason: r.Reason, AdministratorID: r.AdministratorID, Administrator: r.AdministratorName, At: time.UnixMilli(r.LiftedAt),
			},
			code: r.Code,
		}
		if r.ConstituencyID != nil {
			l.constituencyID = *r.ConstituencyID
		}
		if r.StationID != nil {
			l.stationID = *r.StationID
		}
		if err := strictjson.UnmarshalStored([]byte(r.Facts), &l.facts); err != nil {
			return nil, fmt.Errorf("results: read the facts of a reason: %w", err)
		}
		if all[r.ElectionID] == nil {
			all[r.ElectionID] = map[string]storedLifting{}
		}
		all[r.ElectionID][l.key()] = l
	}
	return all, nil
}

// key is that of the point.
func (l *storedLifting) key() string { return pointKey(l.code, l.constituencyID, l.stationID) }

// point returns the place and the facts of the point, with the stations that it is about.
func (l *storedLifting) point(stations []StationSum) OpenPoint {
	p := OpenPoint{ConstituencyID: l.constituencyID, StationID: l.stationID, Facts: l.facts}
	if l.code == format.StationAwaited {
		p.Stations = stationsWith(stations, l.facts)
	}
	return p
}

func insertLifting(tx *database.Tx, e *elections.Election, p *OpenPoint, actor audit.Actor, reason string, now time.Time) error {
	encoded, err := json.Marshal(listOfFacts(p.Facts))
	if err != nil {
		return fmt.Errorf("results: store reason: %w", err)
	}
	row := liftingRow{
		ElectionID: e.ID, Number: e.CertificationNumber(), Code: p.Code, Facts: string(encoded), Reason: reason, AdministratorID: actor.ID,
		AdministratorName: actor.Name, LiftedAt: now.UnixMilli(),
	}
	if p.ConstituencyID != 0 {
		row.ConstituencyID = &p.ConstituencyID
	}
	if p.StationID != 0 {
		row.StationID = &p.StationID
	}
	if err := tx.Gorm().Create(&row).Error; err != nil {
		return fmt.Errorf("results: store reason: %w", err)
	}
	return nil
}

// voidLifting voids the reason for a point if there is one.
func voidLifting(tx *database.Tx, e *elections.Election, code string, constituencyID, stationID int64, now time.Time) error {
	err := tx.Gorm().Model(&liftingRow{}).
		Where("election_id = ? AND number = ? AND code = ? AND coalesce(constituency_id, 0) = ? AND coalesce(station_id, 0) = ? AND voided_at IS NULL",
			e.ID, e.CertificationNumber(), code, constituencyID, stationID).
		Update("voided_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("results: void reason: %w", err)
	}
	return nil
}
