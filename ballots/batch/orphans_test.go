package batch_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/internal/testing/databasetest"
)

// write writes a file below the spool folder.
func (h *env) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.path, "spool", name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// names returns the names in a folder, sorted.
func names(t *testing.T, folder string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

// unknown returns the files that the database does not know.
func (h *env) unknown(t *testing.T) ([]string, error) {
	t.Helper()
	return batch.Files{Folder: filepath.Join(h.path, "spool"), Stored: stored(h.db)}.Unknown(t.Context(), h.db)
}

// TestStart_MovesUnknownFilesAside starts with files of each sort in the spool folder, twice with the same names.
// It reads the log of the whole process, so it is not parallel.
func TestStart_MovesUnknownFilesAside(t *testing.T) {
	databasetest.NeedsSQLite(t, "the database has no files that it does not know")
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	path := t.TempDir()
	h := open(t, path, batch.Options{})
	b := h.receive(t, guid(1).String()+",1\n")
	for _, content := range []string{"first", "second", "third"} {
		h.write(t, "UNKNOWN.csv", content)
		h.write(t, "notes", content)
		for _, name := range []string{"CUT.part", "WAITS.upload", "run-1234"} { // never accepted
			h.write(t, name, content)
		}
		h.start(t)
		h.close(t)
		h = open(t, path, batch.Options{})
	}
	defer h.close(t)
	h.start(t)
	if got := names(t, filepath.Join(path, "spool")); len(got) != 2 || !strings.HasSuffix(got[0], ".csv") || got[1] != "orphans" {
		t.Errorf("want the accepted file and the folder of orphans, got %v", got)
	}
	want := []string{"UNKNOWN-2.csv", "UNKNOWN-3.csv", "UNKNOWN.csv", "notes", "notes-2", "notes-3"}
	if got, err := h.batches.Orphans(); err != nil || !slices.Equal(got, want) {
		t.Errorf("want %v, got %v, %v", want, got, err)
	}
	for name, content := range map[string]string{"UNKNOWN.csv": "first", "UNKNOWN-2.csv": "second", "UNKNOWN-3.csv": "third"} {
		if got, err := os.ReadFile(filepath.Join(path, "spool", "orphans", name)); err != nil || string(got) != content {
			t.Errorf("%s: want %q, got %q, %v", name, content, got, err)
		}
	}
	if said := log.String(); !strings.Contains(said, "level=WARN") || !strings.Contains(said, "UNKNOWN.csv") || !strings.Contains(said, "moved=2") {
		t.Errorf("want the start to warn with the number and the names, got %s", said)
	}
	if got := h.await(t, b.ID); got.Valid != 1 {
		t.Errorf("want the accepted batch counted, got %+v", got)
	}
}

// TestStart_AnOlderDatabaseCostsNoAcceptedFile puts yesterday's database in the place of today's: with it, an upload
// that became a batch since is one that has expired.
func TestStart_AnOlderDatabaseCostsNoAcceptedFile(t *testing.T) {
	databasetest.NeedsSQLite(t, "an older database has its own files")
	path, now := t.TempDir(), time.Now()
	clock := func() time.Time { return now }
	reopen := func() *env { return open(t, path, batch.Options{Now: clock}) }
	h := reopen()
	h.start(t)
	confirmed, received := guid(1).String()+",1\n", guid(2).String()+",1\n"
	u := h.checkIn(t, confirmed)
	h.compared(t, u.ID)
	h.close(t)
	yesterdays, err := os.ReadFile(filepath.Join(path, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	h = reopen()
	h.start(t)
	b, err := h.batches.Confirm(t.Context(), official, u.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	h.await(t, b.ID)
	h.await(t, h.receive(t, received).ID)
	if unknown, err := h.unknown(t); err != nil || len(unknown) != 0 {
		t.Errorf("want every file known, got %v, %v", unknown, err)
	}
	h.close(t)
	if err := os.WriteFile(filepath.Join(path, "urna.db"), yesterdays, 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(25 * time.Hour)
	h = reopen()
	defer h.close(t)
	if unknown, err := h.unknown(t); err != nil || len(unknown) != 2 {
		t.Errorf("want the two accepted files named before the start, got %v, %v", unknown, err)
	}
	h.start(t)
	orphans, err := h.batches.Orphans()
	if err != nil {
		t.Fatal(err)
	}
	var contents []string
	for _, name := range orphans {
		content, err := os.ReadFile(filepath.Join(path, "spool", "orphans", name))
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, string(content))
	}
	slices.Sort(contents)
	if !slices.Equal(contents, []string{confirmed, received}) {
		t.Errorf("want both accepted files kept, got %q", contents)
	}
	unknown, err := h.unknown(t)
	if err != nil || len(unknown) != 2 || !strings.HasPrefix(unknown[0], "orphans/") {
		t.Errorf("want the orphans named, got %v, %v", unknown, err)
	}
}
