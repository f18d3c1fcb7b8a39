package database

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// Field is one column of packed records.
type Field struct {
	Name  string
	Width int // in bytes
	// Number says that the bytes are the decimal digits of an integer, with zeros before it.
	Number bool
}

// Layout is how records are packed: one behind the other, each as long as its fields together. A layout is made once, by
// NewLayout, and not changed: engines keep SQL for it.
type Layout struct {
	Fields []Field
	Width  int // of a record
}

// NewLayout returns the layout of records with the fields.
func NewLayout(fields ...Field) *Layout {
	l := &Layout{Fields: fields}
	for _, f := range fields {
		l.Width += f.Width
	}
	return l
}

// Bytes is a field of so many bytes.
func Bytes(name string, width int) Field { return Field{Name: name, Width: width} }

// Digits is a field of an integer, written with so many decimal digits.
func Digits(name string, width int) Field { return Field{Name: name, Width: width, Number: true} }

// MaxRows is how many records one parameter can have.
const MaxRows = 1_000_000

// Insertion says which rows of a table records become. The table's primary key is a column that is the same for all of them
// and a field of bytes, which differs from record to record.
type Insertion struct {
	Table  string
	Within Constant   // the first column of the key
	Key    string     // the field
	Beside []Constant // other columns that the records lack
}

// Constant is a column that has the same value in all rows.
type Constant struct {
	Column string
	Value  int64
}

// Constants returns all columns that have the same value.
func (i *Insertion) Constants() []Constant { return append([]Constant{i.Within}, i.Beside...) }

// Rows are packed records as a relation. The statements that its methods run name it r; its columns are the layout's
// fields and position, which counts the records from 0. The placeholders of a statement are those of its own
// arguments. It is for statements where a call for each record would cost more than the record.
type Rows struct {
	engine Engine
	layout *Layout
	packed []byte

	on   Querier
	with string // defines r; a statement follows
	args []any  // of with

	taken int // placeholders of with that share the numbers of the statement's own
}

// Querier is a transaction or a pool.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Rows returns packed records as a relation for statements of the transaction. There are at most MaxRows of them.
func (t *Tx) Rows(ctx context.Context, l *Layout, packed []byte) (*Rows, error) {
	return newRows(ctx, t.engine, t.sql, l, packed)
}

// Rows returns packed records as a relation for single queries that need no snapshot.
func (d *DB) Rows(ctx context.Context, l *Layout, packed []byte) (*Rows, error) {
	return newRows(ctx, d.engine, d.readers, l, packed)
}

func newRows(ctx context.Context, e Engine, on Querier, l *Layout, packed []byte) (*Rows, error) {
	if n := len(packed); n%l.Width != 0 || n/l.Width > MaxRows {
		return nil, fmt.Errorf("database: %d bytes are not up to %d records of %d bytes", n, MaxRows, l.Width)
	}
	with, args, taken, err := e.Unpack(ctx, on, l, packed)
	if err != nil {
		return nil, fmt.Errorf("database: unpack records: %w", err)
	}
	return &Rows{engine: e, layout: l, packed: packed, on: on, with: with, args: args, taken: taken}, nil
}

// InsertAbsent inserts the records whose keys no row of the table has, and returns how many those are. Nothing but this
// transaction writes meanwhile. rest has the records that were not inserted, and can have others too.
func (r *Rows) InsertAbsent(ctx context.Context, into Insertion) (inserted int64, rest *Rows, err error) {
	inserted, packed, err := r.engine.InsertAbsent(ctx, r.on, r.layout, r.packed, into)
	if err != nil {
		return 0, nil, err
	}
	rest, err = newRows(ctx, r.engine, r.on, r.layout, packed)
	return inserted, rest, err
}

// Exec runs a statement that changes rows.
func (r *Rows) Exec(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	return r.on.ExecContext(ctx, r.behind(statement), r.all(args)...)
}

// Statement is a statement for Tx.ExecAll. It looks no rows up: an engine may keep its plan.
func (r *Rows) Statement(statement string, args ...any) Statement {
	return Statement{r.behind(statement), r.all(args)}
}

// Query runs a query.
func (r *Rows) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.on.QueryContext(ctx, r.behind(query), r.all(args)...)
}

// QueryRow runs a query of one row.
func (r *Rows) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return r.on.QueryRowContext(ctx, r.behind(query), r.all(args)...)
}

var placeholder = regexp.MustCompile(`\$\d+`)

// behind returns the statement with what defines r before it.
func (r *Rows) behind(statement string) string {
	if r.taken == 0 {
		return r.with + statement
	}
	return r.with + placeholder.ReplaceAllStringFunc(statement, func(own string) string {
		n, _ := strconv.Atoi(own[1:]) // digits
		return "$" + strconv.Itoa(n+r.taken)
	})
}

func (r *Rows) all(own []any) []any {
	return append(slices.Clip(r.args), own...)
}
