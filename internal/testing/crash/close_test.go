package crash

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/internal/app"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/program"
)

// TestCrash_CloseGoesOn kills the program again and again while it closes an election: in the end every accepted
// vote is counted and shown, and the election stays closed.
func TestCrash_CloseGoesOn(t *testing.T) {
	const voters = 407 // not at a step of the public count
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, voters+1, nil)
	server := program.Serve(t, binary, data, "--rate-limit=off")
	var base atomic.Pointer[string]
	base.Store(&server.URL)
	caller := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: voters}}
	var accepted atomic.Int64
	var clients sync.WaitGroup
	for key := range voters {
		clients.Go(func() {
			if voteUntilAnswered(t, caller, &base, poll.Body(key, 1)) == http.StatusOK {
				accepted.Add(1)
			}
		})
	}
	clients.Wait()
	if accepted.Load() != voters {
		t.Fatalf("want all %d votes accepted before the end, got %d", voters, accepted.Load())
	}
	end(t, data)
	for range 5 {
		time.Sleep(time.Duration(rand.IntN(700)) * time.Millisecond)
		server.Kill(t)
		server = program.Serve(t, binary, data)
	}
	base.Store(&server.URL)
	var r results
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		(&client{base: server.URL + "/api/v1"}).get(t, fmt.Sprintf("/elections/%d/results", poll.ElectionID), &r)
		if r.Ballots.Cast == accepted.Load() {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("want all %d votes shown after the close, got %d", accepted.Load(), r.Ballots.Cast)
		}
	}
	for deadline := time.Now().Add(patience); closeStep(t, data) != "finished"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want the close taken up again to its end, got %q", closeStep(t, data))
		}
	}
	if status := voteUntilAnswered(t, caller, &base, poll.Body(voters, 1)); status != http.StatusConflict {
		t.Errorf("want the election closed, got %d", status)
	}
	caller.CloseIdleConnections()
	server.Stop(t)
	program.Verify(t, binary, data)
}

// end moves the end of the only election of a data folder to now. The audit log records the row that this changes.
func end(t *testing.T, data string) {
	t.Helper()
	a, err := app.Open(t.Context(), data, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = a.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `UPDATE elections SET ends_at = $1`, time.Now().UnixMilli())
		return err
	})
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
}

// closeStep returns how far the only election of a data folder is closed, "" where that has not begun.
func closeStep(t *testing.T, data string) (step string) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(data, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Pool().QueryRowContext(t.Context(), "SELECT coalesce(max(step), '') FROM online_closings").Scan(&step)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return step
}
