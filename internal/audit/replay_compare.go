package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"urna/internal/database"
)

// compare compares a table with its state after the events.
func (r *replay) compare(ctx context.Context, db *database.DB, on database.Querier, t *tableState) error {
	hidden := func(column string) bool { return slices.Contains(t.Digested, column) }
	var skip []string
	if r.digester.key == nil {
		skip = t.Digested
		r.found.Undigested = r.found.Undigested || len(skip) > 0
	}
	if !t.complete() {
		r.found.Unproven = append(r.found.Unproven, t.Name)
	}
	if t.has == nil || len(skip) > 0 && slices.ContainsFunc(t.Key, hidden) {
		return nil
	}
	r.found.Tables++
	r.found.From = max(r.found.From, t.since)
	left := maps.Clone(t.rows)
	err := db.EachRow(ctx, on, t.tracked(), func(c database.RowChange) error {
		now, err := r.present(t, c, skip)
		if err != nil || now == nil {
			return err
		}
		r.found.Rows++
		key := keyText(now.key)
		was := left[key]
		delete(left, key)
		if was == nil {
			r.differs(t, now, "no event recorded this row")
			return nil
		}
		for _, column := range t.differing(was.row, now.row, skip) {
			r.differs(t, was, fmt.Sprintf("%s is not what %s recorded", column, was.event))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit: replay: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(left)) {
		r.differs(t, left[key], fmt.Sprintf("the row is missing; %s recorded it", left[key].event))
	}
	return nil
}

// present returns a row of a table as the log has it, nil for one that does not count yet.
func (r *replay) present(t *tableState, c database.RowChange, skip []string) (now *rowState, err error) {
	values := slices.Clone(c.After)
	for i, column := range t.Columns {
		if slices.Contains(skip, column) {
			values[i] = nil
		}
	}
	now = &rowState{}
	if now.row, err = r.digester.image(t.Table, values); err != nil || now.row == nil {
		return nil, err
	}
	now.key, err = r.digester.rowKey(t.Table, c.Key)
	return now, err
}

// compareCoverage compares the program's own list of the tables and columns in the log with the events.
func (r *replay) compareCoverage(ctx context.Context, on database.Querier) error {
	noted, err := readCoverage(ctx, on)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(r.states)) {
		t := r.states[name]
		if t.complete() && noted[name] != t.covered() {
			r.differ("audit_coverage", name, "", fmt.Sprintf("the note of what the log covers of %s is not what the events say", name))
		}
		delete(noted, name)
	}
	for _, name := range slices.Sorted(maps.Keys(noted)) {
		r.differ("audit_coverage", name, "", fmt.Sprintf("the note of what the log covers names %q, which is no table of the log", name))
	}
	return nil
}

// differs adds a divergence of a row.
func (r *replay) differs(t *tableState, row *rowState, sentence string) {
	name := t.rowName(row)
	r.differ(t.Name, name, t.place(row), name+": "+sentence)
}

func (r *replay) differ(table, row, place, sentence string) {
	r.found.Divergences = append(r.found.Divergences, Divergence{Table: table, Row: row, Place: place, Sentence: sentence})
}

// rowName names a row by its key, such as "users id 3".
func (t *tableState) rowName(row *rowState) string {
	parts := make([]string, 0, len(t.Key))
	for i, column := range t.Key {
		if i >= len(row.key) {
			break
		}
		value := string(row.key[i])
		if strings.HasPrefix(value, "{") { // a digest or bytes
			var hidden map[string]string
			if json.Unmarshal(row.key[i], &hidden) == nil {
				for kind, text := range hidden {
					value = kind + " " + text
				}
			}
		}
		parts = append(parts, column+" "+value)
	}
	return t.Name + " " + strings.Join(parts, ", ")
}

// place returns the election and constituency that a row names.
func (t *tableState) place(row *rowState) string {
	values := map[string]string{}
	for column, value := range row.row {
		values[column] = string(value)
	}
	for i, column := range t.Key[:min(len(t.Key), len(row.key))] {
		values[column] = string(row.key[i])
	}
	var parts []string
	if id := values[t.Election]; id != "" {
		parts = append(parts, "election "+id)
	}
	if id := values[t.Constituency]; id != "" {
		parts = append(parts, "constituency "+id)
	}
	return strings.Join(parts, ", ")
}
