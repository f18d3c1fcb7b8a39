package online_test

import (
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"urna/ballots/online"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// neighbour returns a write to the folder as another process makes it: through a connection of its own.
func neighbour(t *testing.T, folder string) func() error {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(folder, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return func() error {
		return db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), `UPDATE voter_key_removals SET times = times + 1`)
			return err
		})
	}
}

// TestRolls_GiveWayToAnotherProcess issues a roll of twelve chunks, and withdraws it, in a bubble of time, in which
// nothing but a pause takes any. There is one after each transaction once another process has written, and a longer
// one after the tenth where none has. A vote in the same process is no reason.
func TestRolls_GiveWayToAnotherProcess(t *testing.T) {
	databasetest.NeedsSQLite(t, "PostgreSQL's lock has a queue, so that nothing must be left to others")
	const voters, blind, pause = 60_000, 120 * time.Millisecond, 30 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		var once atomic.Pointer[func()] // at the next commit
		o := newEnvWithSetClock(t, online.Options{OnCommit: func(int64) {
			if do := once.Swap(nil); do != nil {
				(*do)()
			}
		}})
		e := o.election(t, 1, nil)
		key := o.issue(t, o.election(t, 1, nil), 1)[0]
		write := neighbour(t, o.folder)
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		var started time.Time
		var passed []time.Duration // at each chunk, of voters and then of keys
		stored := int64(0)
		issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, voters), func(p online.Progress) {
			if p.Issued == stored { // lines are read, or all is stored
				return
			}
			switch stored = p.Issued; stored {
			case 5_000:
				do(o.cast(t, key, "Alder"))
				started = time.Now()
			case 20_000:
				do(write())
			}
			passed = append(passed, time.Since(started))
		})
		if err != nil {
			t.Fatal(err)
		}
		do(issued.Close())
		want := make([]time.Duration, 12)
		for chunk := 5; chunk < len(want); chunk++ {
			want[chunk] = time.Duration(chunk-4) * pause
		}
		if !slices.Equal(passed, want) {
			t.Errorf("want a pause after each chunk once another process writes, got %v", passed)
		}

		for _, another := range []bool{false, true} {
			if another {
				if issued, err = o.votes.Issue(t.Context(), ada, e.ID, roll(e, voters), nil); err != nil {
					t.Fatal(err)
				}
				do(issued.Close())
				afterFirst := func() { do(write()) }
				once.Store(&afterFirst)
			}
			started = time.Now()
			do(o.votes.Withdraw(t.Context(), ada, issued.Roll.ID, ""))
			took := time.Since(started)
			want := blind
			if another { // after the first of ten transactions
				want = 9 * pause
			}
			if took != want {
				t.Errorf("want %v of pauses while another process writes (%v), got %v", want, another, took)
			}
		}
	})
}
