package auth

import (
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"urna/internal/database"
)

// addressRow is an address from which an account has signed in.
type addressRow struct {
	UserID  int64  `gorm:"primaryKey;autoIncrement:false"`
	Address string `gorm:"primaryKey"`
	LastAt  int64
}

// TableName names the table.
func (addressRow) TableName() string { return "sign_in_addresses" }

// mostAddresses is how many places an account keeps: those of its last sign-ins.
const mostAddresses = 50

// recordAddress remembers that an account has signed in from the place of an address, and forgets the oldest places.
func recordAddress(tx *database.Tx, id int64, from string, now time.Time) error {
	seen := addressRow{UserID: id, Address: place(from), LastAt: now.UnixMilli()}
	err := tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(&seen).Error
	if err == nil {
		kept := tx.Gorm().Model(&addressRow{}).Select("address").Where("user_id = ?", id).Order("last_at DESC, address").Limit(mostAddresses)
		err = tx.Gorm().Where("user_id = ? AND address NOT IN (?)", id, kept).Delete(&addressRow{}).Error
	}
	if err != nil {
		return fmt.Errorf("auth: record sign-in: %w", err)
	}
	return nil
}

// knownAddress reports whether an account has signed in from the place of an address before. Earlier versions stored
// IPv6 addresses as they were.
func knownAddress(db database.Source, id int64, from string) (bool, error) {
	var n int64
	err := db.Gorm().Model(&addressRow{}).Where("user_id = ? AND address IN ?", id, []string{place(from), from}).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("auth: read sign-in addresses: %w", err)
	}
	return n > 0, nil
}

// familiarAddress reports whether any account that is not disabled has signed in from the place of an address since an
// instant.
func familiarAddress(db database.Source, from string, since time.Time) (bool, error) {
	var n int64
	err := db.Gorm().Model(&addressRow{}).Joins("JOIN users ON users.id = sign_in_addresses.user_id").
		Where("sign_in_addresses.address IN ? AND sign_in_addresses.last_at >= ? AND users.disabled_at IS NULL",
			[]string{place(from), from}, since.UnixMilli()).
		Limit(1).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("auth: read sign-in addresses: %w", err)
	}
	return n > 0, nil
}

func dropAddresses(tx *database.Tx, id int64) error {
	if err := tx.Gorm().Where("user_id = ?", id).Delete(&addressRow{}).Error; err != nil {
		return fmt.Errorf("auth: drop sign-in addresses: %w", err)
	}
	return nil
}

// setupRow is a one-time setup link.
type setupRow struct {
	Hash      []byte `gorm:"primaryKey"`
	CreatedAt int64  `gorm:"autoCreateTime:false"`
}

// TableName names the table.
func (setupRow) TableName() string { return "setup_links" }

// replaceSetupLink makes a link the only one.
func replaceSetupLink(tx *database.Tx, hash []byte, now time.Time) error {
	if err := dropSetupLinks(tx); err != nil {
		return err
	}
	if err := tx.Gorm().Create(&setupRow{Hash: hash, CreatedAt: now.UnixMilli()}).Error; err != nil {
		return fmt.Errorf("auth: store setup link: %w", err)
	}
	return nil
}

func dropSetupLinks(tx *database.Tx) error {
	if err := tx.Gorm().Where("1 = 1").Delete(&setupRow{}).Error; err != nil {
		return fmt.Errorf("auth: drop setup links: %w", err)
	}
	return nil
}

// setupLinkExists reports whether a link was made after an instant and is not used.
func setupLinkExists(tx *database.Tx, hash []byte, after time.Time) (bool, error) {
	var n int64
	err := tx.Gorm().Model(&setupRow{}).Where("hash = ? AND created_at > ?", hash, after.UnixMilli()).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("auth: find setup link: %w", err)
	}
	return n > 0, nil
}

// refusedRow is the number of refused sign-ins to no account since the last event about them.
type refusedRow struct {
	ID      int64 `gorm:"primaryKey"` // 1
	FirstAt int64
	LastAt  int64
	Count   int64
}

// TableName names the table.
func (refusedRow) TableName() string { return "refused_sign_ins" }

// findRefused returns the row of refused sign-ins; its count is 0 if there is none.
func findRefused(tx *database.Tx) (refusedRow, error) {
	var rows []refusedRow
	if err := tx.Gorm().Limit(1).Find(&rows).Error; err != nil {
		return refusedRow{}, fmt.Errorf("auth: read refused sign-ins: %w", err)
	}
	if len(rows) == 0 {
		return refusedRow{ID: 1}, nil
	}
	return rows[0], nil
}

// saveRefused replaces the row of refused sign-ins.
func saveRefused(tx *database.Tx, r refusedRow) error {
	if err := tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(&r).Error; err != nil {
		return fmt.Errorf("auth: count refused sign-ins: %w", err)
	}
	return nil
}
