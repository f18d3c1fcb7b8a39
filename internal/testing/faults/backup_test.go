package faults

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"urna/internal/app"
	"urna/internal/app/backup"
	"urna/internal/app/restore"
	"urna/internal/database"
	"urna/internal/sealed"
	"urna/internal/testing/clock"
	"urna/internal/testing/faultvfs"
)

func newIdentity(t *testing.T) sealed.Identities {
	t.Helper()
	file, _, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return must[sealed.Identities](t)(sealed.ReadIdentities(bytes.NewReader(file), nil))
}

// archiveOf is where a folder is backed up to. It is on the system's disk: TestBackup_SyscallsThatFail of package crash
// lets that one fail.
func archiveOf(folder string) string { return folder + ".tar.age" }

// backUp makes a backup. People vote online in the folder, so it must be encrypted.
func (s *stage) backUp(ctx context.Context) error {
	_, err := backup.Make(ctx, s.BackupSource("test", ""), archiveOf(s.Path), s.identities.Recipients())
	return err
}

// backupAct is the backup of a folder. The disk has the database and, while the archive is written, its copy.
func backupAct() act {
	return act{
		name: "back up",
		do:   func(ctx context.Context, s *stage) error { return s.backUp(ctx) },
		done: func(_ context.Context, s *stage) (bool, error) {
			file, err := os.Open(archiveOf(s.Path))
			if errors.Is(err, fs.ErrNotExist) {
				return false, nil
			}
			if err != nil {
				return false, err
			}
			m, err := backup.Check(file, s.identities)
			return err == nil && m.Events > 0, errors.Join(err, file.Close())
		},
		// The copy of the database has what the close erases.
		after: func(t *testing.T, path string) {
			t.Helper()
			for _, pattern := range []string{filepath.Join(path, "backup-*"), archiveOf(path) + ".part"} {
				if left, err := filepath.Glob(pattern); err != nil || len(left) > 0 {
					t.Errorf("want nothing unfinished, found %v, %v", left, err)
				}
			}
		},
	}
}

// archive makes a backup of a folder with votes, batches and protocols, and returns its path.
func archive(t *testing.T) (string, *scene) {
	t.Helper()
	path, s := template(t, act{})
	st := must[*stage](t)(s.open(t.Context(), path, "", sameClock(s.clock)))
	if err := errors.Join(st.backUp(t.Context()), st.App.Close()); err != nil {
		t.Fatal(err)
	}
	return archiveOf(path), s
}

// restoreOn restores a backup to a new folder, whose database is on a disk.
func (s *scene) restoreOn(ctx context.Context, from, target, vfs string, c *clock.Clock) error {
	_, err := restore.Restore(ctx, from, target, restore.Options{Identities: s.identities, Now: c.Now, Operator: s.ada, VFS: vfs})
	return err
}

// restored wants a folder that was restored once, with nothing beside it.
func restored(t *testing.T, target string, c *clock.Clock) {
	t.Helper()
	folder, err := app.OpenForReading(t.Context(), target, app.ReadOptions{Now: c.Now})
	if err != nil {
		t.Error(err)
		return
	}
	var recorded int
	err = folder.DB.Pool().QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE action = 'folder-restored'`).Scan(&recorded)
	if err := errors.Join(err, folder.Close()); err != nil || recorded != 1 {
		t.Errorf("want one event of the restoration, got %d, %v", recorded, err)
	}
	verified(t, target, c)
	alone(t, target)
}

// alone wants nothing unfinished beside a folder, whether it exists or not.
func alone(t *testing.T, target string) {
	t.Helper()
	if left, err := filepath.Glob(target + ".*"); err != nil || len(left) > 0 {
		t.Errorf("want nothing beside the folder, found %v, %v", left, err)
	}
}

// TestFaults_Restore lets the disk fail while a backup is restored: there is the whole folder, or none and another try.
func TestFaults_Restore(t *testing.T) {
	t.Parallel()
	from, s := archive(t)
	d, c := disk(t), sameClock(s.clock)
	if err := s.restoreOn(t.Context(), from, filepath.Join(t.TempDir(), "data"), d.VFS, c); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for name, plan := range plans() {
		for _, plan.Nth = range sample(d.Count(plan.Act)) {
			target, d := filepath.Join(t.TempDir(), "data"), disk(t)
			d.Arm(plan)
			err := s.restoreOn(t.Context(), from, target, d.VFS, c)
			d.Arm(faultvfs.Fault{})
			if err != nil {
				refused++
				if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("want no folder after a refusal, got %v", err)
				}
				alone(t, target)
				if err := s.restoreOn(t.Context(), from, target, "", c); err != nil {
					t.Errorf("want the restoration possible again, got %v", err)
				}
			}
			if restored(t, target, c); t.Failed() {
				t.Fatalf("%s, act %d: %v", name, plan.Nth, err)
			}
		}
	}
	if refused == 0 {
		t.Error("want some restorations refused")
	}
}

// TestPowerCut_Restore cuts the power after a restoration was answered, and at places of the event that it records. Before
// the answer the folder has no name yet, and the next restoration removes it; what was cut is opened nevertheless, so that
// the event is there whole or not at all.
func TestPowerCut_Restore(t *testing.T) {
	t.Parallel()
	from, s := archive(t)
	unpacked := t.TempDir()
	file := must[*os.File](t)(os.Open(from))
	must[backup.Manifest](t)(backup.Unpack(t.Context(), file, s.identities, unpacked))
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	r := &recording{disk: disk(t), path: filepath.Join(t.TempDir(), "data"), after: sameClock(s.clock)}
	if err := r.disk.Begin(unpacked, names()...); err != nil { // the unpacked files are synced, one by one
		t.Fatal(err)
	}
	if err := s.restoreOn(t.Context(), from, r.path, r.disk.VFS, r.after); err != nil {
		t.Fatal(err)
	}
	r.answered = r.disk.Moment()
	r.anchors = []anchorAt{{0, must[[]byte](t)(os.ReadFile(filepath.Join(unpacked, anchorName)))}}
	r.seeAnchor(r.answered)
	for _, moment := range r.moments() {
		for _, random := range []*rand.Rand{nil, rand.New(rand.NewPCG(uint64(moment), 2))} {
			left := r.left(t, moment, random)
			if moment >= r.answered {
				restored(t, left, r.after)
			} else {
				verified(t, left, r.after)
			}
			if t.Failed() {
				t.Fatalf("the power was cut after act %d of %d", moment, r.answered)
			}
		}
	}
}

// TestFaults_AFullDiskForBackups fills the disks of a backup and of a restoration while they write.
func TestFaults_AFullDiskForBackups(t *testing.T) {
	from, s := archive(t)
	size := must[os.FileInfo](t)(os.Stat(from)).Size()
	small := t.TempDir()
	if err := syscall.Mount("urna-test", small, "tmpfs", 0, "size=256k"); errors.Is(err, syscall.EPERM) && os.Getenv("CI") == "" {
		t.Skip("mounting a small file system is not allowed here; run as root")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
	if size < 512<<10 {
		t.Fatalf("want a backup that is larger than the disk, got %d bytes", size)
	}
	st := must[*stage](t)(s.open(t.Context(), strings.TrimSuffix(from, archiveOf("")), "", sameClock(s.clock)))
	source := st.BackupSource("test", "")
	source.Space = nil // the disk becomes full after it was asked
	_, err := backup.Make(t.Context(), source, filepath.Join(small, "backup.tar.age"), s.identities.Recipients())
	if !errors.Is(err, database.ErrDiskFull) {
		t.Errorf("want a full disk, got %v", err)
	}
	if err := st.App.Close(); err != nil {
		t.Error(err)
	}
	if err := s.restoreOn(t.Context(), from, filepath.Join(small, "data"), "", sameClock(s.clock)); err == nil {
		t.Error("want a restoration refused")
	}
	if left, err := os.ReadDir(small); err != nil || len(left) > 0 {
		t.Errorf("want nothing left on the disk, found %v, %v", left, err)
	}
}
