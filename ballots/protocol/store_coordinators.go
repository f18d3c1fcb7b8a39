package protocol

import (
	"urna/internal/database"
)

type coordinatorRow struct {
	ID             int64 `gorm:"primaryKey"`
	ElectionID     int64
	ConstituencyID *int64 // nil: the whole election
	AccountID      int64
	AccountName    string
	NamedAt        int64
}

// TableName names the table.
func (coordinatorRow) TableName() string { return "protocol_coordinators" }

func (r *coordinatorRow) coordinator() Coordinator {
	c := Coordinator{ID: r.ID, ElectionID: r.ElectionID, AccountID: r.AccountID, Name: r.AccountName}
	if r.ConstituencyID != nil {
		c.ConstituencyID = *r.ConstituencyID
	}
	return c
}

func coordinatorsOf(db database.Source, electionID int64) ([]coordinatorRow, error) {
	return all[coordinatorRow](db.Gorm().Where("election_id = ?", electionID).Order("account_name, account_id, id"))
}

func isCoordinator(db database.Source, electionID, constituencyID, accountID int64) (bool, error) {
	row, err := one[coordinatorRow](db.Gorm().Where(
		"election_id = ? AND account_id = ? AND (constituency_id IS NULL OR constituency_id = ?)", electionID, accountID, constituencyID))
	return row != nil, err
}

func findCoordinator(db database.Source, id int64) (*coordinatorRow, error) {
	return one[coordinatorRow](db.Gorm().Where("id = ?", id))
}

// coordinatorsOfPlaces returns the coordinators of constituencies.
func coordinatorsOfPlaces(db database.Source) ([]coordinatorRow, error) {
	return all[coordinatorRow](db.Gorm().Where("constituency_id IS NOT NULL"))
}

func insertCoordinator(tx *database.Tx, r *coordinatorRow) error {
	return wrap("insert a coordinator", tx.Gorm().Create(r).Error)
}

// moveCoordinator stores another constituency of a coordinator.
func moveCoordinator(tx *database.Tx, r *coordinatorRow) error {
	return wrap("move a coordinator", tx.Gorm().Model(r).Update("constituency_id", r.ConstituencyID).Error)
}

func dropCoordinator(tx *database.Tx, r *coordinatorRow) error {
	return wrap("remove a coordinator", tx.Gorm().Delete(r).Error)
}
