package attack

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The sources of what was stolen as bytes, or as places of rows.
const (
	fromFile         = "file"
	fromLog          = "write-ahead log"
	fromBackup       = "backup"
	fromOwn          = "urna backup"                          // of the program, opened with its identity
	fromRows         = "order of rows (ctid)"                 // of PostgreSQL
	fromTransactions = "transactions (xmin)"                  // likewise
	fromStatistics   = "statistics and the log of the server" // likewise
)

// evidence is what the database gave away at one moment.
type evidence struct {
	used    map[string]bool              // pairs of used keys
	flags   map[string]int               // pair → its flag
	voters  map[string]int               // pair → the place of its voter among the voters' hashes
	ballots map[string]int               // GUID → poll number
	of      map[string]int64             // GUID → election
	marked  [][]byte                     // rows of voter_flags
	places  map[string]map[string][2]int // by source: where keys and ballots stand, first and last
}

func newEvidence() evidence {
	return evidence{used: map[string]bool{}, flags: map[string]int{}, voters: map[string]int{}, ballots: map[string]int{}, of: map[string]int64{}, places: map[string]map[string][2]int{}}
}

// items are all keys of the election and the ballots of the evidence.
func (e *env) items(l evidence) map[string]bool {
	items := make(map[string]bool, len(e.votes)+len(l.ballots))
	for key := range e.votes {
		items[key] = true
	}
	for guid := range l.ballots {
		items[guid] = true
	}
	return items
}

// querier reads a database, or one state of it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// read reads what the tables say. The keys are all that the attacker can compute.
func (l *evidence) read(t *testing.T, db querier) {
	t.Helper()
	each(t, db, `SELECT pair, 0, 0 FROM used_voter_keys`, func(pair string, _, _ int64) { l.used[pair] = true })
	each(t, db, `SELECT pair, flag, 0 FROM voter_keys`, func(pair string, flag, _ int64) { l.flags[pair] = int(flag) })
	each(t, db, `SELECT pair, row_number() OVER (ORDER BY voter), 0 FROM keyed_voters`, func(pair string, place, _ int64) { l.voters[pair] = int(place) })
	each(t, db, `SELECT guid, poll_number, election_id FROM online_ballots`, func(guid string, poll, election int64) {
		l.ballots[guid], l.of[guid] = int(poll), election
	})
	each(t, db, `SELECT flags, 0, 0 FROM voter_flags`, func(flags string, _, _ int64) { l.marked = append(l.marked, []byte(flags)) })
	if len(l.voters) != len(l.flags) {
		t.Fatalf("want the voters of %d keys, got %d", len(l.flags), len(l.voters))
	}
}

func each(t *testing.T, db querier, query string, do func(string, int64, int64)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var blob []byte
		var a, b int64
		if err := rows.Scan(&blob, &a, &b); err != nil {
			t.Fatal(err)
		}
		do(string(blob), a, b)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// filesOf returns the content of all files in folders, in the order of their names.
func filesOf(t *testing.T, folders ...string) []byte {
	t.Helper()
	var paths []string
	size := bytes.MinRead // which ReadFrom wants free at the end
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				paths = append(paths, path)
				if info, err := entry.Info(); err == nil {
					size += int(info.Size())
				}
			}
			return nil // it was removed meanwhile
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(paths)
	content := bytes.NewBuffer(make([]byte, 0, size))
	for _, path := range paths {
		file, err := os.Open(path)
		if err == nil {
			_, err = content.ReadFrom(file)
			err = errors.Join(err, file.Close())
		}
		if err != nil && !os.IsNotExist(err) { // it was removed meanwhile
			t.Fatal(err)
		}
	}
	return content.Bytes()
}
