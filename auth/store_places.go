package auth

import (
	"fmt"
	"slices"
	"time"

	"urna/internal/database"
)

// placeRow is a row of account_places.
type placeRow struct {
	UserID         int64 `gorm:"primaryKey;autoIncrement:false"`
	ConstituencyID int64 `gorm:"primaryKey;autoIncrement:false"`
	GivenAt        int64
}

// TableName names the table.
func (placeRow) TableName() string { return "account_places" }

// placesAtOnce bounds the rows of one statement.
const placesAtOnce = 400

// findPlaces returns the places of the account with the id, or of all accounts if it is 0.
func findPlaces(db database.Source, id int64) (map[int64][]Place, error) {
	query := db.Gorm().Order("user_id, constituency_id")
	if id != 0 {
		query = query.Where("user_id = ?", id)
	}
	var rows []placeRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("auth: read places: %w", err)
	}
	found := map[int64][]Place{}
	for _, r := range rows {
		found[r.UserID] = append(found[r.UserID], Place{ConstituencyID: r.ConstituencyID})
	}
	return found, nil
}

// placesOf returns the constituencies of an account's places, in ascending order.
func placesOf(db database.Source, id int64) ([]int64, error) {
	found, err := findPlaces(db, id)
	return idsOf(found[id]), err
}

// accountsOfPlaces returns the accounts that have one of the constituencies.
func accountsOfPlaces(db database.Source, constituencies []int64) (ids []int64, err error) {
	for some := range slices.Chunk(constituencies, placesAtOnce) {
		var found []int64
		if err := db.Gorm().Model(&placeRow{}).Where("constituency_id IN ?", some).Distinct().Pluck("user_id", &found).Error; err != nil {
			return nil, fmt.Errorf("auth: read places: %w", err)
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// replacePlaces makes the places of an account the wanted ones; those that it keeps stay as they are.
func replacePlaces(tx *database.Tx, id int64, before, want []int64, now time.Time) error {
	gone := slices.DeleteFunc(slices.Clone(before), func(c int64) bool { return slices.Contains(want, c) })
	for some := range slices.Chunk(gone, placesAtOnce) {
		if err := tx.Gorm().Where("user_id = ? AND constituency_id IN ?", id, some).Delete(&placeRow{}).Error; err != nil {
			return fmt.Errorf("auth: remove places: %w", err)
		}
	}
	var rows []placeRow
	for _, c := range want {
		if !slices.Contains(before, c) {
			rows = append(rows, placeRow{UserID: id, ConstituencyID: c, GivenAt: now.UnixMilli()})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Gorm().CreateInBatches(rows, placesAtOnce/2).Error; err != nil {
		return fmt.Errorf("auth: give places: %w", err)
	}
	return nil
}

// dropPlaces removes all places of an account.
func dropPlaces(tx *database.Tx, id int64) error {
	if err := tx.Gorm().Where("user_id = ?", id).Delete(&placeRow{}).Error; err != nil {
		return fmt.Errorf("auth: remove places: %w", err)
	}
	return nil
}

// MayUpload reports, as a transaction sees it, whether the places of an account allow an upload for a constituency. A
// command on the machine has no account and no bound.
func MayUpload(tx *database.Tx, account, constituency int64) (bool, error) {
	var bound int64
	err := tx.Gorm().Model(&userRow{}).Where("id = ? AND bound_to_places <> 0", account).Count(&bound).Error
	if err != nil || bound == 0 {
		return err == nil, wrapPlaces(err)
	}
	var given int64
	err = tx.Gorm().Model(&placeRow{}).Where("user_id = ? AND constituency_id = ?", account, constituency).Count(&given).Error
	return given > 0, wrapPlaces(err)
}

func wrapPlaces(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("auth: read places: %w", err)
}
