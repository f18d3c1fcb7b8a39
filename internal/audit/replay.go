package audit

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"urna/internal/database"
)

// Divergence is one row that is not as the events say.
type Divergence struct {
	Table string
	Row   string // such as "users id 3"
	Place string // such as "election 1, constituency 2"; "" if the row belongs to none
	// Sentence describes the difference without values.
	Sentence string
}

// Replayed is the outcome of Replay.
type Replayed struct {
	Events      int64 // with rows
	Rows        int64 // compared
	Tables      int   // whose rows were compared
	From        int64 // the event from which on the log has the rows of all these tables; 0 if it has none
	Divergences []Divergence
	// Unproven are declared tables that the log does not have; a start of the program records them.
	Unproven []string
	// Undigested says that columns of which the log has digests were not compared, for want of the secret.
	Undigested bool
}

// Replay rebuilds the rows of the declared tables from the events and compares them with the tables. It also compares
// the row that each event found with the row that earlier events left, so that a later change of the same row does
// not hide an alteration. secret is that of UseSecret; nil leaves digests uncompared.
func Replay(ctx context.Context, db *database.DB, on database.Querier, tables []Table, secret []byte) (*Replayed, error) {
	r := &replay{states: map[string]*tableState{}, found: &Replayed{}}
	for i := range tables {
		r.states[tables[i].Name] = &tableState{Table: &tables[i]}
	}
	if secret != nil {
		var err error
		if r.digester, err = newDigester(secret); err != nil {
			return nil, err
		}
	}
	if err := r.events(ctx, on); err != nil {
		return nil, err
	}
	for i := range tables {
		if err := r.compare(ctx, db, on, r.states[tables[i].Name]); err != nil {
			return nil, err
		}
	}
	return r.found, r.compareCoverage(ctx, on)
}

type replay struct {
	states   map[string]*tableState
	digester digester
	found    *Replayed
}

// tableState is a table as the events so far have left it.
type tableState struct {
	*Table

	has   []string // the columns that the log has; nil is none of the table
	since int64    // the event from which on
	rows  map[string]*rowState
}

// complete reports whether the log has all declared columns.
func (t *tableState) complete() bool { return slices.Equal(t.has, slices.Concat(t.Key, t.Columns)) }

// rowState is a row with the last event that touched it.
type rowState struct {
	key   []json.RawMessage
	row   image
	event past
}

// past is an event as sentences name it.
type past struct {
	id     int64
	action string
}

func (p past) String() string { return fmt.Sprintf("event %d (%s)", p.id, p.action) }

// events plays all events.
func (r *replay) events(ctx context.Context, on database.Querier) error {
	rows, err := on.QueryContext(ctx, `SELECT e.id, e.action, e.detail, i.images FROM audit_events e
		LEFT JOIN audit_images i ON i.event_id = e.id ORDER BY e.id`)
	if err != nil {
		return fmt.Errorf("audit: replay: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e past
		var detail string
		var images sql.NullString
		if err := rows.Scan(&e.id, &e.action, &detail, &images); err != nil {
			return fmt.Errorf("audit: replay: %w", err)
		}
		r.event(e, []byte(detail), images)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("audit: replay: %w", err)
	}
	var orphans int64
	err = on.QueryRowContext(ctx, `SELECT count(*) FROM audit_images WHERE event_id NOT IN (SELECT id FROM audit_events)`).Scan(&orphans)
	if err == nil && orphans > 0 {
		r.differ("audit_images", "", "", fmt.Sprintf("%d rows of audit_images belong to no event", orphans))
	}
	return err
}

// event plays one event, if its rows are those whose hash it has.
func (r *replay) event(e past, detail []byte, stored sql.NullString) {
	var known struct {
		Rows string `json:"rows"`
		File string `json:"file"`
	}
	// The detail of another program's event may be anything; the chain compares it.
	_ = json.Unmarshal(detail, &known)
	if e.action == "secret-replaced" && known.File == secretOfDigests {
		r.forgetDigests()
	}
	row := fmt.Sprintf("event %d", e.id)
	switch {
	case known.Rows == "" && !stored.Valid:
		return
	case !stored.Valid:
		r.differ("audit_images", row, "", fmt.Sprintf("the rows of %s are missing", e))
		return
	case known.Rows != imagesDigest([]byte(stored.String)):
		r.differ("audit_images", row, "", fmt.Sprintf("the rows of %s are not those whose hash the event has", e))
		return
	}
	var i images
	if err := json.Unmarshal([]byte(stored.String), &i); err != nil {
		r.differ("audit_images", row, "", fmt.Sprintf("the rows of %s cannot be read: %v", e, err))
		return
	}
	r.found.Events++
	for _, name := range slices.Sorted(maps.Keys(i.Covers)) {
		if t := r.states[name]; t != nil {
			r.cover(t, e, strings.Fields(i.Covers[name]), i.Rows[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.Rows)) {
		if t := r.states[name]; t != nil && t.has != nil {
			for _, one := range i.Rows[name] {
				r.play(t, e, one)
			}
		}
	}
}

// secretOfDigests is the name of the file that UseSecret is given the content of.
const secretOfDigests = "server.key"

// forgetDigests makes digests unknown: the events that follow have those of another secret.
func (r *replay) forgetDigests() {
	for _, t := range r.states {
		hidden := func(column string) bool { return slices.Contains(t.Digested, column) }
		if slices.ContainsFunc(t.Key, hidden) {
			t.has, t.rows = nil, nil
			continue
		}
		t.has = slices.DeleteFunc(t.has, hidden)
	}
}

// cover plays the beginning of a table's, or of some columns', coverage: the rows that were found. Those that the log
// had before must be the same.
func (r *replay) cover(t *tableState, e past, columns []string, found []record) {
	before := t.rows
	rows := map[string]*rowState{}
	for _, one := range found {
		if one.Kind != rowIs {
			continue
		}
		key := keyText(one.Key)
		rows[key] = &rowState{key: one.Key, row: one.After, event: e}
		if t.has == nil {
			continue
		}
		if was := before[key]; was == nil {
			r.differs(t, rows[key], fmt.Sprintf("%s found a row that no event before it recorded", e))
		} else {
			r.sameAs(t, was, one.After, e)
		}
	}
	for key, was := range before {
		if rows[key] == nil {
			r.differs(t, was, fmt.Sprintf("%s found no row, which %s recorded", e, was.event))
		}
	}
	if t.has == nil {
		t.since = e.id
	}
	t.has, t.rows = columns, rows
}

// play plays the change of one row.
func (r *replay) play(t *tableState, e past, one record) {
	key := keyText(one.Key)
	was := t.rows[key]
	now := &rowState{key: one.Key, row: one.After, event: e}
	switch one.Kind {
	case rowAdded:
		if was != nil {
			r.differs(t, was, fmt.Sprintf("%s adds a row that %s had recorded", e, was.event))
		}
		t.rows[key] = now
	case rowChanged, rowRemoved:
		if was == nil {
			r.differs(t, now, fmt.Sprintf("%s found a row that no event before it recorded", e))
		} else {
			r.sameAs(t, was, one.Before, e)
		}
		delete(t.rows, key)
		if one.Kind == rowChanged {
			now.row = maps.Clone(one.Before)
			maps.Copy(now.row, one.After)
			t.rows[key] = now
		}
	}
}

// sameAs compares the row that an event found with the row that an earlier one left.
func (r *replay) sameAs(t *tableState, was *rowState, found image, e past) {
	for _, column := range t.differing(was.row, found, nil) {
		r.differs(t, was, fmt.Sprintf("%s found another %s than %s had recorded: it was altered in between", e, column, was.event))
	}
}

// differing returns the covered columns in which two states of a row differ, without those to skip.
func (t *tableState) differing(a, b image, skip []string) (columns []string) {
	for _, column := range t.Columns {
		if slices.Contains(t.has, column) && !slices.Contains(skip, column) && !bytes.Equal(a[column], b[column]) {
			columns = append(columns, column)
		}
	}
	return columns
}

func keyText(key []json.RawMessage) string {
	return string(bytes.Join(rawBytes(key), []byte{0}))
}

func rawBytes(key []json.RawMessage) [][]byte {
	parts := make([][]byte, len(key))
	for i, k := range key {
		parts[i] = k
	}
	return parts
}
