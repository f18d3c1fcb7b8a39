package audit

import (
	"context"
	"errors"
	"fmt"
)

// BrokenError names the first event at which the chain does not hold.
type BrokenError struct {
	ID     int64
	Reason string
}

// Error says which event and why.
func (e *BrokenError) Error() string { return fmt.Sprintf("audit: event %d: %s", e.ID, e.Reason) }

// ErrTailCut is returned if the chain holds but does not contain a head that was written down outside: events at
// its end are missing, or the whole chain was rebuilt.
var ErrTailCut = errors.New("audit: the head that was written down is not in the chain: events at its end were cut off, or the chain was rebuilt")

// Verify walks the whole chain and returns its head and the number of events. A chain that does not
// hold is a *BrokenError. If known is not empty, it is a head that was written down outside this server; a chain
// without it is ErrTailCut.
func Verify(ctx context.Context, q querier, known string) (head string, events int64, err error) {
	head = Genesis
	seen := known == "" || known == Genesis
	err = each(ctx, q, "ORDER BY id", func(e Event) error {
		events++
		if e.ID != events {
			return &BrokenError{ID: e.ID, Reason: fmt.Sprintf("expected event %d here: one was dropped or inserted", events)}
		}
		if want := e.chain(head); want != e.Hash {
			return &BrokenError{ID: e.ID, Reason: "its hash does not follow from the event before and its own fields"}
		}
		head = e.Hash
		seen = seen || head == known
		return nil
	})
	if err == nil && !seen {
		err = ErrTailCut
	}
	return head, events, err
}

// Follows reports whether the event's hash follows from the hash before and its own fields. A reader of events
// that are kept elsewhere, such as in a results bundle, walks the chain with it, beginning at Genesis.
func (e *Event) Follows(previous string) bool { return e.Hash == e.chain(previous) }

// Backwards returns how many events are earlier than the event before them, and the first of these: the clock was set
// back.
func Backwards(ctx context.Context, q querier) (events, first int64, err error) {
	rows, err := q.QueryContext(ctx, `SELECT count(*), coalesce(min(e.id), 0) FROM audit_events e JOIN audit_events b ON b.id = e.id - 1 WHERE e.at < b.at`)
	if err != nil {
		return 0, 0, fmt.Errorf("audit: compare times: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&events, &first); err != nil {
			return 0, 0, fmt.Errorf("audit: compare times: %w", err)
		}
	}
	return events, first, rows.Err()
}
