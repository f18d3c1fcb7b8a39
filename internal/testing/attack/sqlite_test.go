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
	"urna/internal/testing/program"
)

// sqliteThief takes a data folder.
type sqliteThief struct {
	folder string
}

func openSQLite(t *testing.T) home {
	t.Helper()
	s := &sqliteThief{folder: t.TempDir()}
	beside, err := sql.Open("sqlite3", address(filepath.Join(s.folder, "urna.db"), "_busy_timeout=20000&_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Close() })
	return home{folder: s.folder, beside: beside, engine: s, dialect: dialect{
		checkpoint: `PRAGMA wal_checkpoint(PASSIVE)`,
		tables:     `SELECT CAST(name AS BLOB), 0, 0 FROM sqlite_schema WHERE type = 'table'`,
		bytes:      "BLOB",
		everyVoteShown: `CREATE TRIGGER every_vote_shown AFTER UPDATE OF votes ON online_tallies
			BEGIN UPDATE online_tallies SET shown = votes WHERE constituency_id = NEW.constituency_id; END;
			CREATE TRIGGER first_vote_shown AFTER INSERT ON online_tallies
			BEGIN UPDATE online_tallies SET shown = votes WHERE constituency_id = NEW.constituency_id; END`,
	}}
}

func (s *sqliteThief) serve(t *testing.T, binary string, flags ...string) *program.Server {
	t.Helper()
	return program.Serve(t, binary, s.folder, flags...)
}

func (s *sqliteThief) everything(t *testing.T) []byte {
	t.Helper()
	return filesOf(t, s.folder)
}

// values opens a copy of the database with its log.
func (s *sqliteThief) values(t *testing.T) *sql.DB {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "urna.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(filepath.Join(s.folder, "urna.db") + suffix)
		if err == nil {
			err = os.WriteFile(copied+suffix, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite3", address(copied, ""))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// steal copies the database with its log, takes a backup beside the running program with SQLite's means and one with the
// program's, and reads all of them as a thief would, without the program.
func (s *sqliteThief) steal(t *testing.T, e *env) evidence {
	t.Helper()
	l := newEvidence()
	live, folder := filepath.Join(s.folder, "urna.db"), t.TempDir()
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
	l.readFile(t, copied)
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
	kept.readFile(t, saved)
	if len(kept.ballots) != len(l.ballots) || len(kept.used) != len(l.used) {
		t.Fatalf("want a backup with %d ballots, got %d", len(l.ballots), len(kept.ballots))
	}
	items := e.items(l)
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
	out, err := exec.CommandContext(t.Context(), e.binary, "backup", file, "--data", e.home.folder, "--to", recipient).CombinedOutput()
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
	made.readFile(t, path)
	if len(made.ballots) != len(l.ballots) || len(made.used) != len(l.used) {
		t.Fatalf("want a backup of the program with %d ballots, got %d", len(l.ballots), len(made.ballots))
	}
	database, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return database
}

// readFile reads what a copy of the database says.
func (l *evidence) readFile(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", address(path, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	l.read(t, db)
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
