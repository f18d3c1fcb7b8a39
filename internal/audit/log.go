package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Genesis is the hash that the first event follows.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// transaction is the part of a transaction that Append uses.
type transaction interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Log appends events; Now is their time.
type Log struct{ Now func() time.Time }

// Append adds an event within the caller's writing transaction. detail is encoded as a JSON object, nil as an empty
// one.
func (l *Log) Append(ctx context.Context, tx transaction, actor Actor, action, subject string, detail map[string]any) error {
	if detail == nil {
		detail = map[string]any{}
	}
	encoded, err := json.Marshal(detail) // maps are encoded in the order of their keys
	if err != nil {
		return fmt.Errorf("audit: encode detail of %s: %w", action, err)
	}
	var id int64
	previous := Genesis
	err = tx.QueryRowContext(ctx, `SELECT id, hash FROM audit_events ORDER BY id DESC LIMIT 1`).Scan(&id, &previous)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("audit: read the chain's head: %w", err)
	}
	e := Event{ID: id + 1, At: l.Now(), Actor: actor, Action: action, Subject: subject, Detail: string(encoded)}
	e.Hash = e.chain(previous)
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_events
		(id, at, actor_id, actor_name, actor_from, action, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.ID, e.At.UnixMilli(), actor.ID, actor.Name, actor.From, e.Action, e.Subject, e.Detail, e.Hash)
	if err != nil {
		return fmt.Errorf("audit: append %s: %w", action, err)
	}
	return nil
}

// chain returns the event's hash: SHA-256 over the JSON array of the hash before and all fields.
func (e *Event) chain(previous string) string {
	// Marshalling strings and integers cannot fail.
	fields, _ := json.Marshal([]any{
		previous, e.ID, e.At.UnixMilli(), e.Actor.ID, e.Actor.Name, e.Actor.From, e.Action, e.Subject, e.Detail,
	})
	sum := sha256.Sum256(fields)
	return hex.EncodeToString(sum[:])
}
