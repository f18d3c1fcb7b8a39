package audit

import (
	"context"
	"fmt"
	"maps"

	"urna/internal/database"
)

// coverage returns the declared tables with their columns.
func (l *Log) coverage() map[string]string {
	covers := make(map[string]string, len(l.tables))
	for name, t := range l.tables {
		covers[name] = t.covered()
	}
	return covers
}

// Begin makes the log complete for the declared tables: if it lacks rows or columns, because an earlier version of the
// program made them, it appends one event with the state that it finds. Tables with digests wait until UseSecret was
// called. Record comes before.
func (l *Log) Begin(ctx context.Context) error {
	missing, err := l.uncovered(ctx, l.db.Pool())
	if err != nil || len(missing) == 0 {
		return err
	}
	return l.db.Write(ctx, func(tx *database.Tx) error {
		missing, err := l.uncovered(ctx, tx.SQL())
		if err != nil || len(missing) == 0 {
			return err
		}
		return l.cover(ctx, tx, missing)
	})
}

// uncovered returns the declared tables that the log does not have in full.
func (l *Log) uncovered(ctx context.Context, on database.Querier) (map[string]string, error) {
	noted, err := readCoverage(ctx, on)
	if err != nil {
		return nil, err
	}
	missing := l.coverage()
	maps.DeleteFunc(missing, func(name, columns string) bool { return noted[name] == columns })
	return missing, nil
}

// readCoverage returns the tables that the log has, with their columns, as the program noted them.
func readCoverage(ctx context.Context, on database.Querier) (map[string]string, error) {
	rows, err := on.QueryContext(ctx, `SELECT name, columns FROM audit_coverage`)
	if err != nil {
		return nil, fmt.Errorf("audit: read what the log covers: %w", err)
	}
	defer rows.Close()
	noted := map[string]string{}
	for rows.Next() {
		var name, columns string
		if err := rows.Scan(&name, &columns); err != nil {
			return nil, fmt.Errorf("audit: read what the log covers: %w", err)
		}
		noted[name] = columns
	}
	return noted, rows.Err()
}

// cover appends the event for tables with rows, and notes that the log has the tables. A new folder has neither events
// nor rows: its first event covers all tables.
func (l *Log) cover(ctx context.Context, tx *database.Tx, missing map[string]string) error {
	found := written{covers: map[string]string{}, rows: map[string]*writtenRows{}}
	for name, columns := range missing {
		t := l.tables[name]
		rows, err := l.present(ctx, tx, t)
		if err != nil {
			return err
		}
		if rows.n > 0 && len(t.Digested) > 0 && l.digester.key == nil {
			delete(missing, name) // until the secret is there
			continue
		}
		found.covers[name] = columns
		if rows.n > 0 {
			found.rows[name] = rows
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, events, err := NewReader(tx.SQL()).Head(ctx)
	if err != nil {
		return err
	}
	if events > 0 || len(found.rows) > 0 {
		if err := l.append(ctx, tx.SQL(), System(), "baseline", "", map[string]any{"found": found.count()}, found); err != nil {
			return err
		}
	}
	for name, columns := range missing {
		const set = `INSERT INTO audit_coverage (name, columns) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET columns = excluded.columns`
		if _, err := tx.SQL().ExecContext(ctx, set, name, columns); err != nil {
			return fmt.Errorf("audit: note what the log covers: %w", err)
		}
	}
	return nil
}

// present returns all rows of a table; without a secret for its digests their number alone.
func (l *Log) present(ctx context.Context, tx *database.Tx, t *Table) (*writtenRows, error) {
	w := newRowWriter(l.digester, t)
	err := l.db.EachRow(ctx, tx.SQL(), t.tracked(), func(c database.RowChange) error {
		if len(t.Digested) > 0 && l.digester.key == nil {
			w.into.n++
			return nil
		}
		return w.found(c)
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return w.into, nil
}

// ForgetDigests notes, within the transaction that replaces the secret of digests, that the log does not have the
// tables with digests any more: the next Begin appends them under the new secret.
func (l *Log) ForgetDigests(ctx context.Context, tx *database.Tx) error {
	for name, t := range l.tables {
		if len(t.Digested) == 0 {
			continue
		}
		if _, err := tx.SQL().ExecContext(ctx, `DELETE FROM audit_coverage WHERE name = $1`, name); err != nil {
			return fmt.Errorf("audit: note what the log covers: %w", err)
		}
	}
	return nil
}
