package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"urna/internal/database"
)

// Genesis is the hash that the first event follows.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Log appends events; Now is their time. If Record was called, events carry the rows of declared tables that their
// transactions changed.
type Log struct {
	Now func() time.Time

	db       *database.DB // nil: rows are not recorded
	tables   map[string]*Table
	digester digester
	appended atomic.Pointer[sql.Tx] // the last transaction whose act is to be answered
}

// Appended reports whether events were appended in a transaction, others than by AppendAside. It is asked before the next
// transaction begins to write.
func (l *Log) Appended(tx database.Querier) bool {
	writing, ok := tx.(*sql.Tx)
	return ok && l.appended.Load() == writing
}

// AppendAside is Append for an event whose answer does not wait for the anchor beside the database, such as a refused
// sign-in: a refusal may be lost together with its event.
func (l *Log) AppendAside(ctx context.Context, tx database.Querier, actor Actor, action, subject string, detail map[string]any) error {
	before := l.appended.Load()
	defer l.appended.Store(before)
	return l.Append(ctx, tx, actor, action, subject, detail)
}

// Append adds an event within the caller's writing transaction. detail is encoded as a JSON object, nil as an empty
// one; its key "rows" is reserved. The event carries the rows that the transaction has changed since its last event, so
// a change precedes its event.
func (l *Log) Append(ctx context.Context, tx database.Querier, actor Actor, action, subject string, detail map[string]any) error {
	rows, err := l.changed(ctx, tx)
	if err != nil {
		return err
	}
	return l.append(ctx, tx, actor, action, subject, approved(ctx, detail), rows)
}

func (l *Log) append(ctx context.Context, tx database.Querier, actor Actor, action, subject string, detail map[string]any, w written) error {
	if writing, ok := tx.(*sql.Tx); ok {
		l.appended.Store(writing)
	}
	var id int64
	previous := Genesis
	err := tx.QueryRowContext(ctx, `SELECT id, hash FROM audit_events ORDER BY id DESC LIMIT 1`).Scan(&id, &previous)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("audit: read the chain's head: %w", err)
	}
	if id == 0 && l.db != nil && w.covers == nil { // nothing was there before the first event
		w.covers = l.coverage()
	}
	encoded, rows, err := encodeEvent(detail, w)
	if err != nil {
		return fmt.Errorf("audit: encode detail of %s: %w", action, err)
	}
	e := Event{ID: id + 1, At: l.Now(), Actor: actor, Action: action, Subject: subject, Detail: encoded}
	e.Hash = e.chain(previous)
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_events
		(id, at, actor_id, actor_name, actor_from, action, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.ID, e.At.UnixMilli(), actor.ID, actor.Name, actor.From, e.Action, e.Subject, e.Detail, e.Hash)
	if err == nil && rows != "" {
		_, err = tx.ExecContext(ctx, `INSERT INTO audit_images (event_id, images) VALUES ($1, $2)`, e.ID, rows)
	}
	if err != nil {
		return fmt.Errorf("audit: append %s: %w", action, err)
	}
	return nil
}

// encodeEvent returns an event's detail, with the digest of its images, and the images; "" for none.
func encodeEvent(detail map[string]any, w written) (encoded, rows string, err error) {
	all := map[string]any{}
	maps.Copy(all, detail)
	if !w.empty() {
		text, err := w.encode()
		if err != nil {
			return "", "", err
		}
		rows, all[rowsKey] = string(text), imagesDigest(text)
	}
	text, err := json.Marshal(all) // maps are encoded in the order of their keys
	return string(text), rows, err
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
