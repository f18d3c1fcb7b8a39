package results

import (
	"fmt"
	"time"

	"urna/elections"
	"urna/internal/database"
)

type lotRow struct {
	ID             int64 `gorm:"primaryKey"`
	ElectionID     int64
	ConstituencyID int64
	Number         int // of the certification
	Seats          int
	Seeded         bool
	Formula        int
	Place          string
	Witnesses      string
	Note           string
	RecordedBy     string
	RecordedAt     int64
}

// TableName names the table.
func (lotRow) TableName() string { return "lots" }

type lotParticipantRow struct {
	LotID         int64 `gorm:"primaryKey;autoIncrement:false"`
	Position      int   `gorm:"primaryKey;autoIncrement:false"`
	ParticipantID int64
	Votes         int64
}

// TableName names the table.
func (lotParticipantRow) TableName() string { return "lot_participants" }

// loadLots returns an election's lots in the order in which they were recorded; none is marked as holding.
func loadLots(tx *database.Tx, electionID int64) ([]Lot, error) {
	lots, err := loadLotsOf(tx, []int64{electionID})
	return lots[electionID], err
}

// loadLotsOf does what loadLots does for each of the elections.
func loadLotsOf(tx *database.Tx, electionIDs []int64) (map[int64][]Lot, error) {
	var rows []lotRow
	if err := tx.Gorm().Where("election_id IN ?", electionIDs).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("results: read lots: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	var drawn []lotParticipantRow
	err := tx.Gorm().Where("lot_id IN (SELECT id FROM lots WHERE election_id IN ?)", electionIDs).Order("lot_id, position").Find(&drawn).Error
	if err != nil {
		return nil, fmt.Errorf("results: read lots: %w", err)
	}
	lots := make(map[int64][]Lot, len(electionIDs))
	for _, r := range rows {
		lot := Lot{
			ID: r.ID, ConstituencyID: r.ConstituencyID, Seats: r.Seats, Seeded: r.Seeded, Formula: r.Formula, Place: r.Place,
			Witnesses: r.Witnesses, Note: r.Note, RecordedBy: r.RecordedBy, RecordedAt: time.UnixMilli(r.RecordedAt),
		}
		for _, d := range drawn {
			if d.LotID == r.ID {
				lot.Participants = append(lot.Participants, d.ParticipantID)
				lot.Votes = append(lot.Votes, d.Votes)
			}
		}
		lots[r.ElectionID] = append(lots[r.ElectionID], lot)
	}
	return lots, nil
}

// insertLot stores a lot and gives it its id.
func insertLot(tx *database.Tx, e *elections.Election, lot *Lot) error {
	row := lotRow{
		ElectionID: e.ID, Number: e.CertificationNumber(), ConstituencyID: lot.ConstituencyID, Seats: lot.Seats, Seeded: lot.Seeded, Formula: lot.Formula, Place: lot.Place,
		Witnesses: lot.Witnesses, Note: lot.Note, RecordedBy: lot.RecordedBy, RecordedAt: lot.RecordedAt.UnixMilli(),
	}
	if err := tx.Gorm().Create(&row).Error; err != nil {
		return fmt.Errorf("results: record lot: %w", err)
	}
	lot.ID = row.ID
	drawn := make([]lotParticipantRow, 0, len(lot.Participants))
	for i, id := range lot.Participants {
		drawn = append(drawn, lotParticipantRow{LotID: row.ID, Position: i + 1, ParticipantID: id, Votes: lot.Votes[i]})
	}
	if err := tx.Gorm().CreateInBatches(drawn, 500).Error; err != nil {
		return fmt.Errorf("results: record lot: %w", err)
	}
	return nil
}

type seedRow struct {
	ElectionID  int64 `gorm:"primaryKey;autoIncrement:false"`
	Commitment  string
	CommittedBy string
	CommittedAt int64
	Seed        *string
	RevealedAt  *int64
}

// TableName names the table.
func (seedRow) TableName() string { return "lot_seeds" }

// loadSeed returns an election's seed phrase, nil where none was committed.
func loadSeed(tx *database.Tx, electionID int64) (*Seed, error) {
	seeds, err := loadSeedsOf(tx, []int64{electionID})
	return seeds[electionID], err
}

// loadSeedsOf returns the seed phrases of those of the elections for which one was committed.
func loadSeedsOf(tx *database.Tx, electionIDs []int64) (map[int64]*Seed, error) {
	var rows []seedRow
	if err := tx.Gorm().Where("election_id IN ?", electionIDs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("results: read seed: %w", err)
	}
	seeds := make(map[int64]*Seed, len(rows))
	for _, r := range rows {
		seed := &Seed{Commitment: r.Commitment, CommittedBy: r.CommittedBy, CommittedAt: time.UnixMilli(r.CommittedAt)}
		if r.Seed != nil && r.RevealedAt != nil {
			revealed := time.UnixMilli(*r.RevealedAt)
			seed.Phrase, seed.RevealedAt = *r.Seed, &revealed
		}
		seeds[r.ElectionID] = seed
	}
	return seeds, nil
}

type lotValueRow struct {
	ID          int64 `gorm:"primaryKey"`
	ElectionID  int64
	Named       string
	Commitment  *string
	CommittedBy string
	CommittedAt int64
	Value       *string
	RevealedBy  *string
	RevealedAt  *int64
}

// TableName names the table.
func (lotValueRow) TableName() string { return "lot_values" }

// loadLotValues returns an election's values in the order in which they were recorded.
func loadLotValues(tx *database.Tx, electionID int64) ([]LotValue, error) {
	values, err := loadLotValuesOf(tx, []int64{electionID})
	return values[electionID], err
}

// loadLotValuesOf does what loadLotValues does for each of the elections.
func loadLotValuesOf(tx *database.Tx, electionIDs []int64) (map[int64][]LotValue, error) {
	var rows []lotValueRow
	if err := tx.Gorm().Where("election_id IN ?", electionIDs).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("results: read values of lots: %w", err)
	}
	values := make(map[int64][]LotValue, len(rows))
	for _, r := range rows {
		v := LotValue{ID: r.ID, Name: r.Named, CommittedBy: r.CommittedBy, CommittedAt: time.UnixMilli(r.CommittedAt)}
		if r.Commitment != nil {
			v.Commitment = *r.Commitment
		}
		if r.Value != nil && r.RevealedBy != nil && r.RevealedAt != nil {
			revealed := time.UnixMilli(*r.RevealedAt)
			v.Value, v.RevealedBy, v.RevealedAt = *r.Value, *r.RevealedBy, &revealed
		}
		values[r.ElectionID] = append(values[r.ElectionID], v)
	}
	return values, nil
}

// saveLotValue stores a value: a new one with the id 0, else in place of the one with its id.
func saveLotValue(tx *database.Tx, electionID int64, v LotValue) error {
	r := lotValueRow{ID: v.ID, ElectionID: electionID, Named: v.Name, CommittedBy: v.CommittedBy, CommittedAt: v.CommittedAt.UnixMilli()}
	if v.Commitment != "" {
		r.Commitment = &v.Commitment
	}
	if v.RevealedAt != nil {
		at := v.RevealedAt.UnixMilli()
		r.Value, r.RevealedBy, r.RevealedAt = &v.Value, &v.RevealedBy, &at
	}
	if err := tx.Gorm().Save(&r).Error; err != nil {
		return fmt.Errorf("results: save value of lots: %w", err)
	}
	return nil
}
