package auth

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"urna/internal/sqlite"
)

// SessionStore keeps browser sessions in a database file of their own. It is the store that
// alexedwards/scs asks for; tokens reach it hashed.
type SessionStore struct {
	db  *sqlite.DB
	now func() time.Time
}

// NewSessionStore returns the store over an open database with the schema sqlite.Sessions.
func NewSessionStore(db *sqlite.DB, now func() time.Time) *SessionStore {
	return &SessionStore{db: db, now: now}
}

type sessionRow struct {
	Token     string `gorm:"primaryKey"`
	Data      []byte
	ExpiresAt int64
}

// TableName names the table.
func (sessionRow) TableName() string { return "sessions" }

// FindCtx returns a session's data; false where it does not exist or has expired.
func (s *SessionStore) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	var rows []sessionRow
	err = s.db.Reader(ctx).Where("token = ? AND expires_at > ?", token, s.now().UnixMilli()).Limit(1).Find(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("auth: find browser session: %w", err)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	return rows[0].Data, true, nil
}

// CommitCtx stores a session until its expiry, and removes those that have expired.
func (s *SessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	err := s.db.Write(ctx, func(tx *sqlite.Tx) error {
		if err := tx.Gorm().Where("expires_at <= ?", s.now().UnixMilli()).Delete(&sessionRow{}).Error; err != nil {
			return err
		}
		row := sessionRow{Token: token, Data: data, ExpiresAt: expiry.UnixMilli()}
		return tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("auth: store browser session: %w", err)
	}
	return nil
}

// DeleteCtx removes a session; one that does not exist is no error.
func (s *SessionStore) DeleteCtx(ctx context.Context, token string) error {
	err := s.db.Write(ctx, func(tx *sqlite.Tx) error {
		return tx.Gorm().Where("token = ?", token).Delete(&sessionRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("auth: remove browser session: %w", err)
	}
	return nil
}

// Find is FindCtx without a context, which scs never calls where FindCtx is there.
func (s *SessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context, which scs never calls where CommitCtx is there.
func (s *SessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context, which scs never calls where DeleteCtx is there.
func (s *SessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
