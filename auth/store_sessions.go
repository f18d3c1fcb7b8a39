package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
	"gorm.io/gorm/clause"

	"urna/internal/database"
)

// SessionStore keeps browser sessions in a database file of their own. It is the store that
// alexedwards/scs asks for; tokens reach it hashed.
type SessionStore struct {
	db     *database.DB
	now    func() time.Time
	secret []byte
}

// NewSessionStore returns the store over an open database with the schema database.Sessions. Sessions are
// found by a keyed hash of their token: under another secret, the one that signs API tokens, all of them
// are worth nothing.
func NewSessionStore(db *database.DB, now func() time.Time, secret []byte) *SessionStore {
	return &SessionStore{db: db, now: now, secret: secret}
}

// key returns under what a session is stored whose hashed token scs knows.
func (s *SessionStore) key(token string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte("browser session " + token)) // never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

type sessionRow struct {
	Token     string `gorm:"primaryKey"`
	Data      []byte
	ExpiresAt int64
	UserID    int64
}

// TableName names the table.
func (sessionRow) TableName() string { return "sessions" }

// FindCtx returns a session's data; false where it does not exist or has expired.
func (s *SessionStore) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	var rows []sessionRow
	err = s.db.Reader(ctx).Gorm().Where("token = ? AND expires_at > ? AND user_id <> ?", s.key(token), s.now().UnixMilli(), ended).
		Limit(1).Find(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("auth: find browser session: %w", err)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	return rows[0].Data, true, nil
}

// CommitCtx stores a session until its expiry, and removes those that have expired. A session that has
// ended stays ended, even where a request that was under way with it comes later.
func (s *SessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		if err := tx.Gorm().Where("expires_at <= ?", s.now().UnixMilli()).Delete(&sessionRow{}).Error; err != nil {
			return err
		}
		row := sessionRow{Token: s.key(token), Data: data, ExpiresAt: expiry.UnixMilli(), UserID: ownerOf(data)}
		unended := clause.Where{Exprs: []clause.Expression{clause.Neq{Column: "sessions.user_id", Value: ended}}}
		return tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true, Where: unended}).Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("auth: store browser session: %w", err)
	}
	return nil
}

// ended replaces the owner of a session that has ended and not yet expired.
const ended = -1

// DeleteCtx ends a session; one that does not exist is no error.
func (s *SessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.end(ctx, "token = ?", s.key(token))
}

// end empties the sessions that a condition chooses. Their rows stay until they would have expired.
func (s *SessionStore) end(ctx context.Context, condition string, args ...any) error {
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		return tx.Gorm().Model(&sessionRow{}).Where(condition, args...).
			Updates(map[string]any{"data": []byte{}, "user_id": ended}).Error
	})
	if err != nil {
		return fmt.Errorf("auth: end browser session: %w", err)
	}
	return nil
}

// The values of a browser session.
const (
	// SessionUser is the key of the signed-in account's id, an int64.
	SessionUser = "user_id"
	// SessionEpoch is the key of the account's SessionEpoch at sign-in, an int64.
	SessionEpoch = "epoch"
	// SessionSince is the key of the time of the sign-in in Unix milliseconds, an int64.
	SessionSince = "since"
	// SessionFrom is the key of the address that signed in, a string.
	SessionFrom = "from"
	// SessionAgent is the key of the browser's own name for itself, a string.
	SessionAgent = "agent"
)

// ownerOf returns whose a session is, 0 if it is not signed in.
func ownerOf(data []byte) int64 {
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return 0
	}
	id, _ := values[SessionUser].(int64)
	return id
}

// BrowserSession is one sign-in in a browser.
type BrowserSession struct {
	ID    string // identifies the session; it opens nothing
	Since time.Time
	From  string // the address
	Agent string // the browser's own name for itself
	Ends  time.Time
}

// ID returns the ID of the session whose token a browser holds.
func (s *SessionStore) ID(token string) string {
	sum := sha256.Sum256([]byte(token)) // as scs hashes tokens for its store
	return s.key(base64.RawURLEncoding.EncodeToString(sum[:]))
}

// OfUser returns an account's browser sessions of the given epoch, the latest sign-in first.
func (s *SessionStore) OfUser(ctx context.Context, id, epoch int64) ([]BrowserSession, error) {
	var rows []sessionRow
	err := s.db.Reader(ctx).Gorm().Where("user_id = ? AND expires_at > ?", id, s.now().UnixMilli()).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("auth: list browser sessions: %w", err)
	}
	var found []BrowserSession
	for _, r := range rows {
		_, values, err := scs.GobCodec{}.Decode(r.Data)
		if err != nil || values[SessionEpoch] != epoch {
			continue
		}
		since, _ := values[SessionSince].(int64)
		b := BrowserSession{ID: r.Token, Since: time.UnixMilli(since), Ends: time.UnixMilli(r.ExpiresAt)}
		b.From, _ = values[SessionFrom].(string)
		b.Agent, _ = values[SessionAgent].(string)
		found = append(found, b)
	}
	slices.SortFunc(found, func(a, b BrowserSession) int { return b.Since.Compare(a.Since) })
	return found, nil
}

// End ends one of an account's own browser sessions; another's is left alone.
func (s *SessionStore) End(ctx context.Context, userID int64, sessionID string) error {
	return s.end(ctx, "token = ? AND user_id = ?", sessionID, userID)
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
