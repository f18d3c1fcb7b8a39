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

// recordAddress remembers that an account has signed in from an address.
func recordAddress(tx *database.Tx, id int64, address string, now time.Time) error {
	seen := addressRow{UserID: id, Address: address, LastAt: now.UnixMilli()}
	if err := tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(&seen).Error; err != nil {
		return fmt.Errorf("auth: record sign-in: %w", err)
	}
	return nil
}

// knownAddress reports whether an account has signed in from an address before.
func knownAddress(db database.Source, id int64, address string) (bool, error) {
	var n int64
	err := db.Gorm().Model(&addressRow{}).Where("user_id = ? AND address = ?", id, address).Count(&n).Error
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
