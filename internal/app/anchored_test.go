package app_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/internal/app"
	"urna/internal/app/anchor"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
)

// files are the parts of a folder that make up its database.
var files = []string{"urna.db", "urna.db-wal", "urna.db-shm"}

// keep returns the database of a folder that nothing has open.
func keep(t *testing.T, path string) map[string][]byte {
	t.Helper()
	kept := map[string][]byte{}
	for _, name := range files {
		if content, err := os.ReadFile(filepath.Join(path, name)); err == nil {
			kept[name] = content
		}
	}
	return kept
}

// restore puts an earlier database in the place of the present one.
func restore(t *testing.T, path string, kept map[string][]byte) {
	t.Helper()
	for _, name := range files {
		if err := os.Remove(filepath.Join(path, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	for name, content := range kept {
		if err := os.WriteFile(filepath.Join(path, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// act opens the folder, does something as a person does, and closes it.
func act(t *testing.T, path string, do func(*app.App)) {
	t.Helper()
	a, err := app.Open(t.Context(), path, app.Options{Parts: app.Everything, Lock: true, PasswordParams: apptest.QuickHash()})
	if err != nil {
		t.Fatal(err)
	}
	do(a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// compared compares the database with its anchor.
func compared(t *testing.T, a *app.App) (lacks []string, first bool, err error) {
	t.Helper()
	kept, err := a.ReadAnchor()
	if err != nil {
		return nil, false, err
	}
	return kept.Compare(t.Context(), a.DB.Pool())
}

// created makes a folder.
func created(t *testing.T, path string) {
	t.Helper()
	if err := open(t, path, app.Options{Parts: app.Everything, Create: true}).Close(); err != nil {
		t.Fatal(err)
	}
}

func addUser(t *testing.T, a *app.App, name string) {
	t.Helper()
	_, err := a.Auth.AddUser(t.Context(), audit.System(), auth.NewUser{
		Email: name + "@example.org", Forename: name, Surname: "Test", Role: auth.Official, Password: apptest.Password,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantRollback wants the folder refused with all of the words, with nothing changed, and then accepted with a reason.
func wantRollback(t *testing.T, path string, elections []int64, words ...string) {
	t.Helper()
	o := app.Options{Parts: app.Everything, Lock: true, Create: true}
	_, err := app.Open(t.Context(), path, o)
	for _, word := range append(words, "--accept-rollback") {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Fatalf("want the folder refused with %q, got %v", word, err)
		}
	}
	if _, err := app.Open(t.Context(), path, app.Options{Parts: app.Accounts}); err == nil {
		t.Error("want a command that writes refused too")
	}
	o.AcceptRollback, o.Operator = "the disk broke", audit.Actor{Name: "Olga", From: "test"}
	a := open(t, path, o)
	events, err := a.Audit.Events(t.Context(), audit.Filter{Action: "rollback-accepted"})
	if err != nil || len(events) != 1 || events[0].Actor.Name != "Olga" || !strings.Contains(events[0].Detail, "the disk broke") {
		t.Errorf("want the acceptance on record, got %+v, %v", events, err)
	}
	if recorded := rolledBack(t, a); !slices.Equal(recorded, elections) {
		t.Errorf("want the elections %v recorded, got %v", elections, recorded)
	}
	if lacks, _, err := compared(t, a); err != nil || len(lacks) != 0 {
		t.Errorf("want the anchor of the accepted database, got %v, %v", lacks, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	act(t, path, func(*app.App) {}) // and the next start is an ordinary one
}

// rolledBack returns the elections whose rollback was accepted.
func rolledBack(t *testing.T, a *app.App) (ids []int64) {
	t.Helper()
	rows, err := a.DB.Pool().QueryContext(t.Context(), `SELECT election_id FROM accepted_rollbacks ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestAnchor_AnOlderDatabaseDoesNotStart puts the database of a moment before in the place of the present one, after
// acts of each sort.
func TestAnchor_AnOlderDatabaseDoesNotStart(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(t *testing.T, a *app.App, p *apptest.Poll)
		words string
	}{
		{"an account", func(t *testing.T, a *app.App, _ *apptest.Poll) {
			t.Helper()
			addUser(t, a, "later")
		}, "the audit log ends with event"},
		{"a batch", func(t *testing.T, a *app.App, p *apptest.Poll) {
			t.Helper()
			d := batch.Delivery{Actor: audit.System(), ElectionID: p.ElectionID, ConstituencyID: p.Constituencies[0], FileName: "a.csv"}
			if _, err := a.Batches.Receive(t.Context(), d, strings.NewReader("00000000-0000-4000-8000-000000000001,1\n")); err != nil {
				t.Fatal(err)
			}
		}, "0 batches are known, and 1 were accepted"},
		{"a vote", func(t *testing.T, a *app.App, p *apptest.Poll) {
			t.Helper()
			if err := a.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			credentials := online.Credentials{PersonalID: p.Keys[0].PersonalID, GUID: p.Keys[0].GUID}
			if err := a.Votes.Cast(t.Context(), online.Vote{Credentials: credentials, Candidate: "1"}); err != nil {
				t.Fatal(err)
			}
		}, "online ballots are missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := t.TempDir()
			poll := apptest.NewPoll(t, path, 2, nil)
			act(t, path, func(*app.App) {}) // makes all secrets
			kept := keep(t, path)
			act(t, path, func(a *app.App) { c.do(t, a, poll) })
			restore(t, path, kept)
			wantRollback(t, path, []int64{poll.ElectionID}, c.words)
		})
	}
}

// TestAnchor_AnotherHistoryDoesNotStart lets an older database go on for longer than the lost one.
func TestAnchor_AnotherHistoryDoesNotStart(t *testing.T) {
	path, aside := t.TempDir(), t.TempDir()
	act2 := func(path string, names ...string) {
		act(t, path, func(a *app.App) {
			for _, name := range names {
				addUser(t, a, name)
			}
		})
	}
	created(t, path)
	if err := os.CopyFS(filepath.Join(aside, "copy"), os.DirFS(path)); err != nil {
		t.Fatal(err)
	}
	act2(path, "first")
	act2(filepath.Join(aside, "copy"), "other", "another", "third")
	restore(t, path, keep(t, filepath.Join(aside, "copy")))
	wantRollback(t, path, nil, "of the audit log is another one")
}

// TestAnchor_LostFiles takes the database, its content, or the anchor away.
func TestAnchor_LostFiles(t *testing.T) {
	for _, c := range []struct {
		name   string
		remove []string
		word   string
	}{
		{"the anchor", []string{anchor.Name}, "urna.anchor is missing"},
		{"the database", files, "urna.db is missing, and the data folder holds its anchor"},
		{"database and anchor", append([]string{anchor.Name}, files...), "urna.db is missing, and the data folder holds the secret files"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := t.TempDir()
			created(t, path)
			act(t, path, func(a *app.App) { addUser(t, a, "first") })
			for _, name := range c.remove {
				_ = os.Remove(filepath.Join(path, name))
			}
			wantRollback(t, path, nil, c.word)
		})
	}
	t.Run("an empty database", func(t *testing.T) {
		path, fresh := t.TempDir(), t.TempDir()
		created(t, path)
		act(t, path, func(a *app.App) { addUser(t, a, "first") })
		if err := os.WriteFile(filepath.Join(fresh, "urna.db"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		restore(t, path, keep(t, fresh))
		wantRollback(t, path, nil, "the data folder holds its anchor", "the audit log ends with event 0")
	})
	t.Run("a damaged anchor", func(t *testing.T) {
		path := t.TempDir()
		created(t, path)
		if err := os.WriteFile(filepath.Join(path, anchor.Name), []byte("0"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantRollback(t, path, nil, "urna.anchor is damaged")
	})
}

// TestAnchor_OlderFoldersGetOne removes everything that a version without anchors did not make.
func TestAnchor_OlderFoldersGetOne(t *testing.T) {
	path := t.TempDir()
	created(t, path)
	act(t, path, func(a *app.App) { addUser(t, a, "first") })
	if err := os.Remove(filepath.Join(path, anchor.Name)); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(path, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `DELETE FROM folder_anchor`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	act(t, path, func(a *app.App) {
		if lacks, first, err := compared(t, a); err != nil || first || len(lacks) != 0 {
			t.Errorf("want an anchor made, got %v, %v, %v", first, lacks, err)
		}
	})
}

// TestAnchor_HoldsNothingOfAVote reads the file while votes are cast: it says their number, at most once a second, and
// nothing else changes with them.
func TestAnchor_HoldsNothingOfAVote(t *testing.T) {
	path := t.TempDir()
	poll := apptest.NewPoll(t, path, 60, nil)
	a := open(t, path, app.Options{Parts: app.Everything, Lock: true, Votes: online.Options{GroupVotes: 1, GroupWait: time.Millisecond}})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	read := func() string {
		content, err := os.ReadFile(filepath.Join(path, anchor.Name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Trim(strings.ReplaceAll(string(content), "\x00", ""), "\n")
	}
	seen, begun := map[string]bool{read(): true}, time.Now()
	for i, key := range poll.Keys {
		v := online.Vote{Credentials: online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID}, Candidate: strconv.Itoa(1 + i%2)}
		if err := a.Votes.Cast(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		seen[read()] = true
		time.Sleep(50 * time.Millisecond)
	}
	if most := 2 + int(time.Since(begun)/time.Second); len(seen) > most {
		t.Errorf("want %d states in %v at most, found %d", most, time.Since(begun), len(seen))
	}
	for content := range seen {
		for line := range strings.Lines(content) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if !slices.Contains([]string{"urna", "folder", "number", "events", "head", "batches", "ballots", "sha256", ""}, name) {
				t.Errorf("want known lines only, found %q", line)
			}
		}
	}
}
