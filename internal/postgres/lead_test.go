package postgres_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/postgres"
	"urna/internal/testing/databasetest"
	server "urna/internal/testing/postgres"
)

// lead opens the main schema of a database of the test as a leader, and returns its address.
func lead(t *testing.T) (db *database.DB, l *postgres.Lead, address string) {
	t.Helper()
	server.Need(t)
	address, err := databasetest.Address(t.Context(), filepath.Join(t.TempDir(), "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	l = postgres.NewLead(nil)
	if db, err = postgres.OpenWith(t.Context(), address, database.Main, postgres.Options{Lead: l}); err != nil {
		t.Fatal(err)
	}
	go l.Keep(database.Main)
	t.Cleanup(func() {
		l.End()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, l, address
}

// insert adds a participant.
func insert(ctx context.Context, db *database.DB, name string) error {
	return db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(ctx, `INSERT INTO participants (name, short_name, kind, color, created_at) VALUES ($1, '', 'party', '', 0)`, name)
		return err
	})
}

func kept(t *testing.T, l *postgres.Lead) {
	t.Helper()
	select {
	case err := <-l.Lost():
		t.Errorf("want the lead kept, got %v", err)
	default:
	}
}

// TestLead_OneProcessHasIt opens a database that another one leads: to lead it, to wait, and to write beside it.
func TestLead_OneProcessHasIt(t *testing.T) {
	db, l, address := lead(t)
	if _, err := postgres.OpenWith(t.Context(), address, database.Main, postgres.Options{Lead: postgres.NewLead(nil)}); !errors.Is(err, postgres.ErrLed) {
		t.Errorf("want the second one refused, got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	waits := 0
	_, err := postgres.OpenWith(ctx, address, database.Main, postgres.Options{Lead: postgres.NewLead(func() { waits++ })})
	if !errors.Is(err, context.DeadlineExceeded) || waits != 1 {
		t.Errorf("want it to wait until it is stopped, got %v after %d calls", err, waits)
	}
	beside, err := postgres.Open(t.Context(), address, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(insert(t.Context(), beside, "A"), beside.Close(), insert(t.Context(), db, "B")); err != nil {
		t.Error(err)
	}
	kept(t, l)
}

// TestLead_TheEndOfARequestDoesNotLoseIt ends the contexts of transactions within a statement and before the commit.
func TestLead_TheEndOfARequestDoesNotLoseIt(t *testing.T) {
	db, l, _ := lead(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(ctx, `SELECT pg_sleep(0.5)`)
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want the transaction refused, got %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	err = db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(ctx, `INSERT INTO participants (name, short_name, kind, color, created_at) VALUES ('A', '', 'party', '', 0)`)
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("want the transaction rolled back, got %v", err)
	}
	if err := insert(t.Context(), db, "A"); err != nil { // whose name is free
		t.Error(err)
	}
	kept(t, l)
}

// TestLead_TheNextProcessIsNotRefused starts a process, and a move of data, while the session of a process that has ended still has
// its lock, as PostgreSQL needs a moment to end it.
func TestLead_TheNextProcessIsNotRefused(t *testing.T) {
	url, beside := address(t)
	for name, begin := range map[string]func(*database.DB) error{
		"a server": func(*database.DB) error {
			l := postgres.NewLead(nil)
			next, err := postgres.OpenWith(t.Context(), url, database.Main, postgres.Options{Lead: l})
			if err == nil {
				l.End()
				err = next.Close()
			}
			return err
		},
		"a move": func(db *database.DB) error {
			return db.Write(t.Context(), func(tx *database.Tx) error { return postgres.Exclude(t.Context(), tx.SQL()) })
		},
	} {
		db, err := postgres.Open(t.Context(), url, database.Main)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, beside, `SELECT pg_advisory_lock(1970433633, 2)`)
		ended := make(chan error)
		time.AfterFunc(400*time.Millisecond, func() {
			_, err := beside.Exec(context.Background(), `SELECT pg_advisory_unlock(1970433633, 2)`)
			ended <- err
		})
		if err := begin(db); err != nil {
			t.Errorf("%s: want it not refused, got %v", name, err)
		}
		if err := errors.Join(<-ended, db.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestLead_ALostOneWritesNothing ends the writing connection, within a transaction and between two.
func TestLead_ALostOneWritesNothing(t *testing.T) {
	for name, within := range map[string]bool{"within a transaction": true, "between two": false} {
		t.Run(name, func(t *testing.T) {
			db, l, address := lead(t)
			err := db.Write(t.Context(), func(tx *database.Tx) error {
				if _, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO participants (name, short_name, kind, color, created_at) VALUES ('A', '', 'party', '', 0)`); err != nil || !within {
					return err
				}
				endLeader(t, address)
				return nil
			})
			if (err != nil) != within {
				t.Errorf("want an error %v, got %v", within, err)
			}
			if !within {
				endLeader(t, address)
			}
			next := postgres.NewLead(func() {})
			after, err := postgres.OpenWith(t.Context(), address, database.Main, postgres.Options{Lead: next})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { next.End(); _ = after.Close() }()
			if err := insert(t.Context(), db, "B"); err == nil || !database.IsFailing(err) {
				t.Errorf("want the former leader refused, got %v", err)
			}
			select {
			case err := <-l.Lost():
				if !errors.Is(err, postgres.ErrLeadLost) {
					t.Error(err)
				}
			case <-time.After(time.Minute):
				t.Error("want it to learn of that")
			}
			var stored int
			if err := after.Pool().QueryRowContext(t.Context(), `SELECT count(*) FROM participants`).Scan(&stored); err != nil || (stored == 0) != within {
				t.Errorf("want the transaction stored %v, got %d, %v", !within, stored, err)
			}
			kept(t, next)
		})
	}
}

// endLeader has the server end the session that holds the lock of the main schema.
func endLeader(t *testing.T, address string) {
	t.Helper()
	db, err := postgres.OpenForReading(t.Context(), address, database.Main, false)
	if err != nil {
		t.Fatal(err)
	}
	var ended int
	err = db.Pool().QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted
		AND objsubid = 2 AND objid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&ended)
	if err := errors.Join(err, db.Close()); err != nil || ended != 1 {
		t.Fatalf("want one session ended, got %d, %v", ended, err)
	}
}
