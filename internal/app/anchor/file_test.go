package anchor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/audit"
)

// made returns a new anchor in a folder of the test's own.
func made(t *testing.T, s State) *file {
	t.Helper()
	f, err := create(filepath.Join(t.TempDir(), Name), slot{folder: strings.Repeat("ab", 16), number: 1, state: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.handle.Close() })
	return f
}

func state(n int64) State {
	return State{Events: n, Head: strings.Repeat("0f", 32), Batches: n / 2, Ballots: 3 * n}
}

// put writes the next slot as advance does.
func (f *file) put(t *testing.T, s State) error {
	t.Helper()
	last, next, err := f.read()
	if err != nil {
		t.Fatal(err)
	}
	return f.write(slot{folder: last.folder, number: last.number + 1, state: s}, next)
}

// TestFile_ACutWriteLeavesTheOneBefore cuts the write of a slot after each of its bytes.
func TestFile_ACutWriteLeavesTheOneBefore(t *testing.T) {
	f := made(t, state(1))
	if err := f.put(t, state(2)); err != nil {
		t.Fatal(err)
	}
	last, next, err := f.read()
	if err != nil || last.state != state(2) {
		t.Fatalf("want the second state, got %+v, %v", last, err)
	}
	third := slot{folder: last.folder, number: 3, state: state(33)}.encode()
	before := make([]byte, slotSize)
	if _, err := f.handle.ReadAt(before, next); err != nil {
		t.Fatal(err)
	}
	const text = 200 // bytes at least, which differ in numbers and sum
	for cut := range slotSize {
		if _, err := f.handle.WriteAt(append(third[:cut:cut], before[cut:]...), next); err != nil {
			t.Fatal(err)
		}
		got, _, err := f.read()
		switch {
		case err == nil && got.state == state(33) && cut > text:
			// all that is missing are line ends
		case err != nil || got.state != state(2):
			t.Fatalf("cut after %d bytes: want the state before, got %+v, %v", cut, got, err)
		}
	}
}

// TestFile_BothSlotsDamaged damages both slots, which no cut write can do.
func TestFile_BothSlotsDamaged(t *testing.T) {
	f := made(t, state(1))
	if err := f.put(t, state(2)); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{0, slotApart} {
		if _, err := f.handle.WriteAt([]byte("U"), at); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := f.read(); !errors.Is(err, ErrDamaged) {
		t.Errorf("want the damage named, got %v", err)
	}
}

// TestFile_AFailedSyncIsNoState lets a sync fail: the unsynced slot does not count, and the next write replaces it
// and not the last slot that was synced.
func TestFile_AFailedSyncIsNoState(t *testing.T) {
	f := made(t, state(1))
	if err := f.put(t, state(2)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	f.sync = func(*os.File) error { return broken }
	for range 3 {
		if err := f.put(t, state(3)); !errors.Is(err, broken) {
			t.Fatalf("want the fault reported, got %v", err)
		}
		if last, _, err := f.read(); err != nil || last.state != state(2) {
			t.Fatalf("want the last state that was synced, got %+v, %v", last, err)
		}
	}
	f.sync = syncData
	if err := f.put(t, state(4)); err != nil {
		t.Fatal(err)
	}
	if last, _, err := f.read(); err != nil || last.state != state(4) {
		t.Errorf("want the state that was written after the fault, got %+v, %v", last, err)
	}
}

// TestFile_NeedsNoSpace writes states of very different lengths: the file keeps its size.
func TestFile_NeedsNoSpace(t *testing.T) {
	f := made(t, State{Head: audit.Genesis})
	for _, n := range []int64{1, 1 << 40, 7, 1<<62 - 1} {
		if err := f.put(t, State{Events: n, Head: audit.Genesis, Batches: n, Ballots: n}); err != nil {
			t.Fatal(err)
		}
		info, err := f.handle.Stat()
		if err != nil || info.Size() != fileSize {
			t.Fatalf("want %d bytes, got %d, %v", fileSize, info.Size(), err)
		}
	}
}

// TestRead_AnAnchorOfNothing: a first start that was killed before it recorded anything leaves such an anchor, and must
// not need --accept-rollback.
func TestRead_AnAnchorOfNothing(t *testing.T) {
	for name, c := range map[string]struct {
		state State
		want  bool
	}{
		"nothing": {State{}, true}, "an event": {State{Events: 1}, false}, "a batch": {State{Batches: 1}, false}, "a ballot": {State{Ballots: 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.state.Head = audit.Genesis
			path := filepath.Join(t.TempDir(), Name)
			f, err := create(path, slot{folder: newIdentity(), number: 1, state: c.state})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.handle.Close(); err != nil {
				t.Fatal(err)
			}
			if kept, err := Read(path); err != nil || kept.damaged || kept.OfNothing() != c.want {
				t.Errorf("want %v, got %+v, %v", c.want, kept, err)
			}
			if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
				t.Fatal(err)
			}
			if kept, err := Read(path); err != nil || kept.OfNothing() {
				t.Errorf("damaged: want it to be of something, got %+v, %v", kept, err)
			}
		})
	}
}
