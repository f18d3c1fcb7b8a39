package auth

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

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

// stationPlaceRow is a row of account_stations.
type stationPlaceRow struct {
	UserID    int64 `gorm:"primaryKey;autoIncrement:false"`
	StationID int64 `gorm:"primaryKey;autoIncrement:false"`
	GivenAt   int64
}

// TableName names the table.
func (stationPlaceRow) TableName() string { return "account_stations" }

// electionRow is a row of account_elections.
type electionRow struct {
	UserID     int64 `gorm:"primaryKey;autoIncrement:false"`
	ElectionID int64 `gorm:"primaryKey;autoIncrement:false"`
	GivenAt    int64
}

// TableName names the table.
func (electionRow) TableName() string { return "account_elections" }

// placesAtOnce bounds the rows of one statement.
const placesAtOnce = 400

// findPlaces returns the places of the account with the id, or of all accounts if it is 0.
func findPlaces(db database.Source, id int64) (map[int64][]Place, error) {
	of := func(tx *gorm.DB) *gorm.DB {
		if id != 0 {
			tx = tx.Where("user_id = ?", id)
		}
		return tx
	}
	var rows []placeRow
	if err := db.Gorm().Scopes(of).Order("user_id, constituency_id").Find(&rows).Error; err != nil {
		return nil, wrapPlaces(err)
	}
	var stations []stationPlaceRow
	if err := db.Gorm().Scopes(of).Order("user_id, station_id").Find(&stations).Error; err != nil {
		return nil, wrapPlaces(err)
	}
	var observed []electionRow
	if err := db.Gorm().Scopes(of).Order("user_id, election_id").Find(&observed).Error; err != nil {
		return nil, wrapPlaces(err)
	}
	found := map[int64][]Place{}
	for _, r := range rows {
		found[r.UserID] = append(found[r.UserID], Place{ConstituencyID: r.ConstituencyID})
	}
	for _, r := range stations {
		found[r.UserID] = append(found[r.UserID], Place{StationID: r.StationID})
	}
	for _, r := range observed {
		found[r.UserID] = append(found[r.UserID], Place{ElectionID: r.ElectionID})
	}
	return found, nil
}

// placesOf returns the places of an account, in their order.
func placesOf(db database.Source, id int64) ([]Place, error) {
	found, err := findPlaces(db, id)
	return found[id], err
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

// accountsOfStations returns the accounts that have one of the polling stations.
func accountsOfStations(db database.Source, stations []int64) (ids []int64, err error) {
	for some := range slices.Chunk(stations, placesAtOnce) {
		var found []int64
		if err := db.Gorm().Model(&stationPlaceRow{}).Where("station_id IN ?", some).Distinct().Pluck("user_id", &found).Error; err != nil {
			return nil, wrapPlaces(err)
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// replacePlaces makes the places of an account the wanted ones; those that it keeps stay as they are.
func replacePlaces(tx *database.Tx, id int64, before, want []Place, now time.Time) error {
	had, wanted := setOf(before), setOf(want)
	var gone, goneStations, goneElections []int64
	for _, place := range before {
		switch {
		case wanted[place]:
		case place.ElectionID != 0:
			goneElections = append(goneElections, place.ElectionID)
		case place.StationID != 0:
			goneStations = append(goneStations, place.StationID)
		default:
			gone = append(gone, place.ConstituencyID)
		}
	}
	for some := range slices.Chunk(gone, placesAtOnce) {
		if err := tx.Gorm().Where("user_id = ? AND constituency_id IN ?", id, some).Delete(&placeRow{}).Error; err != nil {
			return fmt.Errorf("auth: remove places: %w", err)
		}
	}
	for some := range slices.Chunk(goneStations, placesAtOnce) {
		if err := tx.Gorm().Where("user_id = ? AND station_id IN ?", id, some).Delete(&stationPlaceRow{}).Error; err != nil {
			return fmt.Errorf("auth: remove places: %w", err)
		}
	}
	for some := range slices.Chunk(goneElections, placesAtOnce) {
		if err := tx.Gorm().Where("user_id = ? AND election_id IN ?", id, some).Delete(&electionRow{}).Error; err != nil {
			return fmt.Errorf("auth: remove places: %w", err)
		}
	}
	return givePlaceRows(tx, id, had, want, now)
}

// givePlaceRows inserts the places that an account does not have.
func givePlaceRows(tx *database.Tx, id int64, had map[Place]bool, want []Place, now time.Time) error {
	var rows []placeRow
	var stations []stationPlaceRow
	var observed []electionRow
	for _, place := range want {
		switch {
		case had[place]:
		case place.ElectionID != 0:
			observed = append(observed, electionRow{UserID: id, ElectionID: place.ElectionID, GivenAt: now.UnixMilli()})
		case place.StationID != 0:
			stations = append(stations, stationPlaceRow{UserID: id, StationID: place.StationID, GivenAt: now.UnixMilli()})
		default:
			rows = append(rows, placeRow{UserID: id, ConstituencyID: place.ConstituencyID, GivenAt: now.UnixMilli()})
		}
	}
	if len(rows) > 0 {
		if err := tx.Gorm().CreateInBatches(rows, placesAtOnce/2).Error; err != nil {
			return fmt.Errorf("auth: give places: %w", err)
		}
	}
	if len(stations) > 0 {
		if err := tx.Gorm().CreateInBatches(stations, placesAtOnce/2).Error; err != nil {
			return fmt.Errorf("auth: give places: %w", err)
		}
	}
	if len(observed) > 0 {
		if err := tx.Gorm().CreateInBatches(observed, placesAtOnce/2).Error; err != nil {
			return fmt.Errorf("auth: give places: %w", err)
		}
	}
	return nil
}

func setOf(places []Place) map[Place]bool {
	set := make(map[Place]bool, len(places))
	for _, place := range places {
		set[place] = true
	}
	return set
}

// dropPlaces removes all places of an account.
func dropPlaces(tx *database.Tx, id int64) error {
	err := tx.Gorm().Where("user_id = ?", id).Delete(&placeRow{}).Error
	if err == nil {
		err = tx.Gorm().Where("user_id = ?", id).Delete(&stationPlaceRow{}).Error
	}
	if err == nil {
		err = tx.Gorm().Where("user_id = ?", id).Delete(&electionRow{}).Error
	}
	if err != nil {
		return fmt.Errorf("auth: remove places: %w", err)
	}
	return nil
}

// MayUpload reports, as a transaction sees it, whether the places of an account allow an upload for a constituency, or
// for a polling station of it, 0 for none. A command on the machine has no account and no bound.
func MayUpload(tx *database.Tx, account, constituency, station int64) (bool, error) {
	may, err := Reach(tx, account)
	return err == nil && may(constituency, station), err
}

// Reach is MayUpload for many places: it reads the places of an account once. An observer uploads nowhere.
func Reach(tx *database.Tx, account int64) (mayUpload func(constituency, station int64) bool, err error) {
	var of userRow
	err = tx.Gorm().Select("role", "bound_to_places").Where("id = ?", account).Limit(1).Find(&of).Error
	switch {
	case err != nil || of.Role == string(Observer):
		return func(int64, int64) bool { return false }, wrapPlaces(err)
	case !of.BoundToPlaces:
		return func(int64, int64) bool { return true }, nil
	}
	var rows []placeRow
	var stationRows []stationPlaceRow
	if err = tx.Gorm().Where("user_id = ?", account).Find(&rows).Error; err == nil {
		err = tx.Gorm().Where("user_id = ?", account).Find(&stationRows).Error
	}
	constituencies, stations := map[int64]bool{}, map[int64]bool{}
	for _, r := range rows {
		constituencies[r.ConstituencyID] = true
	}
	for _, r := range stationRows {
		stations[r.StationID] = true
	}
	return func(constituency, station int64) bool { return constituencies[constituency] || stations[station] }, wrapPlaces(err)
}

func wrapPlaces(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("auth: read places: %w", err)
}
