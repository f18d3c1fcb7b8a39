package auth

import (
	"fmt"
	"time"

	"urna/internal/database"
)

type recoveryRow struct {
	UserID int64  `gorm:"primaryKey;autoIncrement:false"`
	Hash   []byte `gorm:"primaryKey"`
	UsedAt *int64
}

// TableName names the table.
func (recoveryRow) TableName() string { return "recovery_codes" }

// storeStep records the time step of the account's last good code, so that no code works twice.
func storeStep(tx *database.Tx, r *userRow, step int64) error {
	r.TOTPLastStep = step
	if err := tx.Gorm().Model(r).Update("totp_last_step", step).Error; err != nil {
		return fmt.Errorf("auth: use code: %w", err)
	}
	return nil
}

func addRecoveryCode(tx *database.Tx, id int64, hash []byte) error {
	if err := tx.Gorm().Create(&recoveryRow{UserID: id, Hash: hash}).Error; err != nil {
		return fmt.Errorf("auth: store recovery code: %w", err)
	}
	return nil
}

func dropRecoveryCodes(tx *database.Tx, id int64) error {
	if err := tx.Gorm().Where("user_id = ?", id).Delete(&recoveryRow{}).Error; err != nil {
		return fmt.Errorf("auth: drop recovery codes: %w", err)
	}
	return nil
}

// useRecoveryCode marks a code as used and reports whether it was good and unused.
func useRecoveryCode(tx *database.Tx, id int64, hash []byte, now time.Time) (bool, error) {
	result := tx.Gorm().Model(&recoveryRow{}).Where("user_id = ? AND hash = ? AND used_at IS NULL", id, hash).
		Update("used_at", now.UnixMilli())
	if result.Error != nil {
		return false, fmt.Errorf("auth: use recovery code: %w", result.Error)
	}
	return result.RowsAffected == 1, nil
}
