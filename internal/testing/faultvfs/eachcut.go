package faultvfs

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// EachPowerCut calls check with what power cuts between the moment from and now would have left, each in a folder
// of its own: without anything that was not synced, after each sync, of which there must be so many at least; and
// with an arbitrary part of it, after every step-th act, others in each run. It ends with the test's first failure.
func (d *Disk) EachPowerCut(t *testing.T, from, syncs, step int, check func(t *testing.T, folder string, moment int)) {
	t.Helper()
	cut := func(t *testing.T, moment int, random *rand.Rand) {
		t.Helper()
		left := filepath.Join(t.TempDir(), strconv.Itoa(moment))
		if err := errors.Join(os.Mkdir(left, 0o700), d.PowerCut(moment, random, left)); err != nil {
			t.Fatal(err)
		}
		check(t, left, moment)
		if t.Failed() {
			t.Fatalf("the power was cut after act %d", moment)
		}
	}
	t.Run("nothing of what was not synced", func(t *testing.T) { // it changes with a sync only
		t.Parallel()
		moments := slices.DeleteFunc(d.Moments(Sync), func(m int) bool { return m < from })
		if len(moments) < syncs {
			t.Errorf("want %d syncs at least, found %d", syncs, len(moments))
		}
		for _, moment := range append(moments, from, d.Moment()) {
			cut(t, moment, nil)
		}
	})
	t.Run("a part of what was not synced", func(t *testing.T) {
		t.Parallel()
		seed := rand.Uint64() //nolint:gosec // the draw needs no secrecy
		t.Logf("drawn from %d", seed)
		for moment := from + int(seed%uint64(step)); moment <= d.Moment(); moment += step {
			cut(t, moment, rand.New(rand.NewPCG(uint64(moment), seed))) //nolint:gosec // likewise
		}
	})
}
