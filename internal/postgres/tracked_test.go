package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/postgres"
)

// TestTrack_MakesTriggersThatAreMissingOnly opens a database several times. Triggers that are there are let be, even if a
// transaction of another program has changed their table; those that are missing, switched off or altered are made again.
func TestTrack_MakesTriggersThatAreMissingOnly(t *testing.T) {
	url, beside := address(t)
	tables := []database.Tracked{{Name: "settings", Key: []string{"name"}, Columns: []string{"value"}}, {Name: "participants", Key: []string{"id"}, Columns: []string{"name"}}}
	// The versions of the triggers' and functions' rows in the catalogue.
	made := func() (versions string) {
		t.Helper()
		const query = `SELECT string_agg(t.tgname || ' ' || t.xmin || ' ' || p.xmin, ', ' ORDER BY t.tgname) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
			WHERE t.tgname LIKE 'touched\_%'`
		if err := beside.QueryRow(t.Context(), query).Scan(&versions); err != nil {
			t.Fatal(err)
		}
		return versions
	}
	for i, alter := range []string{
		`DROP TRIGGER touched_settings_update ON settings`,
		`ALTER TABLE settings DISABLE TRIGGER touched_settings_update`,
		`CREATE OR REPLACE FUNCTION touched_settings_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
		`DROP FUNCTION touched_settings_update() CASCADE`,
		`CREATE OR REPLACE TRIGGER touched_settings_update AFTER UPDATE ON settings REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
			FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION touched_settings_update()`,
	} {
		name := fmt.Sprint("n", i)
		remembers(t, url, tables, name, "one")
		before := made()
		exec(t, beside, `BEGIN`, `UPDATE participants SET name = name`, `LOCK TABLE settings IN ROW EXCLUSIVE MODE`)
		remembers(t, url, tables, name, "two")
		exec(t, beside, `COMMIT`)
		if after := made(); after != before {
			t.Errorf("want triggers that are there let be, got first %s, then %s", before, after)
		}
		exec(t, beside, alter)
		remembers(t, url, tables, name, "three")
	}
}

// remembers opens a database, sets a setting and fails the test if that change is not remembered.
func remembers(t *testing.T, url string, tables []database.Tracked, name, value string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, err := postgres.Open(ctx, url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := db.Track(ctx, tables); err != nil {
		t.Fatal(err)
	}
	err = db.Write(ctx, func(tx *database.Tx) error {
		const set = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
		if _, err := tx.SQL().ExecContext(ctx, set, name, value); err != nil {
			return err
		}
		changes, err := db.Changes(ctx, tx.SQL())
		if err == nil && (len(changes) != 1 || fmt.Sprint(changes[0].After) != "["+value+"]") {
			t.Errorf("want the change to %s remembered, got %v", value, changes)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
