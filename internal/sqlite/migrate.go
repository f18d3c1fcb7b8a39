package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"urna/internal/database"
)

// migration is one numbered step of a schema.
type migration struct {
	version int64
	script  string
}

// load returns the migrations of a schema in their order.
func load(schema database.Schema) ([]migration, error) {
	folder := "migrations/" + string(schema)
	entries, err := fs.ReadDir(migrations, folder)
	if err != nil {
		return nil, err
	}
	var all []migration
	for _, entry := range entries {
		number, _, _ := strings.Cut(entry.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the migration %s has no number: %w", entry.Name(), err)
		}
		script, err := fs.ReadFile(migrations, folder+"/"+entry.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, migration{version: version, script: string(script)})
	}
	slices.SortFunc(all, func(a, b migration) int { return cmp.Compare(a.version, b.version) })
	return all, nil
}

// NewerSchemaError is returned for a database that a newer program has used. Nothing of it was changed.
type NewerSchemaError struct {
	Path  string
	Found int64    // the database's schema version
	Known int64    // the newest that this program knows
	Kept  []string // copies beside the database that this program can open
}

// Error names both versions and what to do.
func (e *NewerSchemaError) Error() string {
	text := fmt.Sprintf("%s has schema version %d, and this program knows the versions up to %d: a newer version of Urna has used "+
		"this data folder; start that version again; nothing was changed", e.Path, e.Found, e.Known)
	if len(e.Kept) > 0 {
		text += fmt.Sprintf(" (the copy that was made before that upgrade is %s; it lacks everything since then)", strings.Join(e.Kept, ", "))
	}
	return text
}

// CheckSchema reports whether this program can open the file at path, without changing the file. A file that does
// not exist is good, since Open makes it. A newer database is a NewerSchemaError.
func CheckSchema(ctx context.Context, path string, schema database.Schema) error {
	if fresh, err := missing(path); fresh || err != nil {
		return err
	}
	known, err := load(schema)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	db, err := open(path, "", "deferred", nil, 1)
	if err != nil {
		return fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	pool, err := db.DB()
	if err != nil {
		return fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	defer func() { _ = pool.Close() }() // only read
	_, err = readSchema(ctx, pool, path, known)
	return err
}

// state is how far a database's schema is.
type state struct {
	version int64 // the newest that was applied; 0 is none
	pending []migration
	empty   bool // it has no tables
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// readSchema returns the state of a database, and an error if this program must not use it.
func readSchema(ctx context.Context, q querier, path string, known []migration) (s state, err error) {
	applied, err := appliedVersions(ctx, q)
	if err != nil {
		return s, fmt.Errorf("sqlite: read the schema version of %s: %w", path, err)
	}
	var tables int
	const countTables = `SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'goose_db_version'`
	if err := q.QueryRowContext(ctx, countTables).Scan(&tables); err != nil {
		return s, fmt.Errorf("sqlite: read the schema of %s: %w", path, err)
	}
	if len(applied) == 0 && tables > 0 {
		return s, fmt.Errorf("%s is not a database of Urna: it has tables and no schema version; nothing was changed", path)
	}
	s.empty = tables == 0
	unknown := int64(0)
	for _, version := range applied {
		s.version = max(s.version, version)
		if !slices.ContainsFunc(known, func(m migration) bool { return m.version == version }) {
			unknown = max(unknown, version)
		}
	}
	if unknown > 0 {
		newest := known[len(known)-1].version
		return s, &NewerSchemaError{Path: path, Found: unknown, Known: newest, Kept: keptFor(path, newest)}
	}
	for _, m := range known {
		switch {
		case slices.Contains(applied, m.version):
		case m.version < s.version:
			return s, fmt.Errorf("%s has schema version %d and lacks version %d: two versions of Urna that do not follow each other "+
				"have used this data folder; nothing was changed", path, s.version, m.version)
		default:
			s.pending = append(s.pending, m)
		}
	}
	return s, nil
}

// appliedVersions returns the versions that a database's own list of migrations names.
func appliedVersions(ctx context.Context, q querier) (versions []int64, err error) {
	var listed bool
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`).Scan(&listed); err != nil || !listed {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, `SELECT version_id FROM goose_db_version WHERE version_id > 0 AND is_applied`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return nil, err
		}
		versions = append(versions, version)
	}
	return versions, rows.Err()
}

// migrate brings the schema up to date: all pending migrations in one transaction, so that a failure leaves the
// database as it was. A database that is not new is copied before.
func (e *engine) migrate(ctx context.Context, schema database.Schema, guard Guard) (err error) {
	known, err := load(schema)
	if err != nil {
		return err
	}
	pool, err := e.writer.DB()
	if err != nil {
		return err
	}
	s, err := readSchema(ctx, pool, e.path, known)
	if err != nil || len(s.pending) == 0 {
		return err
	}
	if guard != nil {
		release, err := guard(ctx, func(ctx context.Context) bool {
			now, err := readSchema(ctx, pool, e.path, known)
			return err == nil && len(now.pending) == 0
		})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		// Another program may have migrated meanwhile.
		if s, err = readSchema(ctx, pool, e.path, known); err != nil || len(s.pending) == 0 {
			return err
		}
	}
	kept := ""
	if !s.empty && !e.private {
		if kept, err = e.keepCopy(ctx, pool, s.version, known[len(known)-1].version); err != nil {
			return err
		}
	}
	if err := e.apply(ctx, pool, schema, known, s.version, kept); err != nil {
		if kept != "" {
			err = fmt.Errorf("%w; the database is as it was before", err)
		}
		return err
	}
	if kept == "" {
		return nil
	}
	return e.reportCopy(kept, s.version, known[len(known)-1].version)
}

// apply executes the migrations after a version and records the kept copy, in one transaction.
func (e *engine) apply(ctx context.Context, pool *sql.DB, schema database.Schema, known []migration, from int64, kept string) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	err = e.applyWithin(ctx, tx, schema, known, from, kept)
	if err == nil {
		return explain(tx.Commit())
	}
	return errors.Join(explain(err), tx.Rollback())
}

func (e *engine) applyWithin(ctx context.Context, tx *sql.Tx, schema database.Schema, known []migration, from int64, kept string) error {
	s, err := readSchema(ctx, tx, e.path, known)
	if err != nil {
		return err
	}
	if s.version != from {
		if len(s.pending) == 0 { // another program was quicker
			return nil
		}
		return errors.New("another program is changing the schema at this moment; start this one again")
	}
	// The list has the form that earlier versions of the program made and read.
	const list = `CREATE TABLE IF NOT EXISTS goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now')));
		INSERT INTO goose_db_version (version_id, is_applied)
			SELECT 0, 1 WHERE NOT EXISTS (SELECT * FROM goose_db_version);`
	if _, err := tx.ExecContext(ctx, list); err != nil {
		return fmt.Errorf("make the list of migrations: %w", err)
	}
	if s.empty {
		err = createSchema(ctx, tx, schema)
	} else {
		err = upgrade(ctx, tx, s.pending)
	}
	if err != nil {
		return err
	}
	for _, m := range s.pending {
		if _, err := tx.ExecContext(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, 1)`, m.version); err != nil {
			return fmt.Errorf("list the migration %d: %w", m.version, err)
		}
	}
	if kept == "" || schema != database.Main {
		return nil
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO database_copies (name, made_at) VALUES ($1, 1000 * unixepoch())`, filepath.Base(kept))
	return err
}

func upgrade(ctx context.Context, tx *sql.Tx, migrations []migration) error {
	for _, m := range migrations {
		if _, err := tx.ExecContext(ctx, m.script); err != nil {
			return fmt.Errorf("migration %d: %w", m.version, err)
		}
	}
	return nil
}
