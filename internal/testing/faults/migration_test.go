package faults

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"urna/internal/testing/clock"
	"urna/internal/testing/faultvfs"
)

// released unpacks the data folder of version 0.1.0.
func released(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data")
	file := must[*os.File](t)(os.Open("../releases/testdata/0.1.0/data.tar.gz"))
	defer func() { _ = file.Close() }()
	archive := tar.NewReader(must[*gzip.Reader](t)(gzip.NewReader(file)))
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return path
		}
		if err != nil || !filepath.IsLocal(header.Name) {
			t.Fatal(header, err)
		}
		name := filepath.Join(path, header.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, must[[]byte](t)(io.ReadAll(archive)), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// upgrade opens and closes a folder on a disk, which brings its schema up to date.
func upgrade(ctx context.Context, path, vfs string) error {
	st, err := (&scene{}).open(ctx, path, vfs, &clock.Clock{})
	if err != nil {
		return err
	}
	return st.App.Close()
}

// upgraded wants a folder that was left by a fault to open on a good disk, in the present form, with all of its elections.
func upgraded(t *testing.T, path string) {
	t.Helper()
	st, err := (&scene{}).open(t.Context(), path, disk(t).VFS, &clock.Clock{})
	if err != nil {
		t.Errorf("want the upgrade to succeed at last, got %v", err)
		return
	}
	all, err := st.Elections.Elections(t.Context())
	if err := errors.Join(err, st.App.Close()); err != nil || len(all) < 4 {
		t.Errorf("want the elections of the release, got %d, %v", len(all), err)
	}
	verified(t, path, &clock.Clock{})
}

// TestFaults_Migration lets the disk fail while a folder of version 0.1.0 is upgraded.
func TestFaults_Migration(t *testing.T) {
	t.Parallel()
	from, d := released(t), disk(t)
	if err := upgrade(t.Context(), copied(t, from), d.VFS); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for name, plan := range plans() {
		for _, plan.Nth = range sample(d.Count(plan.Act)) {
			path, d := copied(t, from), disk(t)
			d.Arm(plan)
			if err := upgrade(t.Context(), path, d.VFS); err != nil {
				refused++
			}
			d.Arm(faultvfs.Fault{})
			if upgraded(t, path); t.Failed() {
				t.Fatalf("%s, act %d", name, plan.Nth)
			}
		}
	}
	if refused == 0 {
		t.Error("want some upgrades refused")
	}
}

// TestPowerCut_Migration cuts the power while a folder of version 0.1.0 is upgraded.
func TestPowerCut_Migration(t *testing.T) {
	t.Parallel()
	r := &recording{disk: disk(t), path: copied(t, released(t))}
	if err := r.disk.Begin(r.path, names()...); err != nil {
		t.Fatal(err)
	}
	r.disk.BeforeAct = r.seeAnchor
	if err := upgrade(t.Context(), r.path, r.disk.VFS); err != nil {
		t.Fatal(err)
	}
	r.answered = r.disk.Moment()
	for _, moment := range r.moments() {
		for _, random := range []*rand.Rand{nil, rand.New(rand.NewPCG(uint64(moment), 1))} {
			if upgraded(t, r.left(t, moment, random)); t.Failed() {
				t.Fatalf("the power was cut after act %d", moment)
			}
		}
	}
}

// TestDisk_OfThisSuiteCuts shows that a cut loses what was not synced: without the syncs of the program an answered vote
// would be lost, and the suite would say so.
func TestDisk_OfThisSuiteCuts(t *testing.T) {
	t.Parallel()
	a := ballotActs()[0]
	path, s := template(t, a)
	r := record(t, path, s, a)
	before := 0
	for _, moment := range r.disk.Moments(faultvfs.Sync) {
		if moment <= r.answered {
			before = moment
		}
	}
	left := r.left(t, before-1, nil) // one act before the last sync before the answer
	st := must[*stage](t)(s.open(t.Context(), left, disk(t).VFS, sameClock(r.after)))
	is, err := a.done(t.Context(), st)
	if err := errors.Join(err, st.App.Close()); err != nil || is {
		t.Errorf("want the vote lost without its sync, got %v, %v", is, err)
	}
}
