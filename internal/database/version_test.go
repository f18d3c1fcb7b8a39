package database_test

import (
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// TestVersion_ChangesWithEveryCommit commits through the same handle and through another one, as a command beside the
// server does.
func TestVersion_ChangesWithEveryCommit(t *testing.T) {
	folder := t.TempDir()
	db, other := databasetest.OpenIn(t, folder, database.Main), databasetest.OpenIn(t, folder, database.Main)
	version := func() database.Version {
		v, err := db.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	write := func(db *database.DB, name string) {
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), "INSERT INTO participants (name, short_name, kind, color, created_at) VALUES ($1, '', 'party', '', 0)", name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	before := version()
	if again := version(); before != again || !db.Unchanged(before) {
		t.Errorf("want the same version while nothing is committed, got %v and %v", before, again)
	}
	if db.Unchanged(database.Version{}) {
		t.Error("want the zero version to be of no state")
	}
	write(db, "A")
	if db.Unchanged(before) {
		t.Error("want the commit seen at once")
	}
	before = version()
	time.Sleep(600 * time.Millisecond) // longer than other processes' commits need
	if !db.Unchanged(before) {
		t.Error("want the own commit seen once")
	}
	write(other, "B")
	for deadline := time.Now().Add(10 * time.Second); db.Unchanged(before); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("want the commit of another process seen")
		}
	}
	if version() == before {
		t.Error("want another version after it")
	}
}

// TestVersion_ALostConnectionIsReplaced loses the connection on which versions are read.
func TestVersion_ALostConnectionIsReplaced(t *testing.T) {
	db := databasetest.Open(t)
	before, err := db.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.LoseVersionConnection(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Version(t.Context()); err == nil {
		t.Error("want the failure told once")
	}
	after, err := db.Version(t.Context())
	if err != nil {
		t.Fatalf("want another connection taken, got %v", err)
	}
	if before == after || db.Unchanged(before) || !db.Unchanged(after) {
		t.Error("want the numbers of one connection not compared with those of another")
	}
}
