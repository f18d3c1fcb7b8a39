package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"urna/internal/sqlite"
)

// userRow is a row of users.
type userRow struct {
	ID           int64 `gorm:"primaryKey"`
	Email        string
	Forename     string
	Surname      string
	JMBG         *string
	Role         string
	PasswordHash string
	DisabledAt   *int64
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	DeletedAt    *int64

	MustChangePassword bool
	SessionEpoch       int64
	TOTPSecret         []byte `gorm:"column:totp_secret"`
	TOTPEnabledAt      *int64 `gorm:"column:totp_enabled_at"`
	TOTPLastStep       int64  `gorm:"column:totp_last_step"`
}

// TableName names the table.
func (userRow) TableName() string { return "users" }

func (r userRow) user() User {
	u := User{
		ID: r.ID, Email: r.Email, Forename: r.Forename, Surname: r.Surname, Role: Role(r.Role),
		Disabled: r.DisabledAt != nil, CreatedAt: time.UnixMilli(r.CreatedAt),
		MustChangePassword: r.MustChangePassword, SecondFactor: r.TOTPEnabledAt != nil, SessionEpoch: r.SessionEpoch,
	}
	if r.JMBG != nil {
		u.JMBG = *r.JMBG
	}
	return u
}

// familyRow is a row of token_families: one sign-in of an API client.
type familyRow struct {
	ID        string `gorm:"primaryKey"`
	UserID    int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	RevokedAt *int64
}

// TableName names the table.
func (familyRow) TableName() string { return "token_families" }

// refreshRow is a row of refresh_tokens.
type refreshRow struct {
	Hash      []byte `gorm:"primaryKey"`
	FamilyID  string
	ExpiresAt int64
	UsedAt    *int64
}

// TableName names the table.
func (refreshRow) TableName() string { return "refresh_tokens" }

// findUser returns the first user that the condition holds for and who was not deleted, or
// ErrUnknownUser.
func findUser(db *gorm.DB, condition string, value any) (userRow, error) {
	var r userRow
	err := db.Where("deleted_at IS NULL AND "+condition, value).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return userRow{}, ErrUnknownUser
	}
	if err != nil {
		return userRow{}, fmt.Errorf("auth: find user: %w", err)
	}
	return r, nil
}

func allUsers(db *gorm.DB) ([]User, error) {
	var rows []userRow
	if err := db.Where("deleted_at IS NULL").Order("surname COLLATE NOCASE, forename COLLATE NOCASE, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("auth: list users: %w", err)
	}
	users := make([]User, 0, len(rows))
	for _, r := range rows {
		users = append(users, r.user())
	}
	return users, nil
}

// refuseTaken returns which of the row's unique fields another account has already.
func refuseTaken(tx *sqlite.Tx, r userRow) error {
	other, err := findUser(tx.Gorm(), "email = ? COLLATE NOCASE", r.Email)
	switch {
	case err == nil && other.ID != r.ID:
		return ErrEmailTaken
	case err != nil && !errors.Is(err, ErrUnknownUser):
		return err
	}
	if r.JMBG == nil {
		return nil
	}
	other, err = findUser(tx.Gorm(), "jmbg = ?", *r.JMBG)
	switch {
	case err == nil && other.ID != r.ID:
		return ErrJMBGTaken
	case err != nil && !errors.Is(err, ErrUnknownUser):
		return err
	}
	return nil
}

// otherAdministrators counts the active administrators beside one user.
func otherAdministrators(tx *sqlite.Tx, id int64) (int64, error) {
	var n int64
	err := tx.Gorm().Model(&userRow{}).
		Where("role = ? AND disabled_at IS NULL AND deleted_at IS NULL AND id <> ?", string(Administrator), id).Count(&n).Error
	return n, err
}

// activeFamily returns the user of a token family that was not revoked and whose account stands.
func activeFamily(ctx context.Context, db *gorm.DB, family string) (userRow, error) {
	var r userRow
	err := db.WithContext(ctx).
		Joins("JOIN token_families ON token_families.user_id = users.id").
		Where("token_families.id = ? AND token_families.revoked_at IS NULL AND users.disabled_at IS NULL AND users.deleted_at IS NULL", family).
		Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return userRow{}, ErrToken
	}
	if err != nil {
		return userRow{}, fmt.Errorf("auth: find token family: %w", err)
	}
	return r, nil
}

// revokeFamilies ends the token families that the condition holds for.
func revokeFamilies(tx *sqlite.Tx, now time.Time, condition string, value any) error {
	err := tx.Gorm().Model(&familyRow{}).Where("revoked_at IS NULL AND "+condition, value).
		Update("revoked_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("auth: revoke tokens: %w", err)
	}
	return nil
}

// findRefreshToken returns a family's refresh token by its hash, or ErrToken.
func findRefreshToken(tx *sqlite.Tx, hash []byte, family string) (refreshRow, error) {
	var r refreshRow
	err := tx.Gorm().Where("hash = ? AND family_id = ?", hash, family).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrToken
	}
	if err != nil {
		return r, fmt.Errorf("auth: find refresh token: %w", err)
	}
	return r, nil
}

// CountAdministrators counts, as a transaction sees them, the administrators who can sign in.
func CountAdministrators(tx *sqlite.Tx) (int, error) {
	n, err := otherAdministrators(tx, 0)
	if err != nil {
		return 0, fmt.Errorf("auth: count administrators: %w", err)
	}
	return int(n), nil
}
