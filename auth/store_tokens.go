package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"urna/internal/database"
)

// familyRow is a row of token_families: one sign-in of an API client.
type familyRow struct {
	ID        string `gorm:"primaryKey"`
	UserID    int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	RevokedAt *int64
}

// TableName names the table.
func (familyRow) TableName() string { return "token_families" }

// refreshRow is a row of refresh_tokens: a refresh token and the access token that was issued with it.
type refreshRow struct {
	Hash         []byte `gorm:"primaryKey"`
	FamilyID     string
	ExpiresAt    int64
	UsedAt       *int64
	UsedFrom     string  // the address of the first use
	Replaces     []byte  // the hash of the refresh token that this one was given for; nil at a sign-in
	AccessID     *string // the access token's id; nil in tokens of earlier versions
	AccessUsedAt *int64  // the access token's first use, recorded only while it matters
	EndedAt      *int64  // another pair took its place
}

// issuedAt returns when the pair was issued.
func (r refreshRow) issuedAt() time.Time { return time.UnixMilli(r.ExpiresAt).Add(-refreshLifetime) }

// TableName names the table.
func (refreshRow) TableName() string { return "refresh_tokens" }

// activeFamily returns the user of a token family that was not revoked and whose account is active.
func activeFamily(ctx context.Context, db database.Source, family string) (userRow, error) {
	var r userRow
	err := queryUsers(db).WithContext(ctx).
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
func revokeFamilies(tx *database.Tx, now time.Time, condition string, value any) error {
	err := tx.Gorm().Model(&familyRow{}).Where("revoked_at IS NULL AND "+condition, value).
		Update("revoked_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("auth: revoke tokens: %w", err)
	}
	return nil
}

// findRefreshToken returns a family's refresh token by its hash, or ErrToken.
func findRefreshToken(tx *database.Tx, hash []byte, family string) (refreshRow, error) {
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

func insertFamily(tx *database.Tx, r *familyRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("auth: begin token family: %w", err)
	}
	return nil
}

func insertRefreshToken(tx *database.Tx, r *refreshRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("auth: store refresh token: %w", err)
	}
	return nil
}

// saveRefreshToken stores the changes of a refresh token.
func saveRefreshToken(tx *database.Tx, r refreshRow) error {
	if err := tx.Gorm().Save(&r).Error; err != nil {
		return fmt.Errorf("auth: store refresh token: %w", err)
	}
	return nil
}

// findPair returns the pair of an access token, without a hash if none is stored: the access tokens of earlier
// versions and those of the EPMS contract's refresh belong to none.
func findPair(db database.Source, accessID string) (refreshRow, error) {
	return firstRefreshToken(db.Gorm().Where("access_id = ?", accessID))
}

// findSuccessor returns the active pair that replaced a used refresh token, without a hash if none exists.
func findSuccessor(tx *database.Tx, hash []byte) (refreshRow, error) {
	return firstRefreshToken(tx.Gorm().Where("replaces = ? AND ended_at IS NULL", hash))
}

func firstRefreshToken(query *gorm.DB) (refreshRow, error) {
	var rows []refreshRow
	if err := query.Limit(1).Find(&rows).Error; err != nil {
		return refreshRow{}, fmt.Errorf("auth: find refresh token: %w", err)
	}
	if len(rows) == 0 {
		return refreshRow{}, nil
	}
	return rows[0], nil
}

// EndAllTokens ends the tokens of all accounts. Browser sessions have a file of their own.
func EndAllTokens(tx *database.Tx, now time.Time) error {
	if err := tx.Gorm().Model(&familyRow{}).Where("revoked_at IS NULL").Update("revoked_at", now.UnixMilli()).Error; err != nil {
		return fmt.Errorf("auth: end all tokens: %w", err)
	}
	return nil
}
