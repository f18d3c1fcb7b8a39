package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"urna/internal/database"
)

// Load drops the triggers of the tables and makes them again. SQLite keeps the numbers of rows by itself.
func (*engine) Load(ctx context.Context, on database.Querier, tables []string, given map[string]int64, fill func() error) error {
	names, scripts, err := triggersOf(ctx, on, tables)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := on.ExecContext(ctx, `DROP TRIGGER "`+name+`"`); err != nil {
			return err
		}
	}
	if err := fill(); err != nil {
		return err
	}
	for _, script := range scripts {
		if _, err := on.ExecContext(ctx, script); err != nil {
			return err
		}
	}
	for table, last := range given {
		if _, err := on.ExecContext(ctx, `DELETE FROM sqlite_sequence WHERE name = $1 AND seq < $2`, table, last); err != nil {
			return err
		}
		const insert = `INSERT INTO sqlite_sequence (name, seq) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)`
		if _, err := on.ExecContext(ctx, insert, table, last); err != nil {
			return err
		}
	}
	return nil
}

// triggersOf returns the triggers of tables, and the statements that make them.
func triggersOf(ctx context.Context, on database.Querier, tables []string) (names, scripts []string, err error) {
	rows, err := on.QueryContext(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND instr($1, ' ' || tbl_name || ' ') ORDER BY rowid`,
		" "+strings.Join(tables, " ")+" ")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name, script string
		if err := rows.Scan(&name, &script); err != nil {
			return nil, nil, err
		}
		names, scripts = append(names, name), append(scripts, script)
	}
	return names, scripts, rows.Err()
}

// Given reads the numbers that AUTOINCREMENT keeps.
func (*engine) Given(ctx context.Context, on database.Querier) (given map[string]int64, err error) {
	rows, err := on.QueryContext(ctx, `SELECT name, seq FROM sqlite_sequence`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	given = map[string]int64{}
	for rows.Next() {
		var table string
		var last int64
		if err := rows.Scan(&table, &last); err != nil {
			return nil, fmt.Errorf("sqlite: %w", err)
		}
		given[table] = last
	}
	return given, rows.Err()
}
