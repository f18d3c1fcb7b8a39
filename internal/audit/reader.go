package audit

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// querier is a pool of readers or a snapshot.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Reader reads the log.
type Reader struct{ db querier }

// NewReader returns a reader over a database or a snapshot of it.
func NewReader(db querier) *Reader { return &Reader{db: db} }

// Filter chooses events; zero fields choose all.
type Filter struct {
	Before  int64  // only ids below it: the cursor of a list, newest first
	Limit   int    // 0 is 100; Each has none
	Action  string // exactly
	Subject string // exactly, such as "election 3"
	Actor   string // a part of the actor's name
	From    time.Time
	To      time.Time // not included
	// Elections choose the events about these elections, their batches, polling stations, protocols and approvals; an empty
	// list chooses none, nil all.
	Elections []int64
}

// Events returns events newest first.
func (r *Reader) Events(ctx context.Context, f Filter) ([]Event, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	condition, args := f.sql()
	args = append(args, f.Limit)
	var events []Event
	err := each(ctx, r.db, condition+fmt.Sprintf(" ORDER BY id DESC LIMIT $%d", len(args)), func(e Event) error {
		events = append(events, e)
		return nil
	}, args...)
	return events, err
}

// Each calls fn with every event, oldest first, until it returns an error.
func (r *Reader) Each(ctx context.Context, f Filter, fn func(Event) error) error {
	condition, args := f.sql()
	return each(ctx, r.db, condition+" ORDER BY id", fn, args...)
}

// Last returns the last event of an action; its ID is 0 if there is none.
func (r *Reader) Last(ctx context.Context, action string) (Event, error) {
	events, err := r.Events(ctx, Filter{Action: action, Limit: 1})
	if err != nil || len(events) == 0 {
		return Event{}, err
	}
	return events[0], nil
}

// Head returns the hash of the last event and the number of events. A copy of both outside this server proves
// later whether events at the end were cut off.
func (r *Reader) Head(ctx context.Context) (hash string, events int64, err error) {
	hash = Genesis
	err = each(ctx, r.db, "WHERE id = (SELECT max(id) FROM audit_events)", func(e Event) error {
		hash, events = e.Hash, e.ID
		return nil
	})
	return hash, events, err
}

// sql returns the filter as a condition with its arguments.
func (f Filter) sql() (condition string, args []any) {
	var parts []string
	add := func(part string, value any) {
		args = append(args, value)
		parts = append(parts, fmt.Sprintf(part, len(args)))
	}
	if f.Before != 0 {
		add("id < $%d", f.Before)
	}
	if f.Action != "" {
		add("action = $%d", f.Action)
	}
	if f.Subject != "" {
		add("subject = $%d", f.Subject)
	}
	if f.Actor != "" {
		add("replace(lower(actor_name), lower($%d), '') <> lower(actor_name)", f.Actor) // contains it
	}
	if !f.From.IsZero() {
		add("at >= $%d", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		add("at < $%d", f.To.UnixMilli())
	}
	if f.Elections != nil {
		parts = append(parts, aboutElections(f.Elections))
	}
	if parts == nil {
		return "", nil
	}
	return "WHERE " + strings.Join(parts, " AND "), args
}

// aboutElections is the condition of events about elections. The ids are numbers, so that they stand in its text.
func aboutElections(ids []int64) string {
	if len(ids) == 0 {
		return "1 = 0"
	}
	subjects, numbers := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		numbers[i] = strconv.FormatInt(id, 10)
		subjects[i] = "'election " + numbers[i] + "'"
	}
	list := strings.Join(numbers, ", ")
	return `(subject IN (` + strings.Join(subjects, ", ") + `)
		OR subject IN (SELECT 'batch ' || id FROM batches WHERE election_id IN (` + list + `))
		OR subject IN (SELECT 'station ' || id FROM stations WHERE election_id IN (` + list + `))
		OR subject IN (SELECT 'protocol ' || id FROM protocols WHERE station_id IN (SELECT id FROM stations WHERE election_id IN (` + list + `)))
		OR subject IN (SELECT 'approval ' || id FROM approvals WHERE election_id IN (` + list + `)))`
}

// each calls fn with the events that a condition chooses.
func each(ctx context.Context, q querier, condition string, fn func(Event) error, args ...any) error {
	rows, err := q.QueryContext(ctx, `SELECT id, at, actor_id, actor_name, actor_from, action, subject, detail, hash
		FROM audit_events `+condition, args...)
	if err != nil {
		return fmt.Errorf("audit: read: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e Event
		var at int64
		if err := rows.Scan(&e.ID, &at, &e.Actor.ID, &e.Actor.Name, &e.Actor.From, &e.Action, &e.Subject, &e.Detail, &e.Hash); err != nil {
			return fmt.Errorf("audit: read: %w", err)
		}
		e.At = time.UnixMilli(at)
		if err := fn(e); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("audit: read: %w", err)
	}
	return nil
}

// OfSignIns calls fn with every event that may change an account's password, second factor or e-mail, oldest first.
func (r *Reader) OfSignIns(ctx context.Context, fn func(Event) error) error {
	// The words of the index over these events.
	return each(ctx, r.db, `WHERE action IN ('user-changed', 'second-factor-begun', 'second-factor-added', 'second-factor-removed',
		'recovery-codes-renewed') ORDER BY id`, fn)
}

// OfAccounts calls fn with every event that adds, accepts, changes, refuses or deletes an account, oldest first.
func (r *Reader) OfAccounts(ctx context.Context, fn func(Event) error) error {
	// The words of the index over these events.
	return each(ctx, r.db, "WHERE action IN ('user-added', 'user-accepted', 'user-changed', 'user-refused', 'user-deleted') ORDER BY id", fn)
}

// OfApprovals calls fn with every event that decides an approval or uses it, oldest first.
func (r *Reader) OfApprovals(ctx context.Context, fn func(Event) error) error {
	// The words of the index over these events.
	return each(ctx, r.db, `WHERE action IN ('approval-given', 'approval-refused', 'approval-withdrawn', 'approval-used', 'done-by-operator')
		ORDER BY id`, fn)
}

// Publications returns the numbers of the events with which elections became public, by the elections' subjects: that of
// the creation, or of the publication of a draft.
func (r *Reader) Publications(ctx context.Context) (map[string]int64, error) {
	// The words of the index over these events.
	rows, err := r.db.QueryContext(ctx, `SELECT subject, max(id) FROM audit_events
		WHERE action IN ('election-created', 'election-published') GROUP BY subject`)
	if err != nil {
		return nil, fmt.Errorf("audit: read: %w", err)
	}
	defer rows.Close()
	published := map[string]int64{}
	for rows.Next() {
		var subject string
		var id int64
		if err := rows.Scan(&subject, &id); err != nil {
			return nil, fmt.Errorf("audit: read: %w", err)
		}
		published[subject] = id
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("audit: read: %w", err)
	}
	return published, nil
}
