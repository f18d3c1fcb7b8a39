package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"urna/internal/database"
)

// Load disables the triggers of the tables, and sets the sequences of their numbers afterwards.
func (e *engine) Load(ctx context.Context, on database.Querier, tables []string, given map[string]int64, fill func() error) error {
	if err := eachTable(ctx, on, tables, "ALTER TABLE %q DISABLE TRIGGER USER"); err != nil {
		return err
	}
	if err := fill(); err != nil {
		return err
	}
	if _, err := on.ExecContext(ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil { // a table with pending checks cannot be altered
		return err
	}
	if err := eachTable(ctx, on, tables, "ALTER TABLE %q ENABLE TRIGGER USER"); err != nil {
		return err
	}
	sequences, err := e.sequences(ctx, on)
	if err != nil {
		return err
	}
	for _, s := range sequences {
		var highest int64
		if err := on.QueryRowContext(ctx, fmt.Sprintf(`SELECT coalesce(max(%q), 0) FROM %q`, s.column, s.table)).Scan(&highest); err != nil {
			return err
		}
		last := max(highest, given[s.table])
		if last == 0 {
			continue
		}
		if _, err := on.ExecContext(ctx, `SELECT setval($1::regclass, $2)`, s.name, last); err != nil {
			return err
		}
	}
	return nil
}

func eachTable(ctx context.Context, on database.Querier, tables []string, statement string) error {
	for _, table := range tables {
		if _, err := on.ExecContext(ctx, fmt.Sprintf(statement, table)); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

// sequence gives the numbers of a table's rows.
type sequence struct {
	table, column, name string
	last                int64 // 0 if it never gave one
}

func (*engine) sequences(ctx context.Context, on database.Querier) (all []sequence, err error) {
	rows, err := on.QueryContext(ctx, `SELECT c.table_name, c.column_name, s.name, coalesce(pg_sequence_last_value(s.name::regclass), 0)
		FROM information_schema.columns c, pg_get_serial_sequence(quote_ident(c.table_schema) || '.' || quote_ident(c.table_name), c.column_name) s (name)
		WHERE c.table_schema = current_schema() AND c.is_identity = 'YES' ORDER BY c.table_name`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s sequence
		if err := rows.Scan(&s.table, &s.column, &s.name, &s.last); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// Given reads the sequences.
func (e *engine) Given(ctx context.Context, on database.Querier) (map[string]int64, error) {
	sequences, err := e.sequences(ctx, on)
	if err != nil {
		return nil, err
	}
	given := map[string]int64{}
	for _, s := range sequences {
		if s.last > 0 {
			given[s.table] = s.last
		}
	}
	return given, nil
}

// Exclude keeps other processes from leading the database until the transaction ends. The error is ErrLed if one leads it.
func Exclude(ctx context.Context, on database.Querier) error {
	begun := time.Now() //nolint:forbidigo // a duration, which no test needs to hold
	for {
		var taken bool
		err := on.QueryRowContext(ctx, `SELECT pg_try_advisory_xact_lock($1, $2)`, lockClass, leadNumber(database.Main)).Scan(&taken)
		switch {
		case err != nil || taken:
			return err
		case time.Since(begun) > leadPatience: //nolint:forbidigo // as above
			return ErrLed
		}
		if err := pause(ctx, leadPause); err != nil {
			return err
		}
	}
}
