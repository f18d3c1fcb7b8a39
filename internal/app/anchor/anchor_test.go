package anchor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// anchored returns a database with its anchor, and its log.
func anchored(t *testing.T) (*Anchor, *database.DB, *audit.Log) {
	t.Helper()
	folder := t.TempDir()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(folder, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	log := &audit.Log{Now: time.Now}
	a, err := Open(t.Context(), Settings{Path: filepath.Join(folder, Name), DB: db, Log: log, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	db.SetAnchor(a)
	t.Cleanup(func() { _ = errors.Join(a.Close(), db.Close()) })
	return a, db, log
}

// act appends an event.
func act(t *testing.T, db *database.DB, log *audit.Log) error {
	t.Helper()
	return db.Write(t.Context(), func(tx *database.Tx) error {
		return log.Append(t.Context(), tx.SQL(), audit.System(), "act", "", nil)
	})
}

// events returns how far the file is.
func (a *Anchor) events(t *testing.T) int64 {
	t.Helper()
	last, _, err := a.file.read()
	if err != nil {
		t.Fatal(err)
	}
	return last.state.Events
}

// TestSync_IsBeforeTheAnswer reads the file right after an act, and counts the syncs of concurrent acts, all of which
// are committed while the first of these syncs runs.
func TestSync_IsBeforeTheAnswer(t *testing.T) {
	a, db, log := anchored(t)
	const together = 40
	var syncs, wanted atomic.Int64
	a.file.sync = func(*os.File) error {
		syncs.Add(1)
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			now, err := readActs(t.Context(), db.Pool())
			if err != nil || now.Events >= wanted.Load() {
				return err
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("want %d acts committed during the sync, found %d", wanted.Load(), now.Events)
			}
		}
	}
	if err := act(t, db, log); err != nil || a.events(t) != 1 || syncs.Load() != 1 {
		t.Fatalf("want the act in the file, found %d after %d syncs, %v", a.events(t), syncs.Load(), err)
	}
	syncs.Store(0)
	wanted.Store(1 + together)
	var acts sync.WaitGroup
	for range together {
		acts.Go(func() {
			if err := act(t, db, log); err != nil {
				t.Error(err)
			}
		})
	}
	acts.Wait()
	if a.events(t) != 1+together || syncs.Load() > together/4 {
		t.Errorf("want %d events in the file with few syncs, got %d with %d", 1+together, a.events(t), syncs.Load())
	}
}

// TestSync_OfWhatIsNotAnswered writes without an event, and with one that no caller waits for.
func TestSync_OfWhatIsNotAnswered(t *testing.T) {
	a, db, log := anchored(t)
	a.file.sync = func(*os.File) error { return errors.New("want no sync") }
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `UPDATE settings SET value = value`)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		return log.AppendAside(t.Context(), tx.SQL(), audit.System(), "refused", "", nil)
	})
	if err != nil {
		t.Error(err)
	}
	a.file.sync = syncData
	if err := a.count(t.Context()); err != nil || a.events(t) != 1 {
		t.Errorf("want the event in the file with the next count, got %d, %v", a.events(t), err)
	}
}

// TestSync_AFaultIsAnswered lets the anchor's disk fail: the act is stored, its answer says that it may be, and the
// next act brings the file up to date.
func TestSync_AFaultIsAnswered(t *testing.T) {
	a, db, log := anchored(t)
	broken := errors.New("broken")
	a.file.sync = func(*os.File) error { return broken }
	err := act(t, db, log)
	if !errors.Is(err, database.ErrUnknownOutcome) || !errors.Is(err, database.ErrNotAnchored) || !errors.Is(err, broken) {
		t.Errorf("want an unknown outcome, got %v", err)
	}
	if a.events(t) != 0 {
		t.Errorf("want nothing in the file that was not synced, got %d", a.events(t))
	}
	a.file.sync = syncData
	if err := act(t, db, log); err != nil || a.events(t) != 2 {
		t.Errorf("want both acts in the file, got %d, %v", a.events(t), err)
	}
}

// TestSync_ProgramsBesideEachOther lets two programs act on one folder: the file always has the state of the later
// act.
func TestSync_ProgramsBesideEachOther(t *testing.T) {
	a, db, log := anchored(t)
	path := a.file.handle.Name()
	other, err := databasetest.OpenFile(t.Context(), filepath.Join(filepath.Dir(path), "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	otherLog := &audit.Log{Now: time.Now}
	b, err := Open(t.Context(), Settings{Path: path, DB: other, Log: otherLog, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	other.SetAnchor(b)
	defer func() { _ = errors.Join(b.Close(), other.Close()) }()
	var acts sync.WaitGroup
	for range 10 {
		acts.Go(func() {
			if err := errors.Join(act(t, db, log), act(t, db, log)); err != nil {
				t.Error(err)
			}
		})
		acts.Go(func() {
			if err := act(t, other, otherLog); err != nil {
				t.Error(err)
			}
		})
	}
	acts.Wait()
	if a.events(t) != 30 {
		t.Errorf("want all 30 events in the file, got %d", a.events(t))
	}
	if err := a.file.locked(func() error { return nil }); err != nil {
		t.Error(err)
	}
	kept, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if lacks, _, err := kept.Compare(t.Context(), db.Pool()); err != nil || len(lacks) != 0 {
		t.Errorf("want nothing missing, got %v, %v", lacks, err)
	}
}
