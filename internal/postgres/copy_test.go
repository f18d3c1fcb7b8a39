package postgres_test

import (
	"errors"
	"fmt"
	"testing"

	"urna/internal/database"
	"urna/internal/postgres"
)

var errUndo = errors.New("undo")

// TestRows_AreTheSameHoweverManyThereAre reads few and many packed records where they are copied into a table and where
// they are not.
func TestRows_AreTheSameHoweverManyThereAre(t *testing.T) {
	url, _ := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	layout := database.NewLayout(database.Bytes("name", 3), database.Digits("number", 15))
	const query = `SELECT count(*), coalesce(sum(CASE WHEN number = 99999 * position + $1 AND name = decode(lpad(to_hex(position % 100), 6, '0'), 'hex') THEN 1 ELSE 0 END), 0), $2 + $1 FROM r`
	for _, n := range []int{0, 1, 999, 1000, 1001, 40_000} {
		pack := func(first int) (packed []byte) {
			for i := range n {
				packed = fmt.Appendf(packed, "\x00\x00%c%015d", byte(i%100), 99999*i+first)
			}
			for i := 2; i < len(packed); i += layout.Width { // as a byte, not as UTF-8
				packed[i] = byte(i / layout.Width % 100)
			}
			return packed
		}
		check := func(where string, r *database.Rows, err error, first int) {
			t.Helper()
			var found, good, sum int
			if err == nil {
				err = r.QueryRow(t.Context(), query, first, 5).Scan(&found, &good, &sum)
			}
			if err != nil || found != n || good != n || sum != 5+first {
				t.Errorf("%s: want %d good records, got %d, %d of them good, %d, %v", where, n, found, good, sum, err)
			}
		}
		r, err := db.Rows(t.Context(), layout, pack(1))
		check("a pool", r, err, 1)
		for where, run := range map[string]func(func(*database.Tx) error) error{
			"a transaction that reads":  func(fn func(*database.Tx) error) error { return db.Read(t.Context(), fn) },
			"a transaction that writes": func(fn func(*database.Tx) error) error { return db.Write(t.Context(), fn) },
		} {
			for range 2 { // the second on the connection of the first
				err := run(func(tx *database.Tx) error {
					one, err := tx.Rows(t.Context(), layout, pack(1))
					check(where, one, err, 1)
					check(where+", again", one, err, 1)
					two, err := tx.Rows(t.Context(), layout, pack(2))
					check(where+", others of the layout", two, err, 2)
					check(where+", the first of the layout", one, nil, 1)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestRows_CopiesEndWithTheirTransaction: a ballot that waited in a table of the session would be in a file that the close
// does not rewrite.
func TestRows_CopiesEndWithTheirTransaction(t *testing.T) {
	url, _ := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	layout := database.NewLayout(database.Digits("number", 4))
	var packed []byte
	for i := range 2000 {
		packed = fmt.Appendf(packed, "%04d", i)
	}
	tables := func(tx *database.Tx) (n int) {
		if err := tx.SQL().QueryRowContext(t.Context(), `SELECT count(*) FROM pg_class WHERE relname LIKE 'packed%'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, undo := range []error{nil, errUndo} {
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			rows, err := tx.Rows(t.Context(), layout, packed)
			if err != nil {
				return err
			}
			var sum int
			if err := rows.QueryRow(t.Context(), `SELECT sum(number) FROM r`).Scan(&sum); err != nil {
				return err
			}
			if sum != 1999*1000 || tables(tx) != 1 {
				t.Errorf("want the records in a table, got the sum %d, %d tables", sum, tables(tx))
			}
			return undo
		})
		if err != undo { //nolint:errorlint // the very error
			t.Fatal(err)
		}
		err = db.Write(t.Context(), func(tx *database.Tx) error {
			if n := tables(tx); n != 0 {
				t.Errorf("want no table after the transaction, got %d", n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestRows_WrongDigitsAreRefused gives a number with a letter to each way.
func TestRows_WrongDigitsAreRefused(t *testing.T) {
	url, _ := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, n := range []int{1, 2000} {
		packed := []byte(fmt.Sprintf("%0*d", 4*n, 0))
		packed[len(packed)-2] = 'x'
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			rows, err := tx.Rows(t.Context(), database.NewLayout(database.Digits("number", 4)), packed)
			if err != nil {
				return err
			}
			var sum int
			return rows.QueryRow(t.Context(), `SELECT sum(number) FROM r`).Scan(&sum)
		})
		if err == nil {
			t.Errorf("%d records: want the letter refused", n)
		}
	}
	if err := db.Write(t.Context(), func(*database.Tx) error { return nil }); err != nil {
		t.Errorf("want the connection usable afterwards, got %v", err)
	}
}
