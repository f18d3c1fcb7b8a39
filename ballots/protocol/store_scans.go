package protocol

import (
	"fmt"

	"urna/internal/database"
)

type scanRow struct {
	ID             int64 `gorm:"primaryKey"`
	ElectionID     int64
	ConstituencyID int64
	StationID      int64
	SHA256         []byte `gorm:"column:sha256"`
	Bytes          int64
	MediaType      string
	FileName       string
	OfficialID     int64
	OfficialName   string
	AttachedAt     int64
}

// TableName names the table.
func (scanRow) TableName() string { return "protocol_scans" }

func insertScan(tx *database.Tx, r *scanRow) error {
	return wrap("insert a scan", tx.Gorm().Create(r).Error)
}

// scansOf returns the scans of a station, the oldest first.
func scansOf(db database.Source, stationID int64) (scans []Scan, err error) {
	rows, err := all[scanRow](db.Gorm().Where("station_id = ?", stationID).Order("id"))
	for i := range rows {
		scans = append(scans, rows[i].scan())
	}
	return scans, err
}

// scansOfElection returns the scans of an election by station, the oldest first.
func scansOfElection(db database.Source, electionID int64) (map[int64][]scanRow, error) {
	rows, err := all[scanRow](db.Gorm().Where("election_id = ?", electionID).Order("id"))
	found := map[int64][]scanRow{}
	for _, r := range rows {
		found[r.StationID] = append(found[r.StationID], r)
	}
	return found, err
}

// countScans returns how many scans stations have.
func countScans(db database.Source, stationIDs []int64) (map[int64]int, error) {
	type counted struct {
		StationID int64
		Scans     int
	}
	rows, err := someAtOnce(stationIDs, func(some []int64) (rows []counted, err error) {
		err = db.Gorm().Model(&scanRow{}).Select("station_id, count(*) AS scans").Where("station_id IN ?", some).Group("station_id").Find(&rows).Error
		return rows, err
	})
	if err != nil {
		return nil, fmt.Errorf("protocol: count scans: %w", err)
	}
	counts := map[int64]int{}
	for _, r := range rows {
		counts[r.StationID] = r.Scans
	}
	return counts, nil
}

// findScan returns a scan of a station, or nil.
func findScan(db database.Source, stationID, id int64) (*scanRow, error) {
	return one[scanRow](db.Gorm().Where("id = ? AND station_id = ?", id, stationID))
}

// scanBytes returns how many bytes of scans an account has attached.
func scanBytes(db database.Source, account int64) (n int64, err error) {
	err = db.Gorm().Model(&scanRow{}).Select("coalesce(sum(bytes), 0)").Where("official_id = ?", account).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("protocol: add up scans: %w", err)
	}
	return n, nil
}

// allScans returns all scans, the oldest first.
func allScans(db database.Source) ([]scanRow, error) { return all[scanRow](db.Gorm().Order("id")) }
