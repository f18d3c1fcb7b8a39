package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"urna/internal/database"
	"urna/internal/sqlite"
)

var update = flag.Bool("update", false, "write the schemas that new databases get, from the migrations")

// TestSchema_IsWhatTheMigrationsLeadTo compares the script for new databases with a database that went through all migrations,
// and a new database with it.
func TestSchema_IsWhatTheMigrationsLeadTo(t *testing.T) {
	for _, schema := range []database.Schema{database.Main, database.Sessions} {
		t.Run(string(schema), func(t *testing.T) {
			migrated := openAt(t, filepath.Join(t.TempDir(), "urna.db"), schema, 1<<31)
			defer func() { must(t, migrated.Close()) }()
			script, err := scriptOf(t.Context(), migrated)
			must(t, err)
			want := fmt.Sprintf("-- The schema %q. Written by go test ./internal/sqlite -run TestSchema -update.\n%s", schema, script)
			path := "schema/" + string(schema) + ".sql"
			if *update {
				must(t, os.WriteFile(path, []byte(want), 0o600))
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Fatalf("internal/sqlite/%s is not what the migrations lead to (%v): go test ./internal/sqlite -run TestSchema -update, and look at the difference", path, err)
			}
			fresh := filepath.Join(t.TempDir(), "new.db")
			db, err := sqlite.Open(t.Context(), fresh, schema)
			must(t, err)
			defer func() { must(t, db.Close()) }()
			made, err := scriptOf(t.Context(), db.Pool())
			must(t, err)
			if diff := cmp.Diff(script, made); diff != "" {
				t.Errorf("a new database differs from one that was migrated (-migrated +new):\n%s", diff)
			}
			const versions = `SELECT group_concat(version_id || ' ' || is_applied, ', ') FROM (SELECT * FROM goose_db_version ORDER BY id)`
			if a, b := cell(t, migrated, versions), cell(t, db.Pool(), versions); a != b {
				t.Errorf("want the list of migrations %s, got %s", a, b)
			}
		})
	}
}

func cell(t *testing.T, db *sql.DB, query string) (value string) {
	t.Helper()
	must(t, db.QueryRowContext(t.Context(), query).Scan(&value))
	return value
}

// scriptOf returns statements that make all objects of a database, in the order in which they were made, and its rows.
func scriptOf(ctx context.Context, db *sql.DB) (string, error) {
	const objects = `SELECT type = 'table', name, sql FROM sqlite_schema
		WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'goose_db_version' AND sql IS NOT NULL ORDER BY rowid`
	var script, rows strings.Builder
	var tables []string
	err := each(ctx, db, objects, func(row []any) {
		fmt.Fprintf(&script, "\n%s;\n", row[2])
		if row[0] == int64(1) {
			tables = append(tables, row[1].(string))
		}
	})
	if err != nil {
		return "", err
	}
	for _, table := range tables {
		start := fmt.Sprintf("\nINSERT INTO %s VALUES ", table)
		err := each(ctx, db, "SELECT * FROM "+table, func(row []any) {
			values := make([]string, len(row))
			for i, v := range row {
				values[i] = fmt.Sprintf("%d", v) // all are numbers
			}
			fmt.Fprintf(&rows, "%s(%s)", start, strings.Join(values, ", "))
			start = ", "
		})
		if err != nil {
			return "", err
		}
		if start == ", " {
			rows.WriteString(";\n")
		}
	}
	return script.String() + rows.String(), nil
}

func each(ctx context.Context, db *sql.DB, query string, fn func(row []any)) (err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		fn(row)
	}
	return rows.Err()
}
