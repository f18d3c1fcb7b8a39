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
	"urna/internal/testing/faultvfs"
)

// TestReceive_ThoseThatWaitShareATransaction holds the write lock until twenty files wait for it, four
// of them copies of a fifth: one transaction is for all of them, and refusals are those of single files.
func TestReceive_ThoseThatWaitShareATransaction(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		err := h.db.Write(t.Context(), func(*database.Tx) error {
			close(held)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	const files, same = 20, 4
	outcomes := make([]error, files)
	for i := range files {
		content := fmt.Sprintf("%s,1\n", guid(max(i, same)))
		all.Go(func() {
			_, outcomes[i] = h.batches.Receive(t.Context(),
				batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "ballots.csv"}, strings.NewReader(content))
		})
	}
	for deadline := time.Now().Add(time.Minute); h.batches.WaitingTogether() != files; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want %d files waiting together, got %d", files, h.batches.WaitingTogether())
		}
	}
	if n := h.db.Waiting(); n != 1 {
		t.Errorf("want one transaction in the line, got %d", n)
	}
	close(release)
	all.Wait()
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

// TestReceive_NoRefusalOutlivesItsTransaction sends the same file twice at once, and the disk refuses their transaction:
// no answer may name a batch that was rolled back.
func TestReceive_NoRefusalOutlivesItsTransaction(t *testing.T) {
	quiet(t)
	disk := failing(t)
	h := openThrough(t, t.TempDir(), disk.VFS, shortWaits())
	defer h.close(t)
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		if err := h.db.Write(t.Context(), func(*database.Tx) error { close(held); <-release; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-held
	const files = 3
	var outcomes [files]error
	for i := range files {
		all.Go(func() {
			_, outcomes[i] = h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "ballots.csv"},
				strings.NewReader(fmt.Sprintf("%s,1\n", guid(7))))
		})
	}
	for deadline := time.Now().Add(time.Minute); h.batches.WaitingTogether() != files; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want %d files waiting together, got %d", files, h.batches.WaitingTogether())
		}
	}
	disk.Arm(faultvfs.Fault{Act: faultvfs.Write, Nth: 1, Times: faultvfs.Ever, Code: faultvfs.Full})
	close(release)
	all.Wait()
	for i, err := range outcomes {
		if err == nil || errors.Is(err, batch.ErrSameFile) {
			t.Errorf("file %d: want it refused for the disk, got %v", i, err)
		}
	}
}
