package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"urna/internal/database"
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
	BoundToPlaces      bool
	WaitingSince       *int64

	// Passkeys is the number of the account's passkeys, which queryUsers counts.
	Passkeys int64 `gorm:"->"`
}

// TableName names the table.
func (userRow) TableName() string { return "users" }

func (r userRow) user() User {
	u := User{
		ID: r.ID, Email: r.Email, Forename: r.Forename, Surname: r.Surname, Role: Role(r.Role),
		Disabled: r.DisabledAt != nil, CreatedAt: time.UnixMilli(r.CreatedAt),
		MustChangePassword: r.MustChangePassword, SecondFactor: r.hasFactor(), Authenticator: r.TOTPEnabledAt != nil, Passkeys: int(r.Passkeys), SessionEpoch: r.SessionEpoch,
		Bound: r.BoundToPlaces, Waiting: r.WaitingSince != nil,
	}
	if r.JMBG != nil {
		u.JMBG = *r.JMBG
	}
	return u
}

// queryUsers returns a query of accounts with the number of their passkeys.
func queryUsers(db database.Source) *gorm.DB {
	return db.Gorm().Model(&userRow{}).
		Select("users.*, (SELECT count(*) FROM passkeys WHERE passkeys.user_id = users.id) AS passkeys")
}

// findUser returns the first user that the condition holds for and who was not deleted, or
// ErrUnknownUser.
func findUser(db database.Source, condition string, value any) (userRow, error) {
	var r userRow
	err := queryUsers(db).Where("deleted_at IS NULL AND "+condition, value).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return userRow{}, ErrUnknownUser
	}
	if err != nil {
		return userRow{}, fmt.Errorf("auth: find user: %w", err)
	}
	return r, nil
}

// findByEmail returns the user with an e-mail, or ErrUnknownUser: the one that has it to the letter; else the one that
// differs by the case of ASCII letters, which was all that counted once; else the first with the same emailKey.
func findByEmail(db database.Source, email string) (userRow, error) {
	email, key := strings.TrimSpace(email), emailKey(email)
	var rows, others []userRow
	if err := queryUsers(db).Where("deleted_at IS NULL AND email IN (?, ?)", email, key).Order("id").Find(&rows).Error; err != nil {
		return userRow{}, fmt.Errorf("auth: find user: %w", err)
	}
	// NOCASE, the collation of the column, knows the case of ASCII letters alone.
	otherLetters := database.DialectOf(db).BeyondASCII("email")
	if err := queryUsers(db).Where("deleted_at IS NULL AND " + otherLetters).Order("email").Find(&others).Error; err != nil {
		return userRow{}, fmt.Errorf("auth: find user: %w", err)
	}
	rows = append(rows, others...)
	for _, same := range []func(string) bool{
		func(other string) bool { return other == email },
		func(other string) bool { return asciiLower(other) == asciiLower(email) },
		func(other string) bool { return emailKey(other) == key },
	} {
		for _, r := range rows {
			if same(r.Email) {
				return r, nil
			}
		}
	}
	return userRow{}, ErrUnknownUser
}

// asciiLower folds case as SQLite's NOCASE does.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func allUsers(db database.Source) ([]User, error) {
	var rows []userRow
	if err := queryUsers(db).Where("deleted_at IS NULL").Order("surname COLLATE NOCASE, forename COLLATE NOCASE, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("auth: list users: %w", err)
	}
	users := make([]User, 0, len(rows))
	for _, r := range rows {
		users = append(users, r.user())
	}
	return users, nil
}

// refuseTaken returns which of the row's unique fields another account has already.
func refuseTaken(tx *database.Tx, r userRow) error {
	other, err := findByEmail(tx, r.Email)
	switch {
	case err == nil && other.ID != r.ID:
		return ErrEmailTaken
	case err != nil && !errors.Is(err, ErrUnknownUser):
		return err
	}
	if r.JMBG == nil {
		return nil
	}
	other, err = findUser(tx, "jmbg = ?", *r.JMBG)
	switch {
	case err == nil && other.ID != r.ID:
		return ErrJMBGTaken
	case err != nil && !errors.Is(err, ErrUnknownUser):
		return err
	}
	return nil
}

func insertUser(tx *database.Tx, r *userRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("auth: add user: %w", err)
	}
	return nil
}

// saveUser stores the changes of an account.
func saveUser(tx *database.Tx, r *userRow) error {
	if err := tx.Gorm().Save(r).Error; err != nil {
		return fmt.Errorf("auth: store user: %w", err)
	}
	return nil
}

// replaceHash stores another hash of the password that an account has, unless it has another one by now.
func replaceHash(tx *database.Tx, r userRow, fresh string) error {
	err := tx.Gorm().Model(&userRow{}).Where("id = ? AND password_hash = ?", r.ID, r.PasswordHash).Update("password_hash", fresh).Error
	if err != nil {
		return fmt.Errorf("auth: replace password hash: %w", err)
	}
	return nil
}

// otherAdministrators counts the active administrators beside one user.
func otherAdministrators(tx *database.Tx, id int64) (int64, error) {
	var n int64
	err := tx.Gorm().Model(&userRow{}).
		Where("role = ? AND disabled_at IS NULL AND deleted_at IS NULL AND id <> ?", string(Administrator), id).Count(&n).Error
	return n, err
}

// CountAdministrators counts, as a transaction sees them, the administrators who can sign in.
func CountAdministrators(tx *database.Tx) (int, error) {
	n, err := otherAdministrators(tx, 0)
	if err != nil {
		return 0, fmt.Errorf("auth: count administrators: %w", err)
	}
	return int(n), nil
}

// HasAccounts reports whether a database has accounts, deleted ones included.
func HasAccounts(ctx context.Context, db *database.DB) (bool, error) {
	var n int64
	if err := db.Reader(ctx).Gorm().Model(&userRow{}).Limit(1).Count(&n).Error; err != nil {
		return false, fmt.Errorf("auth: count accounts: %w", err)
	}
	return n > 0, nil
}

// countWaiting counts the registered accounts that wait for an administrator.
func countWaiting(db database.Source) (n int64, err error) {
	if err := db.Gorm().Model(&userRow{}).Where("waiting_since IS NOT NULL AND deleted_at IS NULL").Count(&n).Error; err != nil {
		return 0, fmt.Errorf("auth: count waiting accounts: %w", err)
	}
	return n, nil
}
