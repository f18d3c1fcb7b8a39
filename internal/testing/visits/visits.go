package visits

import (
	"fmt"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// Count is how many rows were visited: in all, and by statement on SQLite, by table on PostgreSQL.
type Count struct {
	Sum int64
	By  map[string]int64
}

func (c *Count) add(by string, n int64) {
	c.Sum += n
	c.By[by] += n
}

// Most says what had the most, for messages.
func (c Count) Most() string {
	most := ""
	for by, n := range c.By {
		if most == "" || n > c.By[most] {
			most = by
		}
	}
	return fmt.Sprintf("%d of %d: %s", c.By[most], c.Sum, most)
}

// Of counts the rows that are visited in db while do runs. On PostgreSQL it closes the idle connections that read, and do opens no
// connection to the same database through another pool.
func Of(tb testing.TB, db *database.DB, do func()) Count {
	tb.Helper()
	if databasetest.OnPostgres() {
		return rowsOf(tb, db, do)
	}
	return stepsOf(tb, db, do)
}

// rowsOf reads PostgreSQL's statistics before and after. A session adds its own when it ends, so each transaction gets a session
// of its own.
func rowsOf(tb testing.TB, db *database.DB, do func()) Count {
	tb.Helper()
	pool := db.Pool()
	further := sessions(tb, db) + 1 - pool.Stats().OpenConnections // of other pools
	pool.SetMaxIdleConns(-1)
	defer pool.SetMaxIdleConns(pool.Stats().MaxOpenConnections)
	before := statistics(tb, db, further)
	do()
	after := Count{By: map[string]int64{}}
	for table, n := range statistics(tb, db, further) {
		if n > before[table] {
			after.add(table, n-before[table])
		}
	}
	return after
}

// sessions returns how many other sessions the database has.
func sessions(tb testing.TB, db *database.DB) (n int) {
	tb.Helper()
	err := db.Pool().QueryRowContext(tb.Context(), `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&n)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// statistics returns how many rows and entries of its indexes were read of each table, once the sessions of closed connections
// have ended.
func statistics(tb testing.TB, db *database.DB, further int) map[string]int64 {
	tb.Helper()
	pool := db.Pool()
	for tries := 0; ; time.Sleep(time.Millisecond) {
		n, open := sessions(tb, db), further+pool.Stats().OpenConnections
		if n <= open {
			break
		}
		if tries++; tries > 10_000 {
			tb.Fatalf("want at most %d other sessions, got %d", open, n)
		}
	}
	rows, err := pool.QueryContext(tb.Context(), `SELECT relname, seq_tup_read + greatest(coalesce(idx_tup_fetch, 0),
		(SELECT coalesce(sum(i.idx_tup_read), 0) FROM pg_stat_user_indexes i WHERE i.relid = t.relid))
		FROM pg_stat_user_tables t WHERE schemaname = current_schema()`)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	read := map[string]int64{}
	for rows.Next() {
		var table string
		var n int64
		if err := rows.Scan(&table, &n); err != nil {
			tb.Fatal(err)
		}
		read[table] = n
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return read
}
