package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"gorm.io/gorm"

	"urna/internal/database"
)

// NewerSchemaError is returned for a database that a newer program has made or upgraded. Nothing of it was changed.
type NewerSchemaError struct {
	Schema       database.Schema
	Found, Known int64
}

// Error names both versions and what to do.
func (e *NewerSchemaError) Error() string {
	return fmt.Sprintf("the PostgreSQL database has version %d of the schema %s, and this program knows the versions up to %d: "+
		"a newer version of Urna has used the database; start that version; nothing was changed", e.Found, schemaName(e.Schema), e.Known)
}

// OlderSchemaError is returned for a database that this program does not upgrade: it is no server, or knows no way from that
// version. Nothing of it was changed.
type OlderSchemaError struct {
	Schema       database.Schema
	Found, Known int64
	Baseline     int64 // the oldest version that this program can upgrade
}

// Error names both versions and what to do.
func (e *OlderSchemaError) Error() string {
	text := fmt.Sprintf("the PostgreSQL database has version %d of the schema %s, and this program needs version %d: ", e.Found, schemaName(e.Schema), e.Known)
	if e.Found < e.Baseline {
		return text + fmt.Sprintf("it can upgrade versions from %d on; start an earlier version of Urna that upgrades this one first; nothing was changed", e.Baseline)
	}
	return text + "stop all servers of the earlier version and start urna serve of this one, which upgrades the database, or use the earlier version; nothing was changed"
}

// check compares the version of a schema with this program's: nil, EmptyError, NewerSchemaError or OlderSchemaError.
func (d *design) check(found int64) error {
	switch {
	case found == 0:
		return &EmptyError{d.schema}
	case found > d.version:
		return &NewerSchemaError{d.schema, found, d.version}
	case found < d.version:
		return &OlderSchemaError{d.schema, found, d.version, d.baseline}
	}
	return nil
}

// migrate makes the schema if it does not exist and may be made, and upgrades it if this process leads the database. Each
// is one transaction: a failure leaves the database as it was.
func (e *engine) migrate(ctx context.Context, writer *gorm.DB, create bool) error {
	pool, err := writer.DB()
	if err != nil {
		return fmt.Errorf("postgres: open: %w", err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("postgres: connect: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing after the commit
	found, err := e.versionForChange(ctx, tx)
	if err != nil {
		return fmt.Errorf("postgres: read the version of the schema: %w", err)
	}
	err = e.design.check(found)
	_, empty := errors.AsType[*EmptyError](err)
	_, older := errors.AsType[*OlderSchemaError](err)
	switch {
	case empty && create:
		err = e.make(ctx, tx)
	case older && e.lead != nil && found >= e.design.baseline:
		err = e.upgrade(ctx, tx, found)
	default:
		return err
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("postgres: the schema %s, version %d: %w; nothing was changed", schemaName(e.schema), e.design.version, err)
	}
	return nil
}

// versionForChange waits for other programs that make or change a schema, and returns the version that they left. A server's
// other schema must not be newer than this program: it would be refused after this one was upgraded.
func (e *engine) versionForChange(ctx context.Context, tx *sql.Tx) (found int64, err error) {
	if err := lockSchema(ctx, tx); err != nil {
		return 0, err
	}
	for _, d := range e.beside {
		if other, err := version(ctx, tx, d.schema); err != nil || other > d.version {
			return 0, errors.Join(err, d.check(other))
		}
	}
	return version(ctx, tx, e.schema)
}

// make makes the schema as a whole.
func (e *engine) make(ctx context.Context, tx *sql.Tx) error {
	for _, script := range []string{
		"CREATE SCHEMA IF NOT EXISTS " + schemaName(e.schema) + ";\n" + e.design.whole,
		`CREATE TABLE schema_version (version bigint PRIMARY KEY)`,
	} {
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO schema_version (version) VALUES ($1)`, e.design.version)
	return err
}

// upgrade executes the steps after a version. Commands that write wait for its end, and find the new version then.
func (e *engine) upgrade(ctx context.Context, tx *sql.Tx, from int64) error {
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1, 1)`, lockClass); err != nil {
		return err
	}
	slog.InfoContext(ctx, "the schema of the database is upgraded", "schema", schemaName(e.schema), "from", from, "to", e.design.version)
	for _, s := range e.design.steps {
		if s.version <= from {
			continue
		}
		if _, err := tx.ExecContext(ctx, s.script); err != nil {
			return fmt.Errorf("step %s: %w", s.name, err)
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE schema_version SET version = $1`, e.design.version)
	return err
}

// compare refuses a schema that is missing or of another version. older accepts one that a server would upgrade.
func (e *engine) compare(ctx context.Context, on database.Querier, older bool) error {
	found, err := version(ctx, on, e.schema)
	if err != nil {
		return fmt.Errorf("postgres: read the version of the schema: %w", err)
	}
	if older && found >= e.design.baseline && found <= e.design.version {
		return nil
	}
	return e.design.check(found)
}

// lockSchema waits for another program that makes or changes a schema.
func lockSchema(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1, 0)`, lockClass)
	return err
}

// version returns the version of a schema, 0 if it has none.
func version(ctx context.Context, on database.Querier, schema database.Schema) (found int64, err error) {
	table := schemaName(schema) + ".schema_version"
	var there bool
	if err := on.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, table).Scan(&there); err != nil || !there {
		return 0, err
	}
	err = on.QueryRowContext(ctx, `SELECT version FROM `+table).Scan(&found)
	return found, err
}
