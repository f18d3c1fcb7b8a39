package batch_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// openStored opens a folder whose accepted files the database keeps, on both engines.
func openStored(t *testing.T, path string) *env {
	t.Helper()
	h := open(t, path, batch.Options{})
	h.batches = h.another(t)
	return h
}

// another returns a service as another process has it: with the same database and a folder of its own.
func (h *env) another(t *testing.T) *batch.Service {
	t.Helper()
	s, err := batch.New(h.db, &audit.Log{Now: time.Now}, h.elections, batch.Options{Now: time.Now, Folder: filepath.Join(t.TempDir(), "spool"), Stored: batch.Stored(h.db)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// storedFiles returns the names of the files in the database.
func (h *env) storedFiles(t *testing.T) []string {
	t.Helper()
	names, err := batch.Stored(h.db).Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// differences compares all batches with the files in the database.
func (h *env) differences(t *testing.T) string {
	t.Helper()
	var found []string
	err := h.db.Read(t.Context(), func(tx *database.Tx) error {
		all, err := h.elections.AllWithin(tx)
		if err != nil {
			return err
		}
		files := batch.Files{Folder: t.TempDir(), Stored: batch.Stored(h.db), Scratch: t.TempDir()}
		_, err = files.Compare(t.Context(), tx, all, func(*elections.Election) bool { return true }, func(d ballots.Difference) { found = append(found, d.Sentence) })
		return err
	})
	if err != nil { // urna verify reports it as a difference
		found = append(found, err.Error())
	}
	return strings.Join(found, "\n")
}

// TestStored_AnotherProcessCountsWhatOneAccepted takes files in with one process and counts them with another one, which
// has nothing of the first one's folder; a retraction reads the file again.
func TestStored_AnotherProcessCountsWhatOneAccepted(t *testing.T) {
	h := openStored(t, t.TempDir())
	defer func() { _ = h.db.Close() }()
	first := h.receive(t, string(random(300, 3)))
	u := h.checkIn(t, guid(1).String()+",1\n")
	h.batches.Stop()
	h.batches = h.another(t)
	h.start(t)
	defer func() { h.batches.Stop() }()
	h.await(t, first.ID)
	second, err := h.batches.Confirm(t.Context(), official, u.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	h.await(t, second.ID)
	if _, err := h.batches.Retract(t.Context(), official, first.ID, "a test"); err != nil {
		t.Fatal(err)
	}
	if b := h.settle(t, first.ID); b.State != batch.Retracted {
		t.Errorf("want it retracted, got %+v", b)
	}
	if got := len(h.storedFiles(t)); got != 2 {
		t.Errorf("want the two files, got %d", got)
	}
	if said := h.differences(t); said != "" {
		t.Errorf("want no difference, got %s", said)
	}
}

// TestStored_TheStartRemovesWhatWasNotAccepted leaves files as processes do that end before the acceptance.
func TestStored_TheStartRemovesWhatWasNotAccepted(t *testing.T) {
	h := openStored(t, t.TempDir())
	defer func() { _ = h.db.Close() }()
	b := h.receive(t, guid(1).String()+",1\n")
	accepted := h.storedFiles(t)
	err := h.db.Write(t.Context(), func(tx *database.Tx) error {
		return batch.Stored(h.db).KeepWithin(t.Context(), tx, strings.NewReader("cut"), "CUT.csv")
	})
	if err != nil {
		t.Fatal(err)
	}
	h.start(t)
	defer func() { h.batches.Stop() }()
	h.await(t, b.ID)
	if got := h.storedFiles(t); len(got) != 1 || got[0] != accepted[0] {
		t.Errorf("want %v, got %v", accepted, got)
	}
	if err := batch.Stored(h.db).Remove(t.Context(), accepted[0]); err == nil {
		t.Error("want the file of a batch never deleted")
	}
}

// TestStored_NamesADamagedFile alters a file past the triggers.
func TestStored_NamesADamagedFile(t *testing.T) {
	for name, c := range map[string]struct{ statement, says string }{
		"altered": {`UPDATE stored_parts SET content = $1`, "the SHA-256"},
		"missing": {`DELETE FROM stored_files WHERE $1 <> content_id`, "cannot be read"},
		"cut":     {`DELETE FROM stored_parts WHERE $1 <> content`, "a part of the file is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			h := openStored(t, t.TempDir())
			defer func() { _ = h.db.Close() }()
			h.start(t)
			defer func() { h.batches.Stop() }()
			h.await(t, h.receive(t, guid(1).String()+",1\n").ID)
			err := h.db.Write(t.Context(), func(tx *database.Tx) error {
				for _, trigger := range []string{"stored_parts_update", "stored_parts_delete", "stored_files_delete"} {
					if _, err := tx.SQL().ExecContext(t.Context(), databasetest.DropTrigger(trigger)); err != nil {
						return err
					}
				}
				other := any([]byte(guid(2).String() + ",1\n"))
				if name == "missing" {
					other = "another"
				}
				_, err := tx.SQL().ExecContext(t.Context(), c.statement, other)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if said := h.differences(t); !strings.Contains(said, c.says) {
				t.Errorf("want %q said, got %s", c.says, said)
			}
		})
	}
}
