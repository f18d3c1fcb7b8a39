package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	driver "gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"urna/internal/database"
)

// engine is the part of an open database that is PostgreSQL's own.
type engine struct {
	dialect
	schema database.Schema
	writer *gorm.DB
	own    atomic.Pointer[string] // what each writing connection executes at its beginning; nil for nothing

	tracked map[string]*trackedTable // set once, before the first transaction that changes one
}

// Options are the settings of OpenWith.
type Options struct {
	// Create makes the schema in a database that does not have it.
	Create bool
}

// EmptyError is returned for a database without the schema.
type EmptyError struct{ Schema database.Schema }

// Error says what to do.
func (e *EmptyError) Error() string {
	return fmt.Sprintf("the PostgreSQL database has no schema %s: this is another database, or nothing was stored in it yet. "+
		"Correct the address, or start the server with it first, which makes the schema", schemaName(e.Schema))
}

// Open is OpenWith for a database that may be empty.
func Open(ctx context.Context, url string, schema database.Schema) (*database.DB, error) {
	return OpenWith(ctx, url, schema, Options{Create: true})
}

// OpenWith opens the database at a URL of the form postgres:// and checks on each
// connection the settings that promises rest on (SettingError). Each database.Schema is a schema of PostgreSQL, so that
// one database has both. Errors never contain the password of the URL.
func OpenWith(ctx context.Context, url string, schema database.Schema, o Options) (*database.DB, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	e := &engine{schema: schema}
	if e.writer, err = e.pool(config, nil, 1); err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	if err := e.migrate(ctx, e.writer, o.Create); err != nil {
		return nil, errors.Join(explain(err), closePool(e.writer))
	}
	reader, err := e.readers(config)
	if err != nil {
		return nil, errors.Join(err, closePool(e.writer))
	}
	db, err := database.New(e, e.writer, reader)
	if err == nil {
		err = db.Pool().PingContext(ctx)
	}
	if err != nil {
		return nil, errors.Join(explain(err), closePool(e.writer), closePool(reader))
	}
	return db, nil
}

// OpenForReading opens a database in which this program changes nothing. Write refuses. Errors: EmptyError, VersionError.
func OpenForReading(ctx context.Context, url string, schema database.Schema) (*database.DB, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	e := &engine{schema: schema}
	if e.writer, err = e.readers(config); err != nil {
		return nil, err
	}
	err = e.compare(ctx, e.writer)
	var db *database.DB
	if err == nil {
		db, err = database.New(e, e.writer, e.writer)
	}
	if err != nil {
		return nil, errors.Join(explain(err), closePool(e.writer))
	}
	return db, nil
}

// parse reads a URL.
func parse(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil { // its text may have the password
		return nil, errors.New("the address of the PostgreSQL database cannot be read: write it as postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full")
	}
	return config, nil
}

// readers opens the connections that read.
func (e *engine) readers(config *pgx.ConnConfig) (*gorm.DB, error) {
	pool, err := e.pool(config, map[string]string{
		"default_transaction_read_only": "on",
		// A transaction that reads sees one state of the database.
		"default_transaction_isolation": "repeatable read",
	}, 1+max(4, 2*runtime.NumCPU()))
	if err != nil {
		return nil, fmt.Errorf("postgres: open for reading: %w", err)
	}
	return pool, nil
}

// schemaName is the schema of PostgreSQL for one of Urna's.
func schemaName(schema database.Schema) string {
	if schema == database.Main {
		return "urna"
	}
	return "urna_" + string(schema)
}

// pool opens connections with settings beside those of the URL; without any they are writing ones.
func (e *engine) pool(config *pgx.ConnConfig, settings map[string]string, connections int) (*gorm.DB, error) {
	writes := settings == nil
	config = config.Copy()
	config.RuntimeParams["search_path"] = schemaName(e.schema)
	config.RuntimeParams["application_name"] = "urna"
	maps.Copy(config.RuntimeParams, settings)
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		if err := checkConnection(ctx, c, writes); err != nil {
			return err
		}
		own := e.own.Load()
		if !writes || own == nil {
			return nil
		}
		_, err := c.Exec(ctx, *own)
		return err
	}))
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return gorm.Open(dialector{Dialector: &driver.Dialector{Config: &driver.Config{Conn: pool}}}, &gorm.Config{
		Logger:                 logger.Discard, // errors are returned; values never reach a log
		SkipDefaultTransaction: true,
		TranslateError:         true,
	})
}

func closePool(g *gorm.DB) error {
	pool, err := g.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}
