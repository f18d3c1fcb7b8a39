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

// Open opens the database at a URL of the form postgres://, makes the schema in it if it has none, and checks on each
// connection the settings that promises rest on (SettingError). Each database.Schema is a schema of PostgreSQL, so that
// one database has both. Errors never contain the password of the URL.
func Open(ctx context.Context, url string, schema database.Schema) (*database.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the address of the PostgreSQL database cannot be read: write it as postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full")
	}
	e := &engine{schema: schema}
	if e.writer, err = e.pool(config, nil, 1); err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	if err := e.migrate(ctx, e.writer); err != nil {
		return nil, errors.Join(explain(err), closePool(e.writer))
	}
	reader, err := e.pool(config, map[string]string{
		"default_transaction_read_only": "on",
		// A transaction that reads sees one state of the database.
		"default_transaction_isolation": "repeatable read",
	}, 1+max(4, 2*runtime.NumCPU()))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("postgres: open for reading: %w", err), closePool(e.writer))
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
