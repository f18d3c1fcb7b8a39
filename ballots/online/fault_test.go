package online_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/testing/faultvfs"
)

// TestCast_WhatIsNotStoredIsNotAccepted has the disk refuse a write and a sync of a vote's commit: the voter is
// told that something went wrong, and the key still votes, once.
func TestCast_WhatIsNotStoredIsNotAccepted(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
	for name, fault := range map[string]faultvfs.Fault{
		"a write": {Act: faultvfs.Write, Nth: 1, Times: 1, Code: faultvfs.WriteError},
		"a sync":  {Act: faultvfs.Sync, Nth: 1, Times: 1, Code: faultvfs.SyncError},
	} {
		t.Run(name, func(t *testing.T) {
			o, disk := newEnvOnFailingDisk(t)
			keys := o.issue(t, o.election(t, 1, nil), 3)
			if err := o.cast(t, keys[0], "Alder"); err != nil {
				t.Fatal(err)
			}
			disk.Arm(fault)
			if err := o.cast(t, keys[1], "Birch"); err == nil || disk.Failed() == 0 {
				t.Errorf("want no vote accepted that is not on disk, got %v after %d failures", err, disk.Failed())
			}
			disk.Arm(faultvfs.Fault{})
			if err := o.cast(t, keys[1], "Cedar"); err != nil {
				t.Errorf("want the key unused, got %v", err)
			}
			if n := o.number(t, `SELECT count(*) FROM online_ballots`); n != 2 {
				t.Errorf("want the two accepted votes, got %d", n)
			}
			o.recount(t)
		})
	}
}

// TestClose_AFullDiskIsSaid lets an election end on a disk that takes nothing.
func TestClose_AFullDiskIsSaid(t *testing.T) {
	o, disk := newEnvOnFailingDisk(t)
	e := o.election(t, 1, nil)
	if err := o.cast(t, o.issue(t, e, 1)[0], "Alder"); err != nil {
		t.Fatal(err)
	}
	if f := o.votes.FailedClose(); f != nil {
		t.Errorf("want nothing said before the end, got %+v", f)
	}
	disk.Arm(faultvfs.Fault{Act: faultvfs.Write, Nth: 1, Times: faultvfs.Ever, Code: faultvfs.Full})
	o.Move(2 * time.Hour)
	until(t, "the close to fail three times", func() bool { return o.votes.FailedClose() != nil })
	if f := o.votes.FailedClose(); !slices.Equal(f.Elections, []int64{e.ID}) || !database.IsDiskFull(f.Err) || f.Tries < 3 || f.Since.IsZero() {
		t.Errorf("want the election and the full disk named, got %+v", f)
	}
	disk.Arm(faultvfs.Fault{})
	o.waitForClose(t, e)
	until(t, "nothing said after the close", func() bool { return o.votes.FailedClose() == nil })
}
