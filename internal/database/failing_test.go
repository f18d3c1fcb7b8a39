package database_test

import (
	"path/filepath"
	"testing"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/faultvfs"
)

// TestWrite_SaysWhetherTheDatabaseOrAStatementFails lets a disk fail under a transaction, and then a constraint.
func TestWrite_SaysWhetherTheDatabaseOrAStatementFails(t *testing.T) {
	disk, err := faultvfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	db, err := databasetest.OpenThrough(t.Context(), filepath.Join(t.TempDir(), "urna.db"), database.Main, disk.VFS)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	insert := func(name any) error {
		return db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(),
				"INSERT INTO participants (name, short_name, kind, color, created_at) VALUES ($1, '', 'party', '', 0)", name)
			return err
		})
	}
	for _, code := range []faultvfs.Code{faultvfs.WriteError, faultvfs.Full} {
		disk.Arm(faultvfs.Fault{Act: faultvfs.Write, Nth: 1, Times: 1, Code: code})
		if err := insert("A"); !database.IsFailing(err) || database.IsDiskFull(err) != (code == faultvfs.Full) {
			t.Errorf("code %d: want the database to fail, got %v", code, err)
		}
	}
	if err := insert(nil); err == nil || database.IsFailing(err) {
		t.Errorf("want the statement alone to fail, got %v", err)
	}
	if err := insert("A"); err != nil {
		t.Error(err)
	}
}
