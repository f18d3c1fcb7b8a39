package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/faultvfs"
)

// lateFolder is a folder with an election whose batches are late, on a disk that a test can let fail.
type lateFolder struct {
	*apptest.Env

	disk            *faultvfs.Disk
	election        *elections.Election
	ana, olga       audit.Actor
	answered        map[int64]string // what was answered about a batch last: waiting, approved or refused
	moments         map[int64]int
	refused, broken int
}

// newLateFolder makes such a folder on a disk; "" is one without faults.
func newLateFolder(t *testing.T, vfs string) (f lateFolder) {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the faults are the test's
	t.Cleanup(func() { slog.SetDefault(before) })
	f.answered, f.moments = map[int64]string{}, map[int64]int{}
	f.Env = apptest.New(t, func(o *app.Options) { o.VFS = vfs })
	f.ana = f.AddAccount(t, "Ana", auth.Administrator).Actor("office")
	f.olga = f.AddAccount(t, "Olga", auth.Official).Actor("hall")
	now := time.Now()
	until := now.Add(2 * time.Hour)
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: now.Add(-time.Minute), EndsAt: now.Add(time.Hour), BatchesUntil: &until,
		Channels: []elections.Channel{elections.Batches}, OpenNow: true, Constituencies: []elections.ConstituencyDraft{{}},
	}
	for i := range 2 {
		p, err := f.Participants.Create(t.Context(), f.ana, participants.Draft{Name: fmt.Sprint("List ", i), Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	var err error
	if f.election, err = f.Elections.Create(t.Context(), f.ana, d); err != nil {
		t.Fatal(err)
	}
	return f
}

func failingDisk(t *testing.T) *faultvfs.Disk {
	t.Helper()
	disk, err := faultvfs.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(disk.Close)
	return disk
}

// onFailing opens a copy of a closed folder, two days later, on a disk that can fail.
func (f lateFolder) onFailing(t *testing.T) *lateFolder {
	t.Helper()
	disk := failingDisk(t)
	path := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(path, os.DirFS(f.Path)); err != nil {
		t.Fatal(err)
	}
	f.disk, f.answered, f.moments = disk, map[int64]string{}, map[int64]int{}
	f.Env = apptest.Open(t, path, clock.At(time.Now().Add(48*time.Hour)), func(o *app.Options) { o.VFS = disk.VFS })
	f.Start(t)
	return &f
}

// play sends two late batches, approves the first and refuses the second. What the machine refuses is left at that.
func (f *lateFolder) play() {
	for n := range 2 {
		b, err := f.Batches.Receive(context.Background(), batch.Delivery{Actor: f.olga, ElectionID: f.election.ID, FileName: "late.csv"},
			strings.NewReader(fmt.Sprintf("00000000-0000-4000-8000-%012x,1\n00000000-0000-4000-8000-%012x,2\n", 2*n, 2*n+1)))
		if err != nil {
			f.refused++
			continue
		}
		f.answer(b.ID, "waiting")
		list, err := f.Approvals.Approvals(context.Background(), auth.ApprovalFilter{Open: true})
		if err != nil || len(list) == 0 {
			f.broken++
			continue
		}
		decision, state := auth.Decision{Approve: true}, "approved"
		if n == 1 {
			decision, state = auth.Decision{Reason: "no protocol"}, "refused"
		}
		if _, err := f.Approvals.Decide(context.Background(), f.ana, list[0].ID, decision); err != nil {
			f.refused++
			continue
		}
		f.answer(b.ID, state)
	}
}

func (f *lateFolder) answer(id int64, state string) {
	f.answered[id], f.moments[id] = state, f.disk.Moment()
}

// check wants, in a database that was left, each late batch beside its approval in the same state, and every answer
// kept that was given by the moment.
func (f *lateFolder) check(t *testing.T, path string, moment int) {
	t.Helper()
	good, err := faultvfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	db, err := databasetest.OpenThrough(t.Context(), filepath.Join(path, "urna.db"), database.Main, good.VFS)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Pool().QueryContext(t.Context(), `SELECT b.id, b.late_state, b.state, coalesce(a.state, ''), coalesce(a.proposer_id, 0)
		FROM batches b LEFT JOIN approvals a ON a.act = 'late-batch' AND a.subject = 'batch ' || b.id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[int64]string{}
	for rows.Next() {
		var id, proposer int64
		var late, state, approval string
		if err := rows.Scan(&id, &late, &state, &approval, &proposer); err != nil {
			t.Fatal(err)
		}
		whole := map[string]bool{
			"waiting retracted waiting": true, "approved restoring done": true, "approved counted done": true, "refused retracted refused": true,
		}
		if !whole[late+" "+state+" "+approval] || proposer != f.olga.ID {
			t.Errorf("batch %d is half done: late %q, state %q, approval %q", id, late, state, approval)
		}
		found[id] = late
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	order := map[string]int{"": 0, "waiting": 1, "approved": 2, "refused": 2}
	for id, state := range f.answered {
		if f.moments[id] <= moment && order[found[id]] < order[state] {
			t.Errorf("batch %d was answered as %s, and is %q", id, state, found[id])
		}
	}
	if _, events, err := audit.Verify(t.Context(), db.Pool(), ""); err != nil || events == 0 {
		t.Errorf("want the log whole, got %d events, %v", events, err)
	}
}

// TestLateBatch_APowerCutLeavesNoHalfDecision cuts the power at every sync, and in between.
func TestLateBatch_APowerCutLeavesNoHalfDecision(t *testing.T) { //nolint:paralleltest // it silences the log of the whole process
	disk := failingDisk(t)
	f := newLateFolder(t, disk.VFS)
	f.disk = disk
	f.Clock.Move(48 * time.Hour)
	f.Start(t)
	from := disk.Moment()
	f.play()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f.refused+f.broken != 0 || len(f.answered) != 2 {
		t.Fatalf("want everything answered on a good disk, got %+v", f)
	}
	f.disk.EachPowerCut(t, from, 4, 40, f.check)
}

// TestLateBatch_AFaultLeavesNoHalfDecision lets each write and each sync fail in turn.
func TestLateBatch_AFaultLeavesNoHalfDecision(t *testing.T) { //nolint:paralleltest // it silences the log of the whole process
	databasetest.NeedsSQLite(t, "the failing disk is SQLite's")
	template := newLateFolder(t, "")
	if err := template.Close(); err != nil {
		t.Fatal(err)
	}
	for _, plan := range []faultvfs.Fault{
		{Act: faultvfs.Write, Code: faultvfs.Full, Times: 3}, {Act: faultvfs.Sync, Code: faultvfs.SyncError, Times: 1},
	} {
		refusals := 0
		for plan.Nth = 1; !t.Failed(); plan.Nth += plan.Times {
			f := template.onFailing(t)
			f.disk.Arm(plan)
			f.play()
			failed := f.disk.Failed()
			f.disk.Arm(faultvfs.Fault{})
			_ = f.Close()
			refusals += f.refused
			f.check(t, f.Path, f.disk.Moment())
			if failed == 0 {
				break
			}
		}
		if refusals == 0 {
			t.Errorf("want some answers refused by %+v", plan)
		}
	}
}
