package participants

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"urna/internal/database"
	"urna/internal/text"
)

type row struct {
	ID        int64 `gorm:"primaryKey"`
	Name      string
	ShortName string
	Kind      string
	Color     string
	Names     text.Names
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	// CandidateSince is when an election with a candidacy of the participant was first public; nil: none was.
	CandidateSince *int64
}

// TableName names the table.
func (row) TableName() string { return "participants" }

func (r row) participant() Participant {
	return Participant{ID: r.ID, Name: r.Name, ShortName: r.ShortName, Kind: Kind(r.Kind), Color: r.Color, Names: r.Names}
}

// list returns all participants in the order of their names.
func list(db database.Source) ([]Participant, error) {
	var rows []row
	if err := db.Gorm().Order("name COLLATE NOCASE, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("participants: list participants: %w", err)
	}
	found := make([]Participant, 0, len(rows))
	for _, r := range rows {
		found = append(found, r.participant())
	}
	return found, nil
}

func find(db database.Source, id int64) (row, error) {
	var r row
	err := db.Gorm().Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrUnknown
	}
	if err != nil {
		return r, fmt.Errorf("participants: find participant: %w", err)
	}
	return r, nil
}

func insert(tx *database.Tx, r *row) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("participants: create: %w", err)
	}
	return nil
}

func save(tx *database.Tx, r *row) error {
	if err := tx.Gorm().Save(r).Error; err != nil {
		return fmt.Errorf("participants: change: %w", err)
	}
	return nil
}

// idsAtOnce bounds the ids of one statement.
const idsAtOnce = 400

func markCandidates(tx *database.Tx, ids []int64, now time.Time) error {
	for some := range slices.Chunk(ids, idsAtOnce) {
		err := tx.Gorm().Model(&row{}).Where("id IN ? AND candidate_since IS NULL", some).Update("candidate_since", now.UnixMilli()).Error
		if err != nil {
			return fmt.Errorf("participants: mark candidates: %w", err)
		}
	}
	return nil
}

func remove(tx *database.Tx, id int64) error {
	if err := tx.Gorm().Delete(&row{ID: id}).Error; err != nil {
		return fmt.Errorf("participants: delete: %w", err)
	}
	return nil
}
