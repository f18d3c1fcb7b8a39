package postgres

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"gorm.io/gorm"

	"urna/internal/database"
)

//go:embed schema/main.sql
var mainSchema string

//go:embed schema/sessions.sql
var sessionsSchema string

// VersionError is returned for a schema of another version than this program's. Nothing of it was changed.
type VersionError struct {
	Schema       database.Schema
	Found, Known int64
}

// Error names both versions.
func (e *VersionError) Error() string {
	return fmt.Sprintf("postgres: the schema %s has version %d, and this program knows version %d alone; nothing was changed", schemaName(e.Schema), e.Found, e.Known)
}

var versionLine = regexp.MustCompile(`^-- The schema "\w+", version (\d+)\.`)

// script returns the SQL that makes a schema, and its version.
func script(schema database.Schema) (text string, version int64, err error) {
	text = mainSchema
	if schema == database.Sessions {
		text = sessionsSchema
	}
	found := versionLine.FindStringSubmatch(text)
	if found == nil {
		return "", 0, errors.New("the script has no version")
	}
	version, err = strconv.ParseInt(found[1], 10, 64)
	return text, version, err
}

// migrate makes the schema if it does not exist and may be made.
func (e *engine) migrate(ctx context.Context, writer *gorm.DB, create bool) error {
	text, known, err := script(e.schema)
	if err != nil {
		return fmt.Errorf("postgres: schema %s: %w", e.schema, err)
	}
	pool, err := writer.DB()
	if err != nil {
		return fmt.Errorf("postgres: open: %w", err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("postgres: connect: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing after the commit
	var found int64
	if err = lockSchema(ctx, tx); err == nil {
		found, err = version(ctx, tx, e.schema)
	}
	switch {
	case err != nil:
		return fmt.Errorf("postgres: read the version of the schema: %w", err)
	case found == known:
		return nil
	case found != 0:
		return &VersionError{e.schema, found, known}
	case !create:
		return &EmptyError{e.schema}
	}
	name := schemaName(e.schema)
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+name+";\n"+text); err != nil {
		return fmt.Errorf("postgres: make the schema %s: %w", name, err)
	}
	if _, err := tx.ExecContext(ctx, `CREATE TABLE schema_version (version bigint PRIMARY KEY)`); err != nil {
		return fmt.Errorf("postgres: make the schema %s: %w", name, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO schema_version (version) VALUES ($1)`, known); err != nil {
		return fmt.Errorf("postgres: make the schema %s: %w", name, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("postgres: make the schema %s: %w", name, err)
	}
	return nil
}

// compare refuses a schema that is missing or of another version.
func (e *engine) compare(ctx context.Context, reader *gorm.DB) error {
	_, known, err := script(e.schema)
	if err != nil {
		return fmt.Errorf("postgres: schema %s: %w", e.schema, err)
	}
	pool, err := reader.DB()
	if err != nil {
		return fmt.Errorf("postgres: open: %w", err)
	}
	found, err := version(ctx, pool, e.schema)
	switch {
	case err != nil:
		return fmt.Errorf("postgres: read the version of the schema: %w", err)
	case found == 0:
		return &EmptyError{e.schema}
	case found != known:
		return &VersionError{e.schema, found, known}
	}
	return nil
}

// lockSchema waits for another program that makes or changes a schema.
func lockSchema(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1, 0)`, lockClass)
	return err
}

// version returns the version of a schema, 0 if it has none.
func version(ctx context.Context, on database.Querier, schema database.Schema) (found int64, err error) {
	var there bool
	if err := on.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, schemaName(schema)+".schema_version").Scan(&there); err != nil || !there {
		return 0, err
	}
	err = on.QueryRowContext(ctx, `SELECT version FROM schema_version`).Scan(&found)
	return found, err
}

// Script returns all SQL that makes schemas, for tests that keep a database with them.
func Script() string { return mainSchema + sessionsSchema }
