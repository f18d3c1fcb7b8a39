package cli

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pressly/goose/v3"

	"urna/internal/app"
)

// do runs the program with arguments, and with a password on its standard input, and returns its exit code and all that
// it prints.
func do(args ...string) (int, string) {
	var out bytes.Buffer
	code := Main(args, &Streams{In: strings.NewReader("four unrelated words\n"), Out: &out, Err: &out})
	return code, out.String()
}

// onFolder are commands that use a data folder, one of each kind.
func onFolder(folder string) map[string][]string {
	return map[string][]string{
		"verify":         {"verify", "--data", folder},
		"users list":     {"users", "list", "--data", folder},
		"users add":      {"users", "add", "--data", folder, "--email", "bob@example.org", "--role", "official", "--forename", "Bob", "--surname", "B", "--password-stdin"},
		"elections list": {"elections", "list", "--data", folder},
		"keys count":     {"keys", "count", "--data", folder, "--election", "1"},
	}
}

func serverOn(folder string) serverOptions {
	return serverOptions{Folder: folder, listenFlags: listenFlags{Addr: "127.0.0.1:0"}, Options: app.Options{MaxUpload: 1 << 20}}
}

// started starts a server on a folder, which must work, and stops it at the test's end.
func started(t *testing.T, folder string) *runningServer {
	t.Helper()
	s, err := startServer(t.Context(), serverOn(folder))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// refused wants a server not to start on a folder, for a reason that has all the words.
func refused(t *testing.T, folder string, words ...string) {
	t.Helper()
	s, err := startServer(t.Context(), serverOn(folder))
	if err == nil {
		_ = s.Close()
		t.Errorf("want no server on a folder with: %s", words)
		return
	}
	if strings.Contains(err.Error(), "already closed") {
		t.Errorf("want the reason alone, got: %v", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("want %q named, got: %v", word, err)
		}
	}
}

// usedFolder makes a folder with an election that takes online votes, in which a server has run.
func usedFolder(t *testing.T) string {
	t.Helper()
	folder := countedFolder(t)
	if err := startedAndStopped(t, folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

func startedAndStopped(t *testing.T, folder string) error {
	t.Helper()
	s, err := startServer(t.Context(), serverOn(folder))
	if err != nil {
		return err
	}
	return s.Close()
}

// query returns what a query finds in a closed database file.
func query(t *testing.T, path, query string) (value string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

// change executes a statement on a closed database file.
func change(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

const schemaVersion = `SELECT max(version_id) FROM goose_db_version`

// TestFolder_ANewerOneIsRefusedByEveryCommand has another program, a newer one, change the schema of either database.
func TestFolder_ANewerOneIsRefusedByEveryCommand(t *testing.T) {
	for _, name := range []string{"urna.db", "sessions.db"} {
		t.Run(name, func(t *testing.T) {
			folder := usedFolder(t)
			known := query(t, filepath.Join(folder, name), schemaVersion)
			change(t, filepath.Join(folder, name), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, 1)`)
			for command, args := range onFolder(folder) {
				code, out := do(args...)
				if code == 0 || !strings.Contains(out, name) || !strings.Contains(out, "version 4711") || !strings.Contains(out, "up to "+known) {
					t.Errorf("%s: want versions 4711 and %s of %s named, got %d, %s", command, known, name, code, out)
				}
			}
			refused(t, folder, name, "version 4711", "up to "+known)
		})
	}
}

// folderOfBefore makes a folder with the schema as it was at a version, and a voter's key if the version has them.
func folderOfBefore(t *testing.T, version int64) string {
	t.Helper()
	folder := t.TempDir()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("../sqlite/migrations/main"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestFolder_AnUpgradeKeepsACopy(t *testing.T) {
	folder := folderOfBefore(t, 16)
	if code, out := do("users", "list", "--data", folder); code != 0 {
		t.Fatal(out)
	}
	now := query(t, filepath.Join(folder, "urna.db"), schemaVersion)
	kept := filepath.Join(folder, "urna.schema-16.before-"+now+".db")
	if got := query(t, kept, schemaVersion); got != "16" {
		t.Errorf("want a copy with schema version 16, got %s", got)
	}
	// An older program's view of it: the way back is named.
	change(t, filepath.Join(folder, "urna.db"), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, 1)`)
	refused(t, folder, filepath.Base(kept))
}

// TestFolder_NoUpgradeUnderAServer has a server of an earlier version run, which locks its file alone.
func TestFolder_NoUpgradeUnderAServer(t *testing.T) {
	folder := folderOfBefore(t, 16)
	release := lockAsBefore(t, folder)
	for command, args := range map[string][]string{"list": onFolder(folder)["users list"], "verify": onFolder(folder)["verify"]} {
		if code, out := do(args...); code == 0 || !strings.Contains(out, "stop that server") {
			t.Errorf("%s: want no upgrade under a running server, got %d, %s", command, code, out)
		}
	}
	refused(t, folder, "another server")
	if got := query(t, filepath.Join(folder, "urna.db"), schemaVersion); got != "16" {
		t.Errorf("want the schema as it was, got version %s", got)
	}
	release()
	if code, out := do("users", "list", "--data", folder); code != 0 {
		t.Errorf("want the upgrade once the server is gone, got %s", out)
	}
}

// lockAsBefore locks a folder as earlier versions did, and returns what ends that.
func lockAsBefore(t *testing.T, folder string) (release func()) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(folder, "server.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	return func() { _ = file.Close() }
}

// TestFolder_TheLockCannotBeReplaced does to the lock's file what keeps a program from seeing the lock in it.
func TestFolder_TheLockCannotBeReplaced(t *testing.T) {
	folder := t.TempDir()
	started(t, folder)
	lock := filepath.Join(folder, "server.lock")
	for _, c := range []struct {
		name string
		act  func() error
	}{
		{"untouched", func() error { return nil }},
		{"renamed", func() error { return os.Rename(lock, lock+".old") }},
		{"replaced", func() error { return os.WriteFile(lock, nil, 0o600) }},
		{"removed", func() error { return os.Remove(lock) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.act(); err != nil {
				t.Fatal(err)
			}
			refused(t, folder, "another server")
		})
	}
	t.Run("by another path", func(t *testing.T) {
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(folder, link); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(lock)
		refused(t, link, "another server")
	})
}

// TestFolder_AnotherSecretStopsWhatNeedsIt loses, empties and exchanges each secret file of a folder that was served.
func TestFolder_AnotherSecretStopsWhatNeedsIt(t *testing.T) {
	folder := usedFolder(t)
	needs := map[string][]string{
		"voters.key": {"keys count"}, "signing.key": nil, "server.key": {"users list", "users add"},
	}
	for name, commands := range needs {
		path := filepath.Join(folder, name)
		right, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for fault, content := range map[string][]byte{
			"missing": nil, "empty": {}, "short": []byte("short"), "another": []byte("another secret of more than thirty-two characters"),
			"blanks": bytes.Repeat([]byte(" "), 52), "zeros": make([]byte, 52), "with a line break": append(slices.Clone(right), '\n'),
		} {
			t.Run(name+" "+fault, func(t *testing.T) {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				if content != nil {
					if err := os.WriteFile(path, content, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				refused(t, folder, name, "Put "+name+" back", "docs/operating.md")
				for command, args := range onFolder(folder) {
					code, out := do(args...)
					if command == "verify" && content != nil {
						if code != 1 || !strings.Contains(out, name+" is another file") {
							t.Errorf("verify: want the other file named, got %d, %s", code, out)
						}
					} else if needed := slices.Contains(commands, command); needed && (code == 0 || !strings.Contains(out, "Put "+name+" back")) {
						t.Errorf("%s: want it stopped, got %d, %s", command, code, out)
					} else if !needed && code != 0 && strings.Contains(out, name) {
						t.Errorf("%s: want it to work without %s, got %s", command, name, out)
					}
				}
				now, err := os.ReadFile(path)
				if content == nil && !os.IsNotExist(err) || content != nil && !bytes.Equal(now, content) {
					t.Errorf("want the file left alone, got %q, %v", now, err)
				}
				if err := os.WriteFile(path, right, 0o600); err != nil {
					t.Fatal(err)
				}
				_, _ = do("users", "delete", "--data", folder, "--email", "bob@example.org")
			})
		}
		if err := startedAndStopped(t, folder); err != nil {
			t.Errorf("want the folder served with %s back, got %v", name, err)
		}
	}
}

// TestFolder_SecretsOfAnEarlierVersion has a folder whose database knows no fingerprints yet: what its content needs
// must be there, and counts from then on.
func TestFolder_SecretsOfAnEarlierVersion(t *testing.T) {
	for name, needed := range map[string]string{
		"signing.key": `INSERT INTO certifications VALUES (1, 1, hex(zeroblob(32)), 1, hex(zeroblob(32)), 1)`,
		"server.key":  `UPDATE users SET totp_secret = x'00'`,
		"voters.key":  `INSERT INTO voter_keys VALUES (randomblob(16), 1, 1, 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			folder := usedFolder(t)
			if code, out := do(onFolder(folder)["users add"]...); code != 0 {
				t.Fatal(out)
			}
			database, path := filepath.Join(folder, "urna.db"), filepath.Join(folder, name)
			change(t, database, `DELETE FROM folder_secrets`)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			change(t, database, needed)
			refused(t, folder, "Put "+name+" back")
			if err := os.WriteFile(path, []byte("the file from the backup, of more than 32 bytes"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := startedAndStopped(t, folder); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("another file, which is also of more than 32 bytes"), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, folder, "Put "+name+" back")
		})
	}
}

// TestFolder_TheProofOfEarlierVersionsCounts upgrades a folder whose voters.key was exchanged before.
func TestFolder_TheProofOfEarlierVersionsCounts(t *testing.T) {
	folder := folderOfBefore(t, 16)
	change(t, filepath.Join(folder, "urna.db"), `INSERT INTO voter_secret VALUES (x'00112233445566778899aabbccddeeff')`)
	if err := os.WriteFile(filepath.Join(folder, "voters.key"), []byte("a voters.key that this folder never had"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, folder, "Put voters.key back")
}

// TestFolder_ALostDatabaseIsNotMadeAnew takes the database away from accepted files.
func TestFolder_ALostDatabaseIsNotMadeAnew(t *testing.T) {
	folder := usedFolder(t)
	for _, name := range []string{"urna.db", "urna.db-wal", "urna.db-shm"} {
		_ = os.Remove(filepath.Join(folder, name))
	}
	refused(t, folder, "urna.db is missing")
	if code, out := do(onFolder(folder)["users add"]...); code == 0 || !strings.Contains(out, "urna.db is missing") {
		t.Errorf("want no new database, got %d, %s", code, out)
	}
}
