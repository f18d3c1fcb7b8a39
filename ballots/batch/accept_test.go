package batch_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/faultvfs"
)

// together holds the write lock until so many files wait to be accepted together, calls ready, and returns what became
// of each. On PostgreSQL the parts of files need the lock before, so that as many wait together as happen to.
func (h *env) together(t *testing.T, files int, file func(i int) (name, content string), ready func()) []error {
	t.Helper()
	hold, release := func() {}, func() {}
	var all sync.WaitGroup
	if !databasetest.OnPostgres() {
		held, end := make(chan struct{}), make(chan struct{})
		hold, release = func() { <-held }, func() { close(end) }
		all.Go(func() {
			if err := h.db.Write(t.Context(), func(*database.Tx) error { close(held); <-end; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	hold()
	outcomes := make([]error, files)
	for i := range files {
		name, content := file(i)
		all.Go(func() {
			_, outcomes[i] = h.batches.Receive(t.Context(),
				batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: name}, strings.NewReader(content))
		})
	}
	for deadline := time.Now().Add(time.Minute); !databasetest.OnPostgres() && h.batches.WaitingTogether() != files; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want %d files waiting together, got %d", files, h.batches.WaitingTogether())
		}
	}
	ready()
	release()
	all.Wait()
	return outcomes
}

// TestReceive_ThoseThatWaitShareATransaction holds the write lock until twenty files wait for it, four
// of them copies of a fifth: one transaction is for all of them, and refusals are those of single files.
func TestReceive_ThoseThatWaitShareATransaction(t *testing.T) {
	databasetest.NeedsSQLite(t, "parts of files in the database wait for the write lock, too")
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	const files, same = 20, 4
	outcomes := h.together(t, files, func(i int) (name, content string) {
		return "ballots.csv", fmt.Sprintf("%s,1\n", guid(max(i, same)))
	}, func() {
		if n := h.db.Waiting(); n != 1 {
			t.Errorf("want one transaction in the line, got %d", n)
		}
	})
	accepted, refused := 0, 0
	for i, err := range outcomes {
		switch {
		case err == nil:
			accepted++
		case i <= same && errors.Is(err, batch.ErrSameFile):
			refused++
		default:
			t.Errorf("file %d: %v", i, err)
		}
	}
	if accepted != files-same || refused != same {
		t.Errorf("want %d accepted and %d refused, got %d and %d", files-same, same, accepted, refused)
	}
	var events, batches int
	const query = `SELECT (SELECT count(*) FROM audit_events WHERE action = 'batch-accepted'), (SELECT count(*) FROM batches)`
	if err := h.db.Pool().QueryRowContext(t.Context(), query).Scan(&events, &batches); err != nil || events != accepted || batches != accepted {
		t.Errorf("want %d batches, each with its event, got %d and %d, %v", accepted, batches, events, err)
	}
}

// TestReceive_OnlyTheFileAtFaultFails has files wait together, one of which the database does not take: the others
// become batches, each once, and a copy among them is refused for the batch that there is.
func TestReceive_OnlyTheFileAtFaultFails(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	trigger := databasetest.Trigger("fault", "BEFORE INSERT ON batches", "NEW.file_name = 'fault.csv'", databasetest.Refuse("a fault"))
	if err := h.db.Write(t.Context(), func(tx *database.Tx) error { return tx.Gorm().Exec(trigger).Error }); err != nil {
		t.Fatal(err)
	}
	const files, fault, original = 8, 5, 3
	outcomes := h.together(t, files, func(i int) (name, content string) {
		name, content = "ballots.csv", fmt.Sprintf("%s,1\n", guid(max(i, original)))
		if i == fault {
			name = "fault.csv"
		}
		return name, content
	}, func() {})
	accepted, same := 0, 0
	for i, err := range outcomes {
		switch {
		case i == fault:
			if err == nil || !strings.Contains(err.Error(), "a fault") {
				t.Errorf("want the fault said, got %v", err)
			}
		case err == nil:
			accepted++
		case i <= original && errors.Is(err, batch.ErrSameFile):
			same++
		default:
			t.Errorf("file %d: %v", i, err)
		}
	}
	if accepted != files-1-original || same != original {
		t.Errorf("want %d accepted and %d refused, got %d and %d", files-1-original, original, accepted, same)
	}
	list, err := h.batches.Batches(t.Context(), batch.Filter{})
	if err != nil || len(list) != accepted {
		t.Fatalf("want %d batches, got %d, %v", accepted, len(list), err)
	}
	for _, b := range list {
		h.await(t, b.ID)
	}
	var events int
	const query = `SELECT count(*) FROM audit_events WHERE action = 'batch-accepted'`
	if err := h.db.Pool().QueryRowContext(t.Context(), query).Scan(&events); err != nil || events != accepted {
		t.Errorf("want an event for each batch, got %d, %v", events, err)
	}
}

// TestReceive_NoRefusalOutlivesItsTransaction sends the same file twice at once, and the disk refuses their
// transaction: no answer may name a batch that was rolled back.
func TestReceive_NoRefusalOutlivesItsTransaction(t *testing.T) {
	quiet(t)
	disk := failing(t)
	h := openThrough(t, t.TempDir(), disk.VFS, shortWaits())
	defer h.close(t)
	outcomes := h.together(t, 3, func(int) (name, content string) { return "ballots.csv", guid(7).String() + ",1\n" }, func() {
		disk.Arm(faultvfs.Fault{Act: faultvfs.Write, Nth: 1, Times: faultvfs.Ever, Code: faultvfs.Full})
	})
	for i, err := range outcomes {
		if err == nil || errors.Is(err, batch.ErrSameFile) {
			t.Errorf("file %d: want it refused for the disk, got %v", i, err)
		}
	}
}
