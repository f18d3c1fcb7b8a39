package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"urna/internal/database"
)

// insertion are packed records that a table is to have, the first argument of a statement: pgx gives it the connection that
// the statement runs on, within its transaction.
type insertion struct {
	database.Insertion

	layout *database.Layout
	packed []byte
	at     int // where the key begins in a record
	width  int // of the key

	rest []byte // the records whose keys the table has
}

// InsertAbsent copies the records straight into the table, but for those whose keys it has, which it asks before: an
// insertion that may meet another row costs twice as much as one that may not. rest has only these.
func (*engine) InsertAbsent(ctx context.Context, on database.Querier, l *database.Layout, packed []byte, into database.Insertion) (inserted int64, rest []byte, err error) {
	i := insertion{Insertion: into, layout: l, packed: packed}
	for _, f := range l.Fields {
		if f.Name == into.Key {
			i.width = f.Width
			break
		}
		i.at += f.Width
	}
	err = on.QueryRowContext(ctx, "SELECT $1::bigint", &i).Scan(&inserted)
	return inserted, i.rest, err
}

// RewriteQuery copies the records. The statement after it only returns how many they were.
func (i *insertion) RewriteQuery(ctx context.Context, c *pgx.Conn, statement string, _ []any) (string, []any, error) {
	held, err := i.held(ctx, c.PgConn())
	if err != nil {
		return "", nil, fmt.Errorf("look for records: %w", err)
	}
	for _, position := range held {
		i.rest = append(i.rest, i.packed[position*i.layout.Width:][:i.layout.Width]...)
	}
	inserted := int64(i.records() - len(held))
	if inserted > 0 {
		if err := i.copy(ctx, c.PgConn(), held); err != nil {
			return "", nil, fmt.Errorf("copy records: %w", err)
		}
	}
	return statement, []any{inserted}, nil
}

func (i *insertion) records() int { return len(i.packed) / i.layout.Width }

// key returns the key of the record at a position.
func (i *insertion) key(position int) []byte {
	return i.packed[position*i.layout.Width+i.at:][:i.width]
}

// copy copies all records but the held ones.
func (i *insertion) copy(ctx context.Context, c *pgconn.PgConn, held []int) error {
	e := encoder{layout: i.layout, packed: i.packed, skip: held}
	var columns []string
	for _, constant := range i.Constants() {
		columns, e.same = append(columns, constant.Column), appendBigint(e.same, uint64(constant.Value))
	}
	for _, f := range i.layout.Fields {
		columns = append(columns, f.Name)
	}
	e.columns = len(columns)
	_, err := c.CopyFrom(ctx, &e, fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary)", i.Table, strings.Join(columns, ", ")))
	return err
}

// The queries that look for keys, with the table and the columns of its key. anyBetween looks whether there is any between
// the first and the last, as there is none for the first of an election's batches. heldKeys walks down the index for each: as a
// value its subquery is a look-up by the whole key, also of an election that the planner's statistics do not know yet and take for
// empty.
const (
	anyBetween = `SELECT true FROM %[1]s WHERE %[2]s = $1 AND %[3]s >= $2 AND %[3]s <= $3 LIMIT 1`
	heldKeys   = `SELECT k.key FROM unnest($2::bytea[]) AS k (key) WHERE (SELECT true FROM %[1]s WHERE %[2]s = $1 AND %[3]s = k.key)`
)

// held returns the positions of the records whose keys the table has, ascending.
func (i *insertion) held(ctx context.Context, c *pgconn.PgConn) ([]int, error) {
	if i.records() == 0 {
		return nil, nil
	}
	if err := c.Exec(ctx, "SET LOCAL jit = off; SET LOCAL enable_seqscan = off").Close(); err != nil {
		return nil, err
	}
	first, last := i.key(0), i.key(0)
	for position := range i.records() {
		if k := i.key(position); bytes.Compare(k, first) < 0 {
			first = k
		} else if bytes.Compare(k, last) > 0 {
			last = k
		}
	}
	found, err := i.query(ctx, c, anyBetween, []uint32{pgtype.ByteaOID, pgtype.ByteaOID}, first, last)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if found, err = i.query(ctx, c, heldKeys, []uint32{pgtype.ByteaArrayOID}, i.keys()); err != nil || len(found) == 0 {
		return nil, err
	}
	keys := make(map[string]bool, len(found))
	for _, row := range found {
		keys[string(row[0])] = true
	}
	held := make([]int, 0, len(keys))
	for position := range i.records() {
		if keys[string(i.key(position))] {
			held = append(held, position)
		}
	}
	return held, nil
}

// query runs one of the queries. It is planned for these values alone: a plan from when the table was empty would walk
// through it.
func (i *insertion) query(ctx context.Context, c *pgconn.PgConn, query string, types []uint32, values ...[]byte) (rows [][][]byte, err error) {
	within := binary.BigEndian.AppendUint64(nil, uint64(i.Within.Value))
	binaries := []int16{pgx.BinaryFormatCode}
	r := c.ExecParams(ctx, fmt.Sprintf(query, i.Table, i.Within.Column, i.Key), slices.Insert(values, 0, within), slices.Insert(types, 0, pgtype.Int8OID), binaries, binaries).Read()
	return r.Rows, r.Err
}

// keys returns the keys of all records as an array in the binary format.
func (i *insertion) keys() []byte {
	const header = 20
	b := make([]byte, 0, header+i.records()*(4+i.width))
	for _, n := range []uint32{1, 0, pgtype.ByteaOID, uint32(i.records()), 1} { // one dimension, without NULL, from 1 on
		b = binary.BigEndian.AppendUint32(b, n)
	}
	for position := range i.records() {
		b = binary.BigEndian.AppendUint32(b, uint32(i.width))
		b = append(b, i.key(position)...)
	}
	return b
}
