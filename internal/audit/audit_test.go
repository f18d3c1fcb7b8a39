package audit_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// chain opens a database with five events.
func chain(t *testing.T) *database.DB {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(t.TempDir(), "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	log := &audit.Log{Now: func() time.Time { return time.UnixMilli(1_600_000_000_000) }}
	for _, action := range []string{"one", "two", "three", "four", "five"} {
		write(t, db, func(tx *database.Tx) error {
			return log.Append(t.Context(), tx.SQL(), audit.Actor{ID: 1, Name: "Ada", From: "test"}, action, "thing 1",
				map[string]any{"before": 1, "after": "two"})
		})
	}
	return db
}

func write(t *testing.T, db *database.DB, fn func(*database.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, db *database.DB) (head string, n int64, err error) {
	t.Helper()
	_ = db.Read(t.Context(), func(tx *database.Tx) error {
		head, n, err = audit.Verify(t.Context(), tx.SQL(), "")
		return nil
	})
	return head, n, err
}

func TestVerify_HoldsForAnUntouchedChain(t *testing.T) {
	db := chain(t)
	head, n, err := verify(t, db)
	if err != nil || n != 5 || len(head) != 64 || head == audit.Genesis {
		t.Errorf("want five events that hold, got %q, %d, %v", head, n, err)
	}
}

func TestTable_RefusesChangesAndDeletes(t *testing.T) {
	db := chain(t)
	for _, statement := range []string{"UPDATE audit_events SET action = 'x' WHERE id = 2", "DELETE FROM audit_events WHERE id = 2"} {
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), statement)
			return err
		})
		if err == nil {
			t.Errorf("want %q refused", statement)
		}
	}
}

// TestVerify_NamesTheFirstTamperedEvent takes the triggers away first, as a person with the file can.
func TestVerify_NamesTheFirstTamperedEvent(t *testing.T) {
	for name, c := range map[string]struct {
		statements []string
		want       int64
	}{
		"changed action":  {[]string{"UPDATE audit_events SET action = 'x' WHERE id = 3"}, 3},
		"changed time":    {[]string{"UPDATE audit_events SET at = at + 1 WHERE id = 2"}, 2},
		"changed address": {[]string{"UPDATE audit_events SET actor_from = '' WHERE id = 5"}, 5},
		"changed hash":    {[]string{"UPDATE audit_events SET hash = replace(hash, substr(hash, 1, 1), 'f') || '' WHERE id = 1", "UPDATE audit_events SET hash = substr('0' || hash, 1, 64) WHERE id = 1"}, 1},
		"dropped":         {[]string{"DELETE FROM audit_events WHERE id = 2"}, 3},
		"dropped, renumbered": {[]string{
			"DELETE FROM audit_events WHERE id = 2", "UPDATE audit_events SET id = id - 1 WHERE id > 2",
		}, 2},
		"reordered": {[]string{
			"UPDATE audit_events SET id = 99 WHERE id = 2", "UPDATE audit_events SET id = 2 WHERE id = 3", "UPDATE audit_events SET id = 3 WHERE id = 99",
		}, 2},
		"inserted": {[]string{
			"UPDATE audit_events SET id = -id WHERE id > 2", "UPDATE audit_events SET id = 1 - id WHERE id < 0",
			"INSERT INTO audit_events SELECT 3, at, actor_id, actor_name, actor_from, 'planted', subject, detail, hash FROM audit_events WHERE id = 2",
		}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			db := chain(t)
			write(t, db, func(tx *database.Tx) error {
				for _, s := range append([]string{databasetest.DropTrigger("audit_events_are_not_changed"), databasetest.DropTrigger("audit_events_are_not_deleted")}, c.statements...) {
					if _, err := tx.SQL().ExecContext(t.Context(), s); err != nil {
						return err
					}
				}
				return nil
			})
			_, _, err := verify(t, db)
			var broken *audit.BrokenError
			if !errors.As(err, &broken) || broken.ID != c.want {
				t.Errorf("want event %d named, got %v", c.want, err)
			}
		})
	}
}

func TestVerify_BetraysACutTail(t *testing.T) {
	db := chain(t)
	head, _, err := verify(t, db)
	if err != nil {
		t.Fatal(err)
	}
	check := func(known string) (err error) {
		_ = db.Read(t.Context(), func(tx *database.Tx) error {
			_, _, err = audit.Verify(t.Context(), tx.SQL(), known)
			return nil
		})
		return err
	}
	if err := check(head); err != nil {
		t.Errorf("want the head recognised, got %v", err)
	}
	write(t, db, func(tx *database.Tx) error {
		for _, s := range []string{databasetest.DropTrigger("audit_events_are_not_deleted"), "DELETE FROM audit_events WHERE id > 3"} {
			if _, err := tx.SQL().ExecContext(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err := check(""); err != nil {
		t.Errorf("want the shorter chain to hold by itself, got %v", err)
	}
	if err := check(head); !errors.Is(err, audit.ErrTailCut) {
		t.Errorf("want the cut tail betrayed, got %v", err)
	}
}

func TestReader_FiltersInBothDirections(t *testing.T) {
	db := chain(t)
	log := &audit.Log{Now: func() time.Time { return time.UnixMilli(1_700_000_000_000) }}
	write(t, db, func(tx *database.Tx) error {
		return log.Append(t.Context(), tx.SQL(), audit.Actor{ID: 2, Name: "Bob <bob@example.org>", From: "test"}, "six", "thing 2", nil)
	})
	late := time.UnixMilli(1_650_000_000_000)
	for name, c := range map[string]struct {
		filter audit.Filter
		want   []int64 // newest first
	}{
		"all":     {audit.Filter{}, []int64{6, 5, 4, 3, 2, 1}},
		"page":    {audit.Filter{Before: 5, Limit: 2}, []int64{4, 3}},
		"action":  {audit.Filter{Action: "two"}, []int64{2}},
		"subject": {audit.Filter{Subject: "thing 2"}, []int64{6}},
		"actor":   {audit.Filter{Actor: "BOB@"}, []int64{6}},
		"from":    {audit.Filter{From: late}, []int64{6}},
		"to":      {audit.Filter{To: late, Limit: 1}, []int64{5}},
		"nothing": {audit.Filter{Action: "none"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_ = db.Read(t.Context(), func(tx *database.Tx) error {
				r := audit.NewReader(tx.SQL())
				events, err := r.Events(t.Context(), c.filter)
				if err != nil {
					t.Fatal(err)
				}
				var got []int64
				for _, e := range events {
					got = append(got, e.ID)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("want %v, got %v", c.want, got)
				}
				if c.filter.Limit != 0 {
					return nil
				}
				got = nil
				err = r.Each(t.Context(), c.filter, func(e audit.Event) error {
					got = append(got, e.ID)
					return nil
				})
				slices.Reverse(got)
				if err != nil || !slices.Equal(got, c.want) {
					t.Errorf("oldest first: want %v, got %v, %v", c.want, got, err)
				}
				return nil
			})
		})
	}
}

func TestHead_IsTheLastEvents(t *testing.T) {
	db := chain(t)
	want, n, err := verify(t, db)
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Read(t.Context(), func(tx *database.Tx) error {
		if got, events, err := audit.NewReader(tx.SQL()).Head(t.Context()); got != want || events != n || err != nil {
			t.Errorf("want %s, %d, got %s, %d, %v", want, n, got, events, err)
		}
		return nil
	})
}
