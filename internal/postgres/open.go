package postgres

import (
	"cmp"
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
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
	design *design
	beside []*design // of a server's other schemas
	writer *gorm.DB
	own    atomic.Pointer[string] // what each writing connection executes at its beginning; nil for nothing

	lead    *Lead       // nil for a process that writes beside others
	led     atomic.Bool // the writing connection has taken the lock
	stoodBy atomic.Bool // it had to wait for it

	onlyReads bool // of OpenForReading

	// Under the write lock, of EmptyLog:
	old   string // the position in the log before which it tells of groups; "" is the present one
	ahead string // the segment with the highest name that may have old content; "" is not known yet

	tracked map[string]*trackedTable // set once, before the first transaction that changes one
}

// Options are the settings of OpenWith.
type Options struct {
	// Create makes the schema in a database that does not have it.
	Create bool
	// Lead makes this process the only one that writes, beside commands, and has it upgrade the schema of an earlier version. nil is
	// such a command.
	Lead *Lead
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

// OpenWith opens the database at a URL of the form postgres:// and checks on each connection the settings that promises rest on
// (SettingError). Each database.Schema is a schema of PostgreSQL, so that one database has both. Other errors: EmptyError,
// NewerSchemaError, OlderSchemaError, ErrPooler, ErrLed. None contains the password of the URL.
func OpenWith(ctx context.Context, url string, schema database.Schema, o Options) (*database.DB, error) {
	known, err := designs()
	if err != nil {
		return nil, err
	}
	return openWith(ctx, url, schema, known, o)
}

func openWith(ctx context.Context, url string, schema database.Schema, known map[database.Schema]*design, o Options) (*database.DB, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	e := &engine{schema: schema, design: known[schema], lead: o.Lead}
	if schema == database.Main && o.Lead != nil {
		e.beside = []*design{known[database.Sessions]}
	}
	if e.writer, err = e.pool(config, true, 1); err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	if err := e.begin(ctx); err != nil {
		return nil, errors.Join(explain(err), closePool(e.writer))
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

// OpenForReading opens a database in which this program changes nothing but temporary tables. Write refuses. older accepts a
// database that a server of this version would upgrade; only tables that every version has can be read then. Errors: EmptyError,
// NewerSchemaError, OlderSchemaError.
func OpenForReading(ctx context.Context, url string, schema database.Schema, older bool) (*database.DB, error) {
	known, err := designs()
	if err != nil {
		return nil, err
	}
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	e := &engine{schema: schema, design: known[schema], onlyReads: true}
	if e.writer, err = e.readers(config); err != nil {
		return nil, err
	}
	pool, err := e.writer.DB()
	if err == nil {
		err = e.compare(ctx, pool, older)
	}
	var db *database.DB
	if err == nil {
		db, err = database.New(e, e.writer, e.writer)
	}
	if err != nil {
		return nil, errors.Join(explain(err), closePool(e.writer))
	}
	return db, nil
}

// CheckURL refuses a text that is no address of a database. The error does not repeat it.
func CheckURL(url string) error {
	_, err := parse(url)
	return err
}

// parse reads a URL.
func parse(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if scheme, _, _ := strings.Cut(address, "://"); err == nil && scheme != "postgres" && scheme != "postgresql" {
		err = errors.New("no URL")
	}
	if err != nil { // its text may have the password
		if file := unusableFile(address); file != nil {
			return nil, file
		}
		return nil, errors.New("the address of the PostgreSQL database cannot be read: write it as postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full")
	}
	return config, nil
}

// unusableFile returns why a file for TLS that a URL or the environment names cannot be used; nil for no reason.
func unusableFile(address string) error {
	var query url.Values
	if u, err := url.Parse(address); err == nil {
		query = u.Query()
	}
	for _, name := range []string{"sslrootcert", "sslcert", "sslkey"} {
		path := cmp.Or(query.Get(name), os.Getenv("PG"+strings.ToUpper(name)))
		if path == "" || path == "system" {
			continue
		}
		content, err := os.ReadFile(path) //nolint:gosec // the operator names it
		if err != nil {
			return fmt.Errorf("the address of the PostgreSQL database names a file that cannot be read, %s: %w", name, err)
		}
		if name == "sslrootcert" && !x509.NewCertPool().AppendCertsFromPEM(content) {
			return fmt.Errorf("the address of the PostgreSQL database names a file without a certificate in PEM, %s: %s", name, path)
		}
	}
	return nil
}

// readers opens the connections that read.
func (e *engine) readers(config *pgx.ConnConfig) (*gorm.DB, error) {
	pool, err := e.pool(config, false, 1+max(4, 2*runtime.NumCPU()))
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

// begin takes the lead, if the process is to lead.
func (e *engine) begin(ctx context.Context) error {
	if e.lead == nil {
		return nil
	}
	writer, err := e.writer.DB()
	if err != nil {
		return err
	}
	return e.takeLead(ctx, writer)
}

// Uninterrupted reports whether a lost connection would end the lead.
func (e *engine) Uninterrupted() bool { return e.lead != nil }

// reading are the settings of connections that read: each transaction sees one state of the database. Those of a server are
// read-only too, which the connection must not be when it is made: target_session_attrs=read-write looks at that. Those of
// OpenForReading may make temporary tables, as the recount does.
const reading = `SET default_transaction_isolation = 'repeatable read'`

// pool opens connections with settings beside those of the URL.
func (e *engine) pool(config *pgx.ConnConfig, writes bool, connections int) (*gorm.DB, error) {
	config = config.Copy()
	config.RuntimeParams["search_path"] = schemaName(e.schema)
	config.RuntimeParams["application_name"] = "urna"
	if config.ConnectTimeout == 0 { // so that one of several hosts that does not answer is left soon
		config.ConnectTimeout = connectTimeout
	}
	config.DialFunc = (&net.Dialer{KeepAlive: keepAlive, Control: giveUp}).DialContext
	if writes && e.lead != nil {
		maps.Copy(config.RuntimeParams, leading())
		config.BuildContextWatcherHandler = func(*pgconn.PgConn) ctxwatch.Handler { return uninterrupted{} }
	}
	pool := sql.OpenDB(connector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		if err := checkConnection(ctx, c, writes); err != nil {
			return err
		}
		if !writes {
			statements := reading
			if !e.onlyReads {
				statements += `; SET default_transaction_read_only = on`
			}
			_, err := c.Exec(ctx, statements)
			return err
		}
		c.PgConn().CustomData()[writing] = true
		if e.lead != nil {
			if err := e.takeLock(ctx, c); err != nil {
				return err
			}
		}
		own := e.own.Load()
		if own == nil {
			return nil
		}
		_, err := c.Exec(ctx, *own)
		return err
	}))})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return gorm.Open(dialector{Dialector: &driver.Dialector{Config: &driver.Config{Conn: pool}}}, &gorm.Config{
		Logger:                 logger.Discard, // errors are returned; values never reach a log
		DisableAutomaticPing:   true,           // it knows no context, and the first connection may have to wait for the lead
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
