package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"urna/internal/database"
)

// RowChange is a row of a declared table in an event.
type RowChange struct {
	Table string
	// Row names the row by its key, such as "batches id 3".
	Row string
	// Found says that the event begins the table's coverage, and found the row; else it added, changed or removed it.
	Found bool
	// Columns are the row's values as JSON, by column, key columns among them: as the event left it, or as a removal found it.
	Columns map[string]json.RawMessage
}

// ChangesOf are the rows of an event.
type ChangesOf struct {
	Event  int64
	Action string
	Rows   []RowChange // by table
}

// EachChange calls fn for each event that has rows of the tables, oldest first. Events whose rows cannot be read have none:
// Replay names them.
func EachChange(ctx context.Context, on database.Querier, tables []Table, fn func(ChangesOf) error) error {
	byName := make(map[string]*tableState, len(tables))
	for i := range tables {
		byName[tables[i].Name] = &tableState{Table: &tables[i]}
	}
	rows, err := on.QueryContext(ctx, `SELECT e.id, e.action, i.images FROM audit_events e JOIN audit_images i ON i.event_id = e.id ORDER BY e.id`)
	if err != nil {
		return fmt.Errorf("audit: read the rows of events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c ChangesOf
		var stored []byte
		if err := rows.Scan(&c.Event, &c.Action, &stored); err != nil {
			return fmt.Errorf("audit: read the rows of events: %w", err)
		}
		var i images
		_ = json.Unmarshal(stored, &i)
		for _, name := range slices.Sorted(maps.Keys(i.Rows)) {
			if t := byName[name]; t != nil {
				for _, one := range i.Rows[name] {
					c.Rows = append(c.Rows, t.change(one))
				}
			}
		}
		if len(c.Rows) > 0 {
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("audit: read the rows of events: %w", err)
	}
	return nil
}

func (t *tableState) change(one record) RowChange {
	c := RowChange{Table: t.Name, Row: t.rowName(&rowState{key: one.Key}), Found: one.Kind == rowIs, Columns: map[string]json.RawMessage{}}
	maps.Copy(c.Columns, one.Before)
	maps.Copy(c.Columns, one.After)
	for i, column := range t.Key[:min(len(t.Key), len(one.Key))] {
		c.Columns[column] = one.Key[i]
	}
	return c
}
