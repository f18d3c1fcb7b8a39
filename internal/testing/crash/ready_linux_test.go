package crash

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// TestReady_FullDiskAndMovedDatabase asks the program on a small file system whether it is ready: while the disk is
// full, once there is space again, and after its database was moved away.
func TestReady_FullDiskAndMovedDatabase(t *testing.T) {
	binary, data := program.Build(t), smallFolder(t)
	program.AddUser(t, binary, data, administrator)
	server := program.Serve(t, binary, data)
	status := func() int {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	waitFor := func(want int, when string) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); status() != want; time.Sleep(100 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: want %d within a minute", when, want)
			}
		}
	}
	if got := status(); got != http.StatusOK {
		t.Fatalf("want ready, got %d", got)
	}
	fill := filepath.Join(data, "somebody's")
	file, err := os.Create(fill)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 64<<10); ; { // all but some kilobytes
		if _, err := file.Write(block); errors.Is(err, syscall.ENOSPC) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	waitFor(http.StatusServiceUnavailable, "full disk")
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	waitFor(http.StatusOK, "space again")
	database := filepath.Join(data, "urna.db")
	if err := os.Rename(database, database+".away"); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != http.StatusServiceUnavailable {
		t.Errorf("want the very next call to notice that the database was moved, got %d", got)
	}
	if err := os.Rename(database+".away", database); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != http.StatusOK {
		t.Errorf("want ready with the database back, got %d", got)
	}
}
