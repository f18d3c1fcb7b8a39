package auth

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"urna/internal/database"
)

// challengeAct is what a challenge is for. A browser session has one challenge of each act at a time.
type challengeAct string

const (
	toAdd     challengeAct = "add"
	toSignIn  challengeAct = "sign-in"
	toConfirm challengeAct = "confirm"
)

// challengeTime is how long a challenge is good.
const challengeTime = 5 * time.Minute

// challengeRow is a challenge that a passkey is to sign.
type challengeRow struct {
	Session   string `gorm:"primaryKey"`
	Act       string `gorm:"primaryKey"`
	UserID    int64
	Purpose   string
	Data      []byte
	ExpiresAt int64
}

// TableName names the table.
func (challengeRow) TableName() string { return "passkey_challenges" }

// keepChallenge stores a challenge in the place of the session's last one of the same act, and removes those that have
// expired.
func (s *SessionStore) keepChallenge(ctx context.Context, row challengeRow) error {
	now := s.now()
	row.ExpiresAt = now.Add(challengeTime).UnixMilli()
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		if err := tx.Gorm().Where("expires_at <= ?", now.UnixMilli()).Delete(&challengeRow{}).Error; err != nil {
			return err
		}
		return tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("auth: store challenge: %w", err)
	}
	return nil
}

// takeChallenge removes the session's challenge of an act and returns its data, if it is of the account and the purpose
// and has not expired; else ErrPasskeyChallenge. Of several requests at once one gets it.
func (s *SessionStore) takeChallenge(ctx context.Context, session string, act challengeAct, userID int64, purpose string) ([]byte, error) {
	var rows []challengeRow
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		if err := tx.Gorm().Where("session = ? AND act = ?", session, string(act)).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		return tx.Gorm().Delete(&rows[0]).Error
	})
	if err != nil {
		return nil, fmt.Errorf("auth: take challenge: %w", err)
	}
	if len(rows) == 0 || rows[0].UserID != userID || rows[0].Purpose != purpose || rows[0].ExpiresAt <= s.now().UnixMilli() {
		return nil, ErrPasskeyChallenge
	}
	return rows[0].Data, nil
}
