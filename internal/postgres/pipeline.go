package postgres

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"urna/internal/database"
)

// ExecAll sends all statements before it waits for the first answer: a server on a busy machine, or on another one, takes longer for
// an answer than for a statement. Records are always cut apart, since a later statement's could take the place of a table.
func (*engine) ExecAll(ctx context.Context, on database.Querier, all []database.Statement) error {
	batch := &pgx.Batch{}
	for _, s := range all {
		statement, args := s.SQL, s.Args
		if len(args) > 0 && args[0] == planned { // a batch has statements with kept plans alone
			args = args[1:]
			if r, ok := args[0].(*records); ok {
				statement, args = r.cut(statement, args[1:])
			}
		}
		batch.Queue(statement, args...)
	}
	_, err := on.ExecContext(ctx, "", batch)
	return err
}

// connector makes connections that take a batch.
type connector struct{ driver.Connector }

// Connect returns a conn.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	plain, ok := made.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("postgres: unexpected connection type %T", made)
	}
	return conn{plain}, nil
}

// conn is a connection of database/sql that takes a batch as a statement's only argument.
type conn struct{ *stdlib.Conn }

// ExecContext sends the batch, or runs the statement.
func (c conn) ExecContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 1 {
		if batch, ok := args[0].Value.(*pgx.Batch); ok {
			return driver.ResultNoRows, c.Conn.Conn().SendBatch(ctx, batch).Close()
		}
	}
	return c.Conn.ExecContext(ctx, statement, args)
}
