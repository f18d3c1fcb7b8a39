package datafolder

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// watched returns a folder with a database in it, and its clock.
func watched(t *testing.T) (f *Folder, clock *atomic.Int64) {
	t.Helper()
	clock = &atomic.Int64{}
	clock.Store(time.Hour.Nanoseconds())
	path := filepath.Join(t.TempDir(), "data")
	f, err := Open(path, true, func() time.Time { return time.Unix(0, clock.Load()) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	for _, name := range []string{Database, probeName} { // a killed server left a probe
		if err := os.WriteFile(f.Path(name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Watch(Database); err != nil {
		t.Fatal(err)
	}
	return f, clock
}

func TestReady_LeavesNothing(t *testing.T) {
	f, _ := watched(t)
	if _, err := os.Stat(f.Path(probeName)); err == nil {
		t.Error("want what a killed server left removed")
	}
	if err := f.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(f.Path(probeName)); err == nil {
		t.Error("want the probe removed")
	}
}

func TestReady_CallersShareAProbeForFiveSeconds(t *testing.T) {
	f, clock := watched(t)
	var probes atomic.Int64
	full := errors.New("full")
	f.readiness.write = func(string) error {
		time.Sleep(20 * time.Millisecond) // so that all wait for it
		if probes.Add(1) == 1 {
			return full
		}
		return nil
	}
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			if err := f.Ready(t.Context()); !errors.Is(err, full) {
				t.Errorf("want the one probe's answer, got %v", err)
			}
		})
	}
	callers.Wait()
	clock.Add((probeEvery - time.Millisecond).Nanoseconds())
	if err := f.Ready(t.Context()); !errors.Is(err, full) || probes.Load() != 1 {
		t.Errorf("want the same answer for five seconds from one probe, got %v from %d", err, probes.Load())
	}
	clock.Add(time.Millisecond.Nanoseconds())
	if err := f.Ready(t.Context()); err != nil || probes.Load() != 2 {
		t.Errorf("want another probe after five seconds, got %v from %d", err, probes.Load())
	}
}

// TestReady_EveryCallLooksAtTheFolder moves the folder and the database away, and puts others in their places.
func TestReady_EveryCallLooksAtTheFolder(t *testing.T) {
	f, _ := watched(t)
	aside := f.path + "-aside"
	again := func() { // puts the folder back
		_ = os.RemoveAll(f.path)
		if err := os.Rename(aside, f.path); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name      string
		act, undo func()
	}{
		{"folder gone", func() { _ = os.Rename(f.path, aside) }, again},
		{"another folder", func() {
			_ = os.Rename(f.path, aside)
			_ = os.Mkdir(f.path, 0o700)
			_ = os.WriteFile(f.Path(Database), []byte("x"), 0o600)
		}, again},
		{"database gone", func() { _ = os.Rename(f.Path(Database), aside) }, func() { _ = os.Rename(aside, f.Path(Database)) }},
		{"another database", func() {
			_ = os.Rename(f.Path(Database), aside)
			_ = os.WriteFile(f.Path(Database), []byte("x"), 0o600)
		}, func() { _ = os.Rename(aside, f.Path(Database)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := f.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.act()
			if err := f.Ready(t.Context()); err == nil {
				t.Error("want it noticed at the next call")
			}
			c.undo()
		})
	}
}
