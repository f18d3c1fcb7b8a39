package crash

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // reads a copy of what a kill left
)

// A planned move takes a batch out of the count, or back into it, after a while.
type planned struct {
	batch int64
	after time.Duration
}

// plan draws the batches that are to move in a round, out of those that are known.
func (s *story) plan() []planned {
	var ids []int64
	for id := range s.accepted {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var moves []planned
	for range s.random.IntN(4) {
		if len(ids) > 0 {
			moves = append(moves, planned{ids[s.random.IntN(len(ids))], time.Duration(s.random.Int64N(int64(20 * time.Millisecond)))})
		}
	}
	return moves
}

// move asks for the moves one after another until stop, and returns the batches for which no answer came. One
// that is still changing refuses; that is no fault.
func (s *story) move(t *testing.T, moves []planned, stop <-chan struct{}) map[int64]bool {
	t.Helper()
	unsure := map[int64]bool{}
	for _, m := range moves {
		select {
		case <-stop:
			return unsure
		case <-time.After(m.after):
		}
		act := "retraction"
		if s.out[m.batch] {
			act = "restoration"
		}
		status, raw, err := s.administrator.ask(t.Context(), http.MethodPost, fmt.Sprintf("/batches/%d/%s", m.batch, act),
			"application/json", bytes.NewReader([]byte(`{"reason": "a test"}`)))
		switch {
		case err != nil:
			unsure[m.batch] = true
			return unsure
		case status == http.StatusAccepted:
			s.out[m.batch] = !s.out[m.batch]
			s.moved++
		case status != http.StatusConflict || !json.Valid(raw):
			t.Errorf("batch %d, %s: want it taken or refused as still changing, got %d: %s", m.batch, act, status, raw)
		}
	}
	return unsure
}

// countBetween notes whether the kill fell between two chunks of a batch.
func (s *story) countBetween(t *testing.T) {
	t.Helper()
	if s.halves(t) > 0 {
		s.between++
	}
}

// halves returns, after a kill, how many batches are counted in part. It looks in a copy, so that the log is the
// program's to recover.
func (s *story) halves(t *testing.T) (halves int) {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"urna.db", "urna.db-wal"} {
		content, err := os.ReadFile(filepath.Join(s.data, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite3", filepath.Join(folder, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // only read
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM batches WHERE processed > 0 AND processed < lines").Scan(&halves); err != nil {
		t.Fatal(err)
	}
	return halves
}

// slowReader gives a file away in small pieces, with pauses.
type slowReader struct{ from io.Reader }

// Read implements io.Reader.
func (r *slowReader) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	n, err := r.from.Read(p[:min(len(p), 4<<10)])
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	return n, err
}
