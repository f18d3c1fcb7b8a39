package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/internal/database"
	"urna/internal/postgres"
	"urna/internal/testing/databasetest"
)

// address returns the URL of a new database with the schemas, and a connection to it beside the program.
func address(t *testing.T) (url string, beside *pgx.Conn) {
	t.Helper()
	folder := t.TempDir()
	databasetest.OpenPostgres(t, folder, database.Main)
	url, err := databasetest.Address(t.Context(), folder+"/urna.db")
	if err != nil {
		t.Fatal(err)
	}
	if beside, err = pgx.Connect(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Close(context.Background()) })
	return url, beside
}

func exec(t *testing.T, c *pgx.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := c.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// TestOpen_RefusesSettingsThatBreakPromises sets one setting for the database, as an administrator may.
func TestOpen_RefusesSettingsThatBreakPromises(t *testing.T) {
	url, beside := address(t)
	for setting, want := range map[string]string{
		"synchronous_commit = off":              "an accepted ballot would not be safe",
		"synchronous_commit = local":            "an accepted ballot would not be safe",
		"synchronous_commit = remote_write":     "an accepted ballot would not be safe",
		"synchronous_commit = remote_apply":     "",
		"log_parameter_max_length_on_error = 5": "the server's log would hold",
		"log_statement = 'all'":                 "", // log_parameter_max_length is 0 in this server
		"log_min_duration_statement = 0":        "",
	} {
		name, _, _ := strings.Cut(setting, " ")
		exec(t, beside, "ALTER DATABASE "+pgx.Identifier{beside.Config().Database}.Sanitize()+" SET "+setting)
		db, err := postgres.Open(t.Context(), url, database.Main)
		if err == nil {
			err = db.Close()
		}
		refused, is := errors.AsType[*postgres.SettingError](err)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: want it accepted, got %v", setting, err)
		case want != "" && (!is || refused.Name != name || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: want it refused because %s, got %v", setting, want, err)
		}
		exec(t, beside, "ALTER DATABASE "+pgx.Identifier{beside.Config().Database}.Sanitize()+" RESET "+name)
	}
	for _, bad := range []string{"log_statement = 'all'", "log_min_duration_statement = 0", "log_min_duration_sample = 5", "log_transaction_sample_rate = 0.1"} {
		exec(t, beside, "ALTER DATABASE "+pgx.Identifier{beside.Config().Database}.Sanitize()+" SET "+bad,
			"ALTER DATABASE "+pgx.Identifier{beside.Config().Database}.Sanitize()+" SET log_parameter_max_length = -1")
		if _, err := postgres.Open(t.Context(), url, database.Main); err == nil || !strings.Contains(err.Error(), "log_parameter_max_length") {
			t.Errorf("%s: want it refused, since values are logged, got %v", bad, err)
		}
		exec(t, beside, "ALTER DATABASE "+pgx.Identifier{beside.Config().Database}.Sanitize()+" RESET ALL")
	}
}

// TestOpen_RefusesAnotherSortOrder: a list would be in another order than on SQLite.
func TestOpen_RefusesAnotherSortOrder(t *testing.T) {
	url, beside := address(t)
	const name = "urna_test_another_order"
	exec(t, beside, "DROP DATABASE IF EXISTS "+name, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
	defer exec(t, beside, "DROP DATABASE "+name+" WITH (FORCE)")
	_, err := postgres.Open(t.Context(), strings.Replace(url, beside.Config().Database, name, 1), database.Main)
	if refused, is := errors.AsType[*postgres.SettingError](err); !is || refused.Name != "server_encoding" {
		t.Errorf("want the encoding refused, got %v", err)
	}
}

// TestOpen_ErrorsHaveNoPassword gives addresses that cannot be used.
func TestOpen_ErrorsHaveNoPassword(t *testing.T) {
	for _, url := range []string{"postgres://urna:s3cret@127.0.0.1:1/urna?connect_timeout=1", "postgres://urna:s3cret@%zz/urna"} {
		if _, err := postgres.Open(t.Context(), url, database.Main); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("want an error without the password, got %v", err)
		}
	}
}

// TestWrite_OneAtATimeBesideOtherPrograms: a transaction of another program waits for the one that writes.
func TestWrite_OneAtATimeBesideOtherPrograms(t *testing.T) {
	url, beside := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	err = db.Write(t.Context(), func(*database.Tx) error {
		var free bool
		if err := beside.QueryRow(t.Context(), `SELECT pg_try_advisory_xact_lock(1970433633, 1)`).Scan(&free); err != nil {
			return err
		}
		if free {
			t.Error("want the lock held while a transaction writes")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWrite_LostConnection ends the session of a transaction that writes, as a failing server does.
func TestWrite_LostConnection(t *testing.T) {
	url, beside := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	cut := func(tx *database.Tx) error {
		var pid int
		if err := tx.SQL().QueryRowContext(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
			return err
		}
		_, err := beside.Exec(t.Context(), `SELECT pg_terminate_backend($1, 5000)`, pid)
		return err
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		if err := cut(tx); err != nil {
			return err
		}
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO settings VALUES ('a', 'b')`)
		return err
	})
	if !errors.Is(err, database.ErrFailing) || errors.Is(err, database.ErrUnknownOutcome) {
		t.Errorf("want a failing database before the commit, got %v", err)
	}
	if err := db.Write(t.Context(), cut); !errors.Is(err, database.ErrUnknownOutcome) {
		t.Errorf("want the outcome of the commit unknown, got %v", err)
	}
	if err := db.Write(t.Context(), func(*database.Tx) error { return nil }); err != nil {
		t.Errorf("want another connection, got %v", err)
	}
}

// TestRewrite_LeavesNoOrder: rows of many transactions, some of them deleted, have one transaction and the order of keys.
func TestRewrite_LeavesNoOrder(t *testing.T) {
	url, beside := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for i := range 40 {
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), fmt.Sprintf(`INSERT INTO online_ballots VALUES (1, %s, 1, $1)`, tx.Dialect().RandomBytes(16)), i)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	inOrder := func() (transactions int, sorted bool, guids [][]byte) {
		rows, err := beside.Query(t.Context(), `SELECT guid, xmin::text FROM urna.online_ballots ORDER BY ctid`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		seen := map[string]bool{}
		for rows.Next() {
			var guid []byte
			var by string
			if err := rows.Scan(&guid, &by); err != nil {
				t.Fatal(err)
			}
			seen[by], guids = true, append(guids, guid)
		}
		return len(seen), slices.IsSortedFunc(guids, slices.Compare), guids
	}
	if transactions, sorted, guids := inOrder(); transactions != 40 || sorted || len(guids) != 40 {
		t.Fatalf("want 40 transactions in the order of time before, got %d, sorted %t", transactions, sorted)
	}
	if err := db.Rewrite(t.Context(), "online_ballots", "voter_flags"); err != nil {
		t.Fatal(err)
	}
	if transactions, sorted, guids := inOrder(); transactions != 1 || !sorted || len(guids) != 40 {
		t.Errorf("want 40 rows of one transaction in the order of keys, got %d rows, %d transactions, sorted %t", len(guids), transactions, sorted)
	}
	if err := db.EmptyLog(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRewrite_AReaderInTheWay: votes would wait for the end of a transaction that reads, such as one of a forgotten shell.
func TestRewrite_AReaderInTheWay(t *testing.T) {
	url, beside := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	exec(t, beside, "BEGIN", "SELECT * FROM urna.voter_flags")
	begun := time.Now()
	if err := db.Rewrite(t.Context(), "online_ballots", "voter_flags"); !errors.Is(err, database.ErrReadersInTheWay) || time.Since(begun) > 20*time.Second {
		t.Errorf("want the reader found in the way soon, got %v after %v", err, time.Since(begun))
	}
	exec(t, beside, "ROLLBACK")
	if err := db.Rewrite(t.Context(), "online_ballots", "voter_flags"); err != nil {
		t.Errorf("want the tables rewritten after it, got %v", err)
	}
}

// TestCheck_FindsWhatIsNotOfTheSchema alters the schema beside the program.
func TestCheck_FindsWhatIsNotOfTheSchema(t *testing.T) {
	url, beside := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	found := func() (all []string) {
		err := db.Read(t.Context(), func(tx *database.Tx) error {
			faults, err := tx.Check(t.Context())
			for _, f := range faults {
				all = append(all, f.Sentence)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := found(); len(all) > 0 {
		t.Fatalf("want no fault, got %q", all)
	}
	exec(t, beside, "ALTER TABLE urna.elections DISABLE TRIGGER certified_elections_stay", "DROP INDEX urna.batches_by_official",
		"ALTER TABLE urna.settings ADD COLUMN more text", "ALTER TABLE urna.batch_tallies DROP CONSTRAINT batch_tallies_votes_check", "CREATE TABLE urna.others (n int)")
	want := []string{
		"the constraint batch_tallies_votes_check of batch_tallies is missing", "the index batches_by_official is missing", "the table settings was altered",
		"the trigger certified_elections_stay was altered", "the table others is none of Urna's",
	}
	if all := found(); !slices.Equal(all, want) {
		t.Errorf("want %q, got %q", want, all)
	}
}
