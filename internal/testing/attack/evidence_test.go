package attack

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	backups "urna/internal/app/backup"
	"urna/internal/sealed"
)

// The sources of what was stolen as bytes.
const (
	fromFile   = "file"
	fromLog    = "write-ahead log"
	fromBackup = "backup"
	fromOwn    = "urna backup" // of the program, opened with its identity
)

// evidence is what the data folder's database gave away at one moment.
type evidence struct {
	used    map[string]bool              // pairs of used keys
	flags   map[string]int               // pair → its flag
	voters  map[string]int               // pair → the place of its voter among the voters' hashes
	ballots map[string]int               // GUID → poll number
	of      map[string]int64             // GUID → election
	places  map[string]map[string][2]int // by source: where keys and ballots stand, first and last
}

func newEvidence() evidence {
	return evidence{used: map[string]bool{}, flags: map[string]int{}, voters: map[string]int{}, ballots: map[string]int{}, of: map[string]int64{}, places: map[string]map[string][2]int{}}
}

// checkpoint has SQLite move what the log holds into the file, as the program does where the log is long.
func (e *env) checkpoint(t *testing.T) {
	t.Helper()
	e.sql(t, `PRAGMA wal_checkpoint(PASSIVE)`)
}

// steal copies the database with its log, takes a backup beside the running program with SQLite's means and one with the
// program's, and reads all of them as a thief would, without the program. The keys are all that the attacker can compute.
func (e *env) steal(t *testing.T) evidence {
	t.Helper()
	l := newEvidence()
	live, folder := filepath.Join(e.folder, "urna.db"), t.TempDir()
	defer func() { _ = os.RemoveAll(folder) }() // copies of a thousand elections would fill the disk
	contents := map[string][]byte{}
	copied := filepath.Join(folder, "urna.db")
	for source, suffix := range map[string]string{fromFile: "", fromLog: "-wal"} {
		content, err := os.ReadFile(live + suffix)
		if err == nil {
			err = os.WriteFile(copied+suffix, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		contents[source] = content
	}
	l.read(t, copied)
	saved := filepath.Join(folder, "backup.db")
	if err := backup(t.Context(), live, saved); err != nil {
		t.Fatal(err)
	}
	var err error
	if contents[fromBackup], err = os.ReadFile(saved); err != nil {
		t.Fatal(err)
	}
	if e.backsUp {
		contents[fromOwn] = e.ownBackup(t, folder, l)
	}
	kept := newEvidence()
	kept.read(t, saved)
	if len(l.voters) != len(l.flags) {
		t.Fatalf("want the voters of %d keys, got %d", len(l.flags), len(l.voters))
	}
	if len(kept.ballots) != len(l.ballots) || len(kept.used) != len(l.used) {
		t.Fatalf("want a backup with %d ballots, got %d", len(l.ballots), len(kept.ballots))
	}
	items := make(map[string]bool, len(e.votes)+len(l.ballots))
	for key := range e.votes {
		items[key] = true
	}
	for guid := range l.ballots {
		items[guid] = true
	}
	for source, content := range contents {
		l.places[source] = find(content, items)
	}
	return l
}

// ownBackup has the program make an encrypted backup beside the server, and returns its database, unpacked with the
// identity. It has as many ballots as the evidence.
func (e *env) ownBackup(t *testing.T, folder string, l evidence) []byte {
	t.Helper()
	file, unpacked := filepath.Join(folder, "own.tar.age"), filepath.Join(folder, "own")
	identity, recipient, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), e.binary, "backup", file, "--data", e.folder, "--to", recipient).CombinedOutput()
	if err != nil {
		t.Fatalf("urna backup: %v: %s", err, out)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for pair := range e.votes { // it is encrypted, and the attacker without the identity finds nothing
		if bytes.Contains(content, []byte(pair)) {
			t.Fatal("want no key to be found in an encrypted backup")
		}
	}
	identities, err := sealed.ReadIdentities(bytes.NewReader(identity), nil)
	if err == nil {
		err = os.Mkdir(unpacked, 0o700)
	}
	if err == nil {
		_, err = backups.Unpack(t.Context(), bytes.NewReader(content), identities, unpacked)
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(unpacked, "urna.db")
	made := newEvidence()
	made.read(t, path)
	if len(made.ballots) != len(l.ballots) || len(made.used) != len(l.used) {
		t.Fatalf("want a backup of the program with %d ballots, got %d", len(l.ballots), len(made.ballots))
	}
	database, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return database
}

// read reads what a copy of the database says.
func (l evidence) read(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", address(path, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	each(t, db, `SELECT pair, 0, 0 FROM used_voter_keys`, func(pair string, _, _ int64) { l.used[pair] = true })
	each(t, db, `SELECT pair, flag, 0 FROM voter_keys`, func(pair string, flag, _ int64) { l.flags[pair] = int(flag) })
	each(t, db, `SELECT pair, row_number() OVER (ORDER BY voter), 0 FROM keyed_voters`, func(pair string, place, _ int64) { l.voters[pair] = int(place) })
	each(t, db, `SELECT guid, poll_number, election_id FROM online_ballots`, func(guid string, poll, election int64) {
		l.ballots[guid], l.of[guid] = int(poll), election
	})
}

func each(t *testing.T, db *sql.DB, query string, do func(string, int64, int64)) {
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

// address returns the URI of a database file, whatever signs its name has.
func address(path, query string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query}).String()
}

// backup copies a database that is in use with SQLite's own means for it, page by page.
func backup(ctx context.Context, from, to string) error {
	return withConn(ctx, address(from, "mode=ro"), func(source *sqlite3.SQLiteConn) error {
		return withConn(ctx, address(to, ""), func(target *sqlite3.SQLiteConn) error {
			b, err := target.Backup("main", source, "main")
			if err != nil {
				return err
			}
			done := false
			for tries := 0; err == nil && !done && tries < 10_000; tries++ {
				if done, err = b.Step(-1); !done { // another process has it locked for a moment
					time.Sleep(time.Millisecond)
				}
			}
			if err == nil && !done {
				err = errors.New("the database is never free for a backup")
			}
			return errors.Join(err, b.Finish())
		})
	})
}

func withConn(ctx context.Context, name string, do func(*sqlite3.SQLiteConn) error) error {
	db, err := sql.Open("sqlite3", name)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*sqlite3.SQLiteConn)
		if !ok {
			return errors.New("another driver")
		}
		return do(c)
	})
}
