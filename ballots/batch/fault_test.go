package batch_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/faultvfs"
)

// failing returns a disk that a test can let fail.
func failing(t *testing.T) *faultvfs.Disk {
	t.Helper()
	databasetest.NeedsSQLite(t, "the failing disk is SQLite's")
	d, err := faultvfs.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// quiet keeps the faults that a test causes out of its log, until its end.
func quiet(t *testing.T) {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}

// shortWaits are for batches that are tried again while a test waits.
func shortWaits() batch.Options {
	return batch.Options{ChunkLines: 5, RunLines: 4, RetryAfter: time.Millisecond}
}

// files are what a scenario uploads: GUIDs that they share, poll numbers without a candidacy, and chunks enough
// to be cut between two of them.
func files() [][]ballots.Line {
	of := func(seed int) []ballots.Line {
		lines := make([]ballots.Line, 10)
		for i := range lines {
			lines[i] = ballots.Line{Number: int64(i + 1), GUID: guid((seed + i) % 16), PollNumber: int32(1 + (seed+i)%4)}
		}
		lines[9].GUID = lines[0].GUID
		return lines
	}
	return [][]ballots.Line{of(0), of(5), of(11)}
}

func csv(lines []ballots.Line) string {
	var file strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&file, "%s,%d\n", l.GUID, l.PollNumber)
	}
	return file.String()
}

// An answered is something that the service said yes to, and the moment of the disk's record by which it
// had to be safe.
type answered struct {
	batch  int64
	state  batch.State // which the batch was to take; Queued for an acceptance
	moment int
}

// A scenario is played on a disk that may fail.
type scenario struct {
	h        *env
	disk     *faultvfs.Disk
	answered []answered
	content  map[string][]ballots.Line // by SHA-256
	refused  int
	unknown  int // of those, where the disk failed while the refusal was made sure
}

// play uploads, counts, retracts and restores. Whatever is refused by the machine is left at that.
func (s *scenario) play(t *testing.T) {
	t.Helper()
	s.content = map[string][]ballots.Line{}
	all := files()
	first := s.upload(all[0])
	second := s.upload(all[1])
	s.rest(t, first, second)
	s.move(s.h.batches.Retract, first, batch.Retracted)
	s.rest(t, first)
	third := s.upload(all[2])
	s.move(s.h.batches.Restore, first, batch.Counted)
	s.rest(t, third, first)
	s.move(s.h.batches.Retract, second, batch.Retracted)
	s.rest(t, second)
}

func (s *scenario) upload(lines []ballots.Line) int64 {
	s.content[fmt.Sprintf("%x", sha256.Sum256([]byte(csv(lines))))] = lines
	b, err := s.h.batches.Receive(context.Background(),
		batch.Delivery{Actor: official, ElectionID: s.h.election.ID, FileName: "ballots.csv"}, strings.NewReader(csv(lines)))
	if err != nil {
		s.refused++
		if errors.Is(err, database.ErrUnknownOutcome) {
			s.unknown++
		}
		return 0
	}
	s.answered = append(s.answered, answered{b.ID, batch.Queued, s.disk.Moment()})
	return b.ID
}

func (s *scenario) move(
	act func(context.Context, audit.Actor, int64, string) (batch.Batch, error), id int64, to batch.State,
) {
	if _, err := act(context.Background(), official, id, "a test"); err == nil {
		s.answered = append(s.answered, answered{id, to, s.disk.Moment()})
	}
}

// rest waits until the batches have come to rest; 0 is one that was refused.
func (s *scenario) rest(t *testing.T, ids ...int64) {
	t.Helper()
	for _, id := range ids {
		if id != 0 {
			s.h.settle(t, id)
		}
	}
}

// check opens the folder left at the path on a disk without faults, waits until all is counted, and wants every
// answer given by the moment kept, every batch counted once and in full in the state it has come to, and
// nothing else. Exactly is whether what was not answered must not be there.
func (s *scenario) check(t *testing.T, path string, moment int, exactly bool) {
	t.Helper()
	databasetest.NeedsSQLite(t, "the failing disk is SQLite's")
	good, err := faultvfs.New() // its syncs take no time
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	h := openThrough(t, path, good.VFS, batch.Options{RetryAfter: time.Millisecond})
	defer h.close(t)
	h.start(t)
	list, err := h.batches.Batches(t.Context(), batch.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	found, content := map[int64]batch.State{}, map[int64][]ballots.Line{}
	for _, b := range list {
		content[b.ID] = s.content[b.SHA256]
		found[b.ID] = h.settle(t, b.ID).State
	}
	promised := map[int64]batch.State{}
	for _, a := range s.answered {
		if a.moment <= moment {
			promised[a.batch] = a.state
		}
	}
	for id, state := range promised {
		if found[id] == "" {
			t.Errorf("batch %d was accepted and is gone", id)
		}
		if exactly && state != batch.Queued && found[id] != state {
			t.Errorf("batch %d: want it %s as was answered, got %s", id, state, found[id])
		}
	}
	if exactly && s.unknown == 0 && len(found) != len(promised) {
		t.Errorf("want the %d accepted batches, found %v", len(promised), found)
	}
	uploads, standing := make([][]ballots.Line, len(found)), map[int64]bool{}
	for id, state := range found {
		if content[id] == nil || int(id) > len(uploads) {
			t.Fatalf("want the batches that were accepted, in their order, found %v", found)
		}
		uploads[id-1], standing[id] = content[id], state == batch.Counted
	}
	if len(found) > 0 {
		h.compareStanding(t, uploads, standing)
	} else if r := h.recount(t); r.Ballots != 0 || len(r.Differences) != 0 {
		t.Errorf("want nothing counted where nothing was accepted, got %+v", r)
	}
	n, differences := h.compareFiles(t, filepath.Join(path, "spool"))
	if int(n.Files) != len(found) || len(differences) != 0 {
		t.Errorf("want %d files as accepted, got %+v, %v", len(found), n, differences)
	}
	// A file whose acceptance was cut, or whose outcome was not known, is moved aside; none stays among the accepted ones.
	left, err := filepath.Glob(filepath.Join(path, "spool", "*.*"))
	if err != nil || len(left) != len(found) {
		t.Errorf("want nothing left of what was refused, found %v, %v", left, err)
	}
	unknown, err := h.unknown(t)
	if err != nil || slices.ContainsFunc(unknown, func(name string) bool { return !strings.HasPrefix(name, "orphans/") }) {
		t.Errorf("want no unknown file but orphans, found %v, %v", unknown, err)
	}
}

// template makes a folder with an election, for many scenarios to begin with.
func template(t *testing.T) string {
	t.Helper()
	path := t.TempDir()
	open(t, path, batch.Options{}).close(t)
	return path
}

// begin opens a copy of the template on the disk, and starts to count.
func (s *scenario) begin(t *testing.T, template, path string) {
	t.Helper()
	if err := os.CopyFS(path, os.DirFS(template)); err != nil {
		t.Fatal(err)
	}
	s.h = openThrough(t, path, s.disk.VFS, shortWaits())
	s.h.start(t)
}

// end closes what the scenario had open. A disk that fails to the end may say so once more.
func (s *scenario) end() {
	s.h.batches.Stop()
	_ = s.h.db.Close()
}

// TestFault_EveryWriteAndEverySync lets, of all writes and syncs of a scenario, each fail in turn: once, and
// from then on for a while. An upload that was accepted is kept, of one that was refused nothing is.
func TestFault_EveryWriteAndEverySync(t *testing.T) { //nolint:tparallel // it silences the log of the whole process
	quiet(t)
	from := template(t)
	for _, plan := range []faultvfs.Fault{
		{Act: faultvfs.Write, Code: faultvfs.WriteError, Times: 1},
		{Act: faultvfs.Write, Code: faultvfs.Full, Times: 7},
		{Act: faultvfs.Sync, Code: faultvfs.SyncError, Times: 1},
		{Act: faultvfs.Sync, Code: faultvfs.SyncError, Times: 4},
	} {
		t.Run(fmt.Sprintf("act %d, code %d, %d times", plan.Act, plan.Code, plan.Times), func(t *testing.T) {
			t.Parallel()
			refusals, n := 0, 1
			for ; !t.Failed(); n += max(1, plan.Times/2) { // each act is hit, by one window or two
				plan.Nth = n
				s := &scenario{disk: failing(t)}
				path := t.TempDir()
				s.begin(t, from, path)
				s.disk.Arm(plan)
				s.play(t)
				failed := s.disk.Failed()
				s.end()
				refusals += s.refused
				s.check(t, path, s.disk.Moment(), true)
				if failed == 0 {
					break
				}
			}
			t.Logf("of %d acts each failed in turn; %d uploads were refused", n-1, refusals)
			if refusals == 0 || n < 15 {
				t.Errorf("want many acts to fail, and some uploads refused, got %d and %d", n-1, refusals)
			}
		})
	}
}

// TestFault_FullDiskIsSaidAndWaitedFor fills the disk before anything is counted: the first batch says so,
// although its own row cannot be written, the second waits behind it, a third is refused with the reason, and
// once there is space both are counted.
func TestFault_FullDiskIsSaidAndWaitedFor(t *testing.T) {
	quiet(t)
	disk := failing(t)
	h := openThrough(t, t.TempDir(), disk.VFS, shortWaits())
	defer h.close(t)
	first, second := h.receive(t, csv(files()[0])), h.receive(t, csv(files()[1]))
	disk.Arm(faultvfs.Fault{Act: faultvfs.Write, Nth: 1, Times: faultvfs.Ever, Code: faultvfs.Full})
	h.start(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		alone, err := h.batches.Batch(t.Context(), first.ID)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the first batch stopped, got %+v, %v", alone, err)
		}
		list, err := h.batches.Batches(t.Context(), batch.Filter{}) // later: once it has stopped it stays so
		if err != nil {
			t.Fatal(err)
		}
		if alone.State == batch.Failed && disk.Failed() > 10 {
			if alone.Failure == "" || list[1].State != batch.Failed || list[1].Failure != alone.Failure {
				t.Errorf("want the same said everywhere, got %+v and %+v", alone, list[1])
			}
			if list[0].ID != second.ID || list[0].State != batch.Queued || list[0].Failure != "" {
				t.Errorf("want the second batch to wait, got %+v", list[0])
			}
			break
		}
	}
	_, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID}, strings.NewReader(csv(files()[2])))
	if !errors.Is(err, database.ErrDiskFull) {
		t.Errorf("want a third batch refused for the full disk, got %v", err)
	}
	disk.Arm(faultvfs.Fault{})
	for _, id := range []int64{first.ID, second.ID} {
		if b := h.await(t, id); b.Failure != "" || b.Valid+b.Invalid+b.Duplicates != 10 {
			t.Errorf("want it counted in full and nothing said any more, got %+v", b)
		}
	}
}
