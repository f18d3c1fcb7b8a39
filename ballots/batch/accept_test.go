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
