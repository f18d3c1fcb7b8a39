package verify_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/internal/app"
	"urna/internal/app/move"
	"urna/internal/app/verify"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	server "urna/internal/testing/postgres"
	"urna/results/bundle"
)

// closed returns a folder with everything in it, in which all votes that were cast are closed in full, and a clock of a
// later time.
func closed(t *testing.T) (path string, now *clock.Clock) {
	t.Helper()
	path, now = furnish(t), &clock.Clock{}
	now.Move(100 * time.Hour)
	env := apptest.Open(t, path, now)
	env.Start(t)
	err := until("the close of all elections", func() (bool, error) {
		open, err := online.Unerased(t.Context(), env.DB.Pool(), now.Now())
		return len(open) == 0, err
	})
	if err := errors.Join(err, env.Close()); err != nil {
		t.Fatal(err)
	}
	return path, now
}

// moved moves data and wants it done.
func moved(t *testing.T, from, to move.End, now *clock.Clock) move.Report {
	t.Helper()
	r, err := move.Move(t.Context(), options(t, from, to, now))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func options(t *testing.T, from, to move.End, now *clock.Clock) move.Options {
	t.Helper()
	return move.Options{From: from, To: to, Now: now.Now, Scratch: t.TempDir(), Operator: audit.Actor{Name: "command line"}}
}

// openEnd opens an end of a move.
func openEnd(t *testing.T, at move.End, o app.Options) (*app.App, error) {
	t.Helper()
	if at.Database == "" {
		return app.Open(t.Context(), at.Folder, o)
	}
	o.Database, o.Secrets = at.Database, at.Folder
	return app.Open(t.Context(), "", o)
}

// bundles returns the bundles of the certified elections.
func bundles(t *testing.T, at move.End, now *clock.Clock) map[string][]byte {
	t.Helper()
	a, err := openEnd(t, at, app.Options{Parts: app.Bundles, Now: now.Now})
	if err != nil {
		t.Fatal(err)
	}
	all, err := a.Elections.Elections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for _, e := range all {
		for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
			for number := range 3 {
				path, err := a.Bundles.BundleOf(t.Context(), e.ID, number, form)
				if errors.Is(err, bundle.ErrNotCertified) || errors.Is(err, bundle.ErrUnknownCertification) {
					continue
				}
				content, err2 := os.ReadFile(path)
				if err := errors.Join(err, err2); err != nil {
					t.Fatal(err)
				}
				found[fmt.Sprint(e.ID, number, form)] = content
			}
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return found
}

// sameBundles wants the same bundles, byte for byte.
func sameBundles(t *testing.T, want, got map[string][]byte) {
	t.Helper()
	if len(want) < 8 || len(got) != len(want) {
		t.Errorf("want %d bundles, got %d", len(want), len(got))
	}
	for name, content := range want {
		if !bytes.Equal(content, got[name]) {
			t.Errorf("bundle %s: want the same bytes", name)
		}
	}
}

// rows returns the rows of all tables of a folder, up to an event of the log.
func rows(t *testing.T, path string, events int64) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(path, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // only read
	found := map[string][]string{}
	for _, name := range firstColumn(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`) {
		condition := ""
		switch name {
		case "audit_events":
			condition = fmt.Sprint(" WHERE id <= ", events)
		case "audit_images":
			condition = fmt.Sprint(" WHERE event_id <= ", events)
		case "folder_anchor":
			continue
		}
		columns := firstColumn(t, db, fmt.Sprintf(`SELECT 'quote("' || name || '")' FROM pragma_table_info('%s')`, name))
		found[name] = firstColumn(t, db, fmt.Sprintf(`SELECT %s FROM "%s"%s ORDER BY 1`, strings.Join(columns, " || ',' || "), name, condition))
	}
	return found
}

func firstColumn(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var one string
		if err := found.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMove_ThereAndBack moves a folder with everything in it to PostgreSQL and back.
func TestMove_ThereAndBack(t *testing.T) {
	databasetest.NeedsSQLite(t, "it begins with a folder")
	server.Need(t)
	path, now := closed(t)
	original := filepath.Join(t.TempDir(), "original")
	if err := os.CopyFS(original, os.DirFS(path)); err != nil {
		t.Fatal(err)
	}
	wantBundles := bundles(t, move.End{Folder: original}, now)

	secrets := filepath.Join(t.TempDir(), "secrets")
	postgres := move.End{Folder: secrets, Database: databasetest.AddressOf(t, t.TempDir())}
	there := moved(t, move.End{Folder: path}, postgres, now)
	if there.Rows < 100 || there.Files < 8 || len(there.From.Differences)+len(there.To.Differences) != 0 {
		t.Errorf("want rows and files moved, and both ends verified, got %+v", there)
	}
	sameBundles(t, wantBundles, bundles(t, postgres, now))

	back := move.End{Folder: filepath.Join(t.TempDir(), "back")}
	again := moved(t, postgres, back, now)
	if again.Files != there.Files {
		t.Errorf("want %d files back, got %d", there.Files, again.Files)
	}
	if report := verified(t, back.Folder, verify.Options{Head: there.Head}); len(report.Differences) > 0 {
		t.Errorf("want no difference, got %+v", report.Differences)
	}
	sameBundles(t, wantBundles, bundles(t, back, now))
	want, got := rows(t, original, there.Events), rows(t, back.Folder, there.Events)
	for name := range maps.Keys(want) {
		if !slices.Equal(want[name], got[name]) {
			t.Errorf("%s: want the same rows\nwant %.300q\ngot  %.300q", name, want[name], got[name])
		}
	}
	for _, name := range []string{"voters.key", "signing.key", "server.key", "jwt.secret"} {
		was, err := os.ReadFile(filepath.Join(original, name))
		is, err2 := os.ReadFile(filepath.Join(back.Folder, name))
		if err := errors.Join(err, err2); err != nil || !bytes.Equal(was, is) {
			t.Errorf("%s: want the same file, got %v", name, err)
		}
	}

	if want, got := given(t, move.End{Folder: original}), given(t, postgres); !maps.Equal(want, got) {
		t.Errorf("want numbers to go on after %v, got %v", want, got)
	}

	// Neither end that was left serves any more, the last one does.
	for _, left := range []move.End{{Folder: path}, postgres} {
		_, err := openEnd(t, left, app.Options{Now: now.Now})
		if _, is := errors.AsType[*app.MovedError](err); !is {
			t.Errorf("%s: want it refused as moved, got %v", left.Folder, err)
		}
	}
	env := apptest.Open(t, back.Folder, now)
	env.Start(t)
	if u := env.AddAccount(t, "after the move", "official"); u.ID != highest(want["users"])+1 {
		t.Errorf("want the number after %d, got %d", highest(want["users"]), u.ID)
	}
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	given, err := app.Open(t.Context(), path, app.Options{Now: now.Now, AcceptRollback: "it was given up", Operator: audit.System()})
	if err != nil {
		t.Fatalf("want the first folder used again for a reason, got %v", err)
	}
	if err := given.Close(); err != nil {
		t.Fatal(err)
	}
}

// given returns the last numbers of rows.
func given(t *testing.T, at move.End) (numbers map[string]int64) {
	t.Helper()
	db, err := app.OpenTarget(t.Context(), at.Folder, at.Database)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Read(t.Context(), func(tx *database.Tx) (err error) {
		numbers, err = tx.Given(t.Context())
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(numbers, func(name string, last int64) bool { return last == 0 || name == "goose_db_version" })
	return numbers
}

// highest returns the highest number that rows begin with.
func highest(rows []string) (n int64) {
	for _, row := range rows {
		var one int64
		_, _ = fmt.Sscanf(row, "%d,", &one)
		n = max(n, one)
	}
	return n
}

// TestMove_AnInterruptedOneIsNotUsed cancels moves at several moments; another one replaces the copy.
func TestMove_AnInterruptedOneIsNotUsed(t *testing.T) {
	databasetest.NeedsSQLite(t, "it begins with a folder")
	server.Need(t)
	path, now := closed(t)
	to := move.End{Folder: filepath.Join(t.TempDir(), "secrets"), Database: databasetest.AddressOf(t, t.TempDir())}
	o := options(t, move.End{Folder: path}, to, now)
	o.Filled = func(string) error { return context.Canceled } // the rows are there and not verified
	if _, err := move.Move(t.Context(), o); !errors.Is(err, context.Canceled) {
		t.Fatalf("want it interrupted, got %v", err)
	}
	_, err := openEnd(t, move.End{Database: to.Database}, app.Options{Now: now.Now})
	if _, is := errors.AsType[*app.UnfinishedMoveError](err); !is {
		t.Errorf("want the target refused, got %v", err)
	}
	if _, err := os.Stat(to.Folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("want no folder of secrets, got %v", err)
	}
	if report := verified(t, path, verify.Options{}); len(report.Differences) > 0 {
		t.Errorf("want the source as it was, got %+v", report.Differences)
	}
	o.Filled = func(string) error { // a row changes after it was compared
		db, err := app.OpenTarget(t.Context(), "", to.Database)
		if err != nil {
			return err
		}
		return errors.Join(executed(t, db, `UPDATE constituency_tallies SET votes = votes + 1 WHERE constituency_id = 4 AND poll_number = 1`), db.Close())
	}
	_, err = move.Move(t.Context(), o)
	if _, is := errors.AsType[*move.DifferencesError](err); !is {
		t.Errorf("want the altered copy found, got %v", err)
	}
	o.Filled = func(string) error { // the folder cannot get its name
		return errors.Join(os.Mkdir(to.Folder, 0o700), os.WriteFile(filepath.Join(to.Folder, "notes"), nil, 0o600))
	}
	if _, err = move.Move(t.Context(), o); err == nil {
		t.Error("want a folder that got a file meanwhile kept")
	}
	_, err = openEnd(t, move.End{Database: to.Database}, app.Options{Now: now.Now})
	if _, is := errors.AsType[*app.UnfinishedMoveError](err); !is {
		t.Errorf("want the target refused whose folder has no name, got %v", err)
	}
	if err := os.Remove(filepath.Join(to.Folder, "notes")); err != nil { // an empty folder remains
		t.Fatal(err)
	}
	moved(t, move.End{Folder: path}, to, now)
	if _, err := move.Move(t.Context(), options(t, move.End{Folder: furnish(t)}, move.End{Folder: t.TempDir(), Database: to.Database}, now)); err == nil {
		t.Error("want a target with data refused")
	}
}

// TestMove_RefusesWhatMustStay tries ends that cannot be moved, and wants the source as it was.
func TestMove_RefusesWhatMustStay(t *testing.T) {
	databasetest.NeedsSQLite(t, "it begins with a folder")
	server.Need(t)
	address := databasetest.AddressOf(t, t.TempDir())
	path, now := furnish(t), &clock.Clock{}
	to := move.End{Folder: filepath.Join(t.TempDir(), "secrets"), Database: address}
	poll := apptest.NewPoll(t, path, 3, nil)
	_, err := move.Move(t.Context(), options(t, move.End{Folder: path}, to, now))
	if voting, is := errors.AsType[*move.VotingError](err); !is || !slices.Contains(voting.Elections, poll.ElectionID) {
		t.Errorf("want an open election with votes refused, got %v", err)
	}
	if _, err := move.Move(t.Context(), options(t, move.End{Folder: path}, move.End{Folder: t.TempDir()}, now)); err == nil {
		t.Error("want two folders refused")
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "notes"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := move.Move(t.Context(), options(t, move.End{Folder: path}, move.End{Folder: full, Database: address}, now)); !errors.Is(err, move.ErrNotEmpty) {
		t.Errorf("want a folder with a file refused, got %v", err)
	}
	closedPath, then := closed(t)
	if err := os.Remove(filepath.Join(closedPath, "voters.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := move.Move(t.Context(), options(t, move.End{Folder: closedPath}, to, then)); err == nil || !strings.Contains(err.Error(), "voters.key") {
		t.Errorf("want a source without a secret refused, got %v", err)
	}
	env := apptest.Open(t, path, now)
	if _, err := move.Move(t.Context(), options(t, move.End{Folder: path}, to, now)); err == nil || !strings.Contains(err.Error(), "lock") {
		t.Errorf("want a folder in use refused, got %v", err)
	}
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	serving, err := openEnd(t, move.End{Folder: t.TempDir(), Database: address}, app.Options{Lock: true, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	later, now := closed(t)
	if _, err := move.Move(t.Context(), options(t, move.End{Folder: later}, to, now)); err == nil || !strings.Contains(err.Error(), "another server is running") {
		t.Errorf("want a database refused that a server leads, got %v", err)
	}
	if err := serving.Close(); err != nil {
		t.Fatal(err)
	}
	env = apptest.Open(t, path, &clock.Clock{}) // it opens as before
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
}

func executed(t *testing.T, db *database.DB, statement string) error {
	t.Helper()
	return db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement)
		return err
	})
}
