package elections

import (
	"encoding/json"
	"fmt"
	"time"

	"urna/internal/database"
	"urna/internal/text/strictjson"
)

type correctionRow struct {
	ID          int64 `gorm:"primaryKey"`
	ElectionID  int64
	Number      int
	Reason      string
	OrderedBy   string
	Figures     string
	OpenedBy    string
	ApprovedBy  string
	OpenedAt    int64
	EndedAt     *int64
	EndReason   string
	EndedBy     string
	CertifiedAt *int64
}

// TableName names the table.
func (correctionRow) TableName() string { return "corrections" }

type correctedRow struct {
	ElectionID     int64 `gorm:"primaryKey;autoIncrement:false"`
	Number         int   `gorm:"primaryKey;autoIncrement:false"`
	Place          int64 `gorm:"primaryKey;autoIncrement:false"`
	StationID      *int64
	ConstituencyID int64
	Act            string
	Was            string
}

// TableName names the table.
func (correctedRow) TableName() string { return "correction_stations" }

type annulledOnlineRow struct {
	ElectionID     int64 `gorm:"primaryKey;autoIncrement:false"`
	Number         int   `gorm:"primaryKey;autoIncrement:false"`
	ConstituencyID int64 `gorm:"primaryKey;autoIncrement:false"`
	Votes          int64
}

// TableName names the table.
func (annulledOnlineRow) TableName() string { return "annulled_online_votes" }

// insertCorrection stores a correction, and gives it its id. What it names is stored before it: the database adds nothing
// to a correction that is there. online has the online votes of the constituencies whose votes it annuls.
func insertCorrection(tx *database.Tx, c *Correction, online map[int64]int64) error {
	stations := make([]correctedRow, 0, len(c.Stations))
	for _, s := range c.Stations {
		was, err := json.Marshal(s.Was)
		if err != nil {
			return fmt.Errorf("elections: open a correction: %w", err)
		}
		row := correctedRow{
			ElectionID: c.ElectionID, Number: c.Number, Place: -s.ConstituencyID, ConstituencyID: s.ConstituencyID, Act: string(s.Act), Was: string(was),
		}
		if s.StationID != 0 {
			row.Place, row.StationID = s.StationID, &s.StationID
		}
		stations = append(stations, row)
	}
	if err := tx.Gorm().CreateInBatches(stations, 500).Error; err != nil {
		return fmt.Errorf("elections: name the stations of a correction: %w", err)
	}
	for _, id := range c.Constituencies {
		row := annulledOnlineRow{ElectionID: c.ElectionID, Number: c.Number, ConstituencyID: id, Votes: online[id]}
		if err := tx.Gorm().Create(&row).Error; err != nil {
			return fmt.Errorf("elections: annul online votes: %w", err)
		}
	}
	row := correctionRow{
		ElectionID: c.ElectionID, Number: c.Number, Reason: c.Reason, OrderedBy: c.OrderedBy, Figures: c.Figures, OpenedBy: c.OpenedBy,
		ApprovedBy: c.ApprovedBy, OpenedAt: c.OpenedAt.UnixMilli(),
	}
	if err := tx.Gorm().Create(&row).Error; err != nil {
		return fmt.Errorf("elections: open a correction: %w", err)
	}
	c.ID = row.ID
	return nil
}

func endCorrection(tx *database.Tx, id int64, at time.Time, by, reason string) error {
	err := tx.Gorm().Model(&correctionRow{ID: id}).
		Updates(map[string]any{"ended_at": at.UnixMilli(), "ended_by": by, "end_reason": reason}).Error
	if err != nil {
		return fmt.Errorf("elections: end a correction: %w", err)
	}
	return nil
}

// certifyCorrection closes the correction that led to the certification with a number.
func certifyCorrection(tx *database.Tx, electionID int64, number int, at int64) error {
	err := tx.Gorm().Model(&correctionRow{}).Where("election_id = ? AND number = ?", electionID, number).Update("certified_at", at).Error
	if err != nil {
		return fmt.Errorf("elections: certify a correction: %w", err)
	}
	return nil
}

// lastCorrection returns the number of an election's last correction, 0 if it has none.
func lastCorrection(db database.Source, electionID int64) (number int, err error) {
	err = db.Gorm().Model(&correctionRow{}).Where("election_id = ?", electionID).Select("coalesce(max(number), 0)").Scan(&number).Error
	if err != nil {
		return 0, fmt.Errorf("elections: read corrections: %w", err)
	}
	return number, nil
}

// lastCorrections returns the corrections that did not end without a change, of each election the last one behind the
// others; id 0 is all elections.
func lastCorrections(db database.Source, id int64) (rows []correctionRow, err error) {
	query := db.Gorm().Where("ended_at IS NULL").Order("number")
	if id != 0 {
		query = query.Where("election_id = ?", id)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read corrections: %w", err)
	}
	return rows, nil
}

func correctionWith(db database.Source, electionID int64, number int) (*Correction, error) {
	found, err := loadCorrections(db, electionID, number)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNoCorrection
	}
	return &found[0], nil
}

// loadCorrections reads the corrections of an election, oldest first; number 0 is all of them.
func loadCorrections(db database.Source, electionID int64, number int) ([]Correction, error) {
	var rows []correctionRow
	var stations []correctedRow
	var online []annulledOnlineRow
	for _, into := range []any{&rows, &stations, &online} {
		query := db.Gorm().Where("election_id = ?", electionID).Order("number")
		if number != 0 {
			query = query.Where("number = ?", number)
		}
		switch into {
		case any(&stations):
			query = query.Order("constituency_id, place")
		case any(&online):
			query = query.Order("constituency_id")
		}
		if err := query.Find(into).Error; err != nil {
			return nil, fmt.Errorf("elections: read corrections: %w", err)
		}
	}
	all := make([]Correction, 0, len(rows))
	of := make(map[int]*Correction, len(rows))
	for _, r := range rows {
		all = append(all, Correction{
			ID: r.ID, ElectionID: r.ElectionID, Number: r.Number, Reason: r.Reason, OrderedBy: r.OrderedBy, Figures: r.Figures,
			OpenedBy: r.OpenedBy, ApprovedBy: r.ApprovedBy, OpenedAt: time.UnixMilli(r.OpenedAt), EndedAt: instant(r.EndedAt),
			EndedBy: r.EndedBy, EndReason: r.EndReason, CertifiedAt: instant(r.CertifiedAt),
		})
		of[r.Number] = &all[len(all)-1]
	}
	for _, r := range stations {
		station := CorrectedStation{ConstituencyID: r.ConstituencyID, Act: CorrectionAct(r.Act)}
		if r.StationID != nil {
			station.StationID = *r.StationID
		}
		if err := strictjson.UnmarshalStored([]byte(r.Was), &station.Was); err != nil {
			return nil, fmt.Errorf("elections: read the count of a corrected station: %w", err)
		}
		if c := of[r.Number]; c != nil {
			c.Stations = append(c.Stations, station)
		}
	}
	for _, r := range online {
		if c := of[r.Number]; c != nil {
			c.Constituencies = append(c.Constituencies, r.ConstituencyID)
		}
	}
	return all, nil
}

// correctionAct returns what the open correction of an election orders for a place, or ErrNotReopened.
func correctionAct(db database.Source, e *Election, constituencyID, stationID int64) (CorrectionAct, error) {
	if !e.Correcting {
		return "", ErrNotReopened
	}
	place := stationID
	if stationID == 0 {
		place = -constituencyID
	}
	var rows []correctedRow
	err := db.Gorm().Where("election_id = ? AND number = ? AND place = ? AND constituency_id = ?", e.ID, e.Correction, place, constituencyID).
		Find(&rows).Error
	if err != nil {
		return "", fmt.Errorf("elections: read a corrected station: %w", err)
	}
	if len(rows) == 0 {
		return "", ErrNotReopened
	}
	return CorrectionAct(rows[0].Act), nil
}
