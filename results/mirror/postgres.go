package mirror

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/results"
)

// connectTimeout bounds the wait for a PostgreSQL server that does not answer.
const connectTimeout = 30 * time.Second

// FormatError is returned for a schema whose tables are those of another version of Urna, or no copy at all.
type FormatError struct{ Schema string }

// Error says what to do.
func (e *FormatError) Error() string {
	return fmt.Sprintf("the tables in the schema %s were made by another version of Urna: nothing was written; copy into another schema (--schema), "+
		"or drop this one and copy again", e.Schema)
}

// OwnSchemaError is returned for a schema in which a server of Urna has its own data.
type OwnSchemaError struct{ Schema string }

// Error says what to do.
func (e *OwnSchemaError) Error() string {
	return fmt.Sprintf("the schema %s has the data of Urna itself (serve --database): nothing was written; copy into another schema (--schema), "+
		"or into another database", e.Schema)
}

// own is the table that the schema of a server has, and a copy has not.
const own = ".schema_version"

// OtherFolderError is returned for a schema that has the copy of another data folder.
type OtherFolderError struct{ Schema string }

// Error says what to do.
func (e *OtherFolderError) Error() string {
	return fmt.Sprintf("the schema %s has elections of another data folder, whose numbers mean other elections: nothing was written; copy into another schema (--schema)",
		e.Schema)
}

// LogError is returned for a data folder whose audit log does not contain a head that the schema has.
type LogError struct {
	Schema string
	Events int64 // of that head; 0 if it is not known which
}

// Error says what it means and what to do.
func (e *LogError) Error() string {
	what := "a later or another state of the audit log than"
	if e.Events > 0 {
		what = fmt.Sprintf("a head of the audit log, after event %d, that is not in", e.Events)
	}
	return fmt.Sprintf("the schema %s has %s this data folder: nothing was written. A newer copy was made meanwhile, or the folder was replaced by "+
		"an older one, or its log was rewritten: compare the table audit_heads with urna verify --head HEAD. After an older folder was put in use on purpose, "+
		"copy into another schema (--schema)", e.Schema, what)
}

// WritePostgres copies the election into a schema, which CheckSchema has accepted, of the database at a URL of the form
// postgres://, in one transaction. hashAt returns the hash of an event of the audit log, "" for one that does not exist;
// all heads that the schema has are compared with it. Errors never contain the password of the URL.
func WritePostgres(ctx context.Context, url, schema string, c *results.Copy, hashAt func(event int64) (string, error)) (err error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return errors.New("the address of the PostgreSQL database cannot be read: write it as postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, connection.Close(context.WithoutCancel(ctx))) }()
	tx, err := connection.Begin(ctx)
	if err != nil {
		return fmt.Errorf("write to PostgreSQL: %w", err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback(context.WithoutCancel(ctx)) // the connection is closed in any case
		}
	}()
	run := func(statements string) error {
		if _, err := connection.PgConn().Exec(ctx, statements).ReadAll(); err != nil {
			return fmt.Errorf("write to PostgreSQL: %w", err)
		}
		return nil
	}
	var taken bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", schema+own).Scan(&taken); err != nil {
		return fmt.Errorf("read from PostgreSQL: %w", err)
	}
	if taken {
		return &OwnSchemaError{schema}
	}
	if err := run(prepare(c, schema)); err != nil {
		return err
	}
	if err := compare(ctx, tx, schema, c, hashAt); err != nil {
		return err
	}
	var script strings.Builder
	replace(c, schema, func(statement string) { script.WriteString(statement) })
	if err := run(script.String()); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("write to PostgreSQL: %w", err)
	}
	return nil
}

// compare refuses a schema that does not belong to the copy's data folder.
func compare(ctx context.Context, tx pgx.Tx, schema string, c *results.Copy, hashAt func(event int64) (string, error)) error {
	var form, log string
	if err := tx.QueryRow(ctx, "SELECT format, log FROM source").Scan(&form, &log); err != nil {
		return fmt.Errorf("read from PostgreSQL: %w", err)
	}
	switch {
	case form != Format:
		return &FormatError{schema}
	case log != c.Log:
		return &OtherFolderError{schema}
	}
	type known struct {
		Events int64
		Head   string
	}
	rows, err := tx.Query(ctx, "SELECT events, head FROM audit_heads ORDER BY events")
	if err != nil {
		return fmt.Errorf("read from PostgreSQL: %w", err)
	}
	heads, err := pgx.CollectRows(rows, pgx.RowToStructByPos[known])
	if err != nil {
		return fmt.Errorf("read from PostgreSQL: %w", err)
	}
	for _, k := range heads {
		if k.Events > c.Audit.Events {
			return &LogError{schema, k.Events}
		}
		hash, err := hashAt(k.Events)
		if err != nil {
			return err
		}
		if hash != k.Head {
			return &LogError{schema, k.Events}
		}
	}
	return nil
}
