package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"urna/internal/database"
)

// Rewrite empties and refills the tables, in the order of their keys and in one transaction: a row's place told when it came, and
// the number of its transaction with which others. VACUUM FULL keeps both. A transaction that has read one of the tables, and
// does not end within half a second, is in the way (database.ErrReadersInTheWay).
func (e *engine) Rewrite(ctx context.Context, tables []string) error {
	pool, err := e.writer.DB()
	if err != nil {
		return fmt.Errorf("postgres: rewrite: %w", err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err == nil {
		err = e.rewrite(ctx, tx, tables)
		if err == nil {
			err = tx.Commit()
			e.old = ""
		} else {
			err = errors.Join(err, tx.Rollback())
		}
	}
	if code(err) == lockNotAvailable {
		err = fmt.Errorf("%w: %w", database.ErrReadersInTheWay, err)
	}
	if err != nil {
		return explain(fmt.Errorf("postgres: rewrite: %w", err))
	}
	return nil
}

// lockNotAvailable is the code of a lock that was not free for lock_timeout.
const lockNotAvailable = "55P03"

func (e *engine) rewrite(ctx context.Context, tx *sql.Tx, tables []string) error {
	if err := e.Begun(ctx, tx); err != nil {
		return err
	}
	if len(tables) == 0 {
		return nil
	}
	// Votes wait meanwhile, and so do those who begin to read.
	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '500ms'; LOCK TABLE "+strings.Join(tables, ", ")+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		return err
	}
	for _, table := range tables {
		key, err := keyOf(ctx, tx, table)
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
		for _, statement := range []string{
			"CREATE TEMP TABLE rewritten ON COMMIT DROP AS TABLE %[1]s",
			"ALTER TABLE %[1]s DISABLE TRIGGER USER", // which refuse changes of what was certified: this is none
			"TRUNCATE %[1]s",
			"INSERT INTO %[1]s SELECT * FROM rewritten ORDER BY %[2]s",
			"ALTER TABLE %[1]s ENABLE TRIGGER USER",
			"DROP TABLE rewritten",
		} {
			if strings.Contains(statement, "%[2]s") {
				statement = fmt.Sprintf(statement, table, key)
			} else if strings.Contains(statement, "%") {
				statement = fmt.Sprintf(statement, table)
			}
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
	}
	return nil
}

// keyOf returns the columns of a table's primary key, with commas between.
func keyOf(ctx context.Context, on database.Querier, table string) (columns string, err error) {
	err = on.QueryRowContext(ctx, `SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int[], a.attnum::int))
		FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
		WHERE i.indrelid = $1::regclass AND i.indisprimary`, table).Scan(&columns)
	return columns, err
}

// insufficientPrivilege is the code of what the role may not do.
const insufficientPrivilege = "42501"
