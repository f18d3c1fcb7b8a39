package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"urna/internal/database"
)

// copyFrom is the number of records from which they are copied into a temporary table. Making the table takes as long as
// cutting some thousand records.
const copyFrom = 1000

// records are many packed records, the first argument of a statement on them: pgx gives them the connection that the
// statement runs on, before it sends the statement.
type records struct {
	layout *database.Layout
	packed []byte
	number int64 // tells the records of one table apart
}

// numbered counts records.
//
//nolint:gochecknoglobals // one row of numbers for all connections
var numbered atomic.Int64

func newRecords(l *database.Layout, packed []byte) *records {
	return &records{layout: l, packed: packed, number: numbered.Add(1)}
}

// writing is true in the data of a connection that may make tables.
const writing = "writing"

// planned has each statement on records planned for its own records: a plan that was kept from when the ledger was empty would
// walk through all of it for each record.
const planned = pgx.QueryExecModeCacheDescribe

// whileFilling are the settings for a statement on records. An insertion looks for other rows in a table that grows meanwhile
// and can have been empty when that was planned: it must not walk through the table. What the planner adds to the cost of a walk
// would have it compile the statement first.
func whileFilling(statement string) string {
	if strings.HasPrefix(statement, "INSERT") {
		return "SET LOCAL jit = off; SET LOCAL enable_seqscan = off"
	}
	return "SET LOCAL enable_seqscan = on"
}

// RewriteQuery puts the relation r before a statement. A transaction that writes has the records in a temporary table from
// its first statement on them to its end, or until others of the layout replace them there. Elsewhere, where no table can be
// made, the statement cuts them apart.
func (r *records) RewriteQuery(ctx context.Context, c *pgx.Conn, statement string, args []any) (string, []any, error) {
	const inTransaction = 'T'
	if c.PgConn().TxStatus() == inTransaction {
		if err := c.PgConn().Exec(ctx, whileFilling(statement)).Close(); err != nil {
			return "", nil, err
		}
		if c.PgConn().CustomData()[writing] == true {
			table, err := r.table(ctx, c)
			return "WITH r AS (SELECT * FROM " + table + " WHERE " + asIfOne("position") + ") " + statement, args, err
		}
	}
	statement, args = r.cut(statement, args)
	return statement, args, nil
}

// cut has the statement cut the records apart.
func (r *records) cut(statement string, args []any) (string, []any) {
	last := "$" + strconv.Itoa(len(args)+1)
	return strings.ReplaceAll(cutting(r.layout), "$1", last) + statement, append(args, r.packed)
}

// table returns the temporary table that has the records on the connection. The transaction's end drops it, so that no
// ballot remains in a file of the session.
func (r *records) table(ctx context.Context, c *pgx.Conn) (name string, err error) {
	name, columns := "packed", []string{"position bigint"}
	for _, f := range r.layout.Fields {
		kind := "bytea"
		if f.Number {
			kind = "bigint"
		}
		name, columns = name+"_"+f.Name, append(columns, f.Name+" "+kind)
	}
	if c.PgConn().CustomData()[name] == r.number {
		return name, nil
	}
	script := fmt.Sprintf("DROP TABLE IF EXISTS pg_temp.%[1]s; CREATE TEMP TABLE %[1]s (%[2]s) ON COMMIT DROP", name, strings.Join(columns, ", "))
	if err := c.PgConn().Exec(ctx, script).Close(); err != nil {
		return "", fmt.Errorf("make a table for records: %w", err)
	}
	if _, err := c.PgConn().CopyFrom(ctx, &encoder{layout: r.layout, packed: r.packed, number: true, columns: len(columns)}, "COPY pg_temp."+name+" FROM STDIN (FORMAT binary)"); err != nil {
		return "", fmt.Errorf("copy records: %w", err)
	}
	c.PgConn().CustomData()[name] = r.number
	return name, nil
}
