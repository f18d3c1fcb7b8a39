package crash

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"urna/internal/testing/program"
)

const (
	smallDisk  = 40 << 20
	ballast    = 24 << 20 // deleted to make space for all that was accepted, with a log of 14 MB
	linesAFile = 20_000
)

// smallFolder returns a folder on a file system of smallDisk bytes, which is gone at the test's end. Where
// mounting is not allowed, as for an ordinary person, the test is skipped.
func smallFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	err := syscall.Mount("urna-test", folder, "tmpfs", 0, fmt.Sprintf("size=%d", smallDisk))
	if errors.Is(err, syscall.EPERM) {
		t.Skip("mounting a small file system is not allowed here; run as root")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// TestCrash_FullDisk uploads, with no reserve to speak of, until the disk is full. A refused upload says why and leaves
// nothing; what was accepted is counted by itself once there is space.
func TestCrash_FullDisk(t *testing.T) {
	binary, data := program.Build(t), smallFolder(t)
	if err := os.WriteFile(filepath.Join(data, "ballast"), make([]byte, ballast), 0o600); err != nil {
		t.Fatal(err)
	}
	program.AddUser(t, binary, data, administrator)
	program.AddUser(t, binary, data, official)
	server := program.Serve(t, binary, data, "--disk-reserve", "1") // the default is more than this disk has
	electionID := createElection(t, signIn(t, server.URL, administrator.Email, administrator.Password))
	grace := signIn(t, server.URL, official.Email, official.Password)
	path := fmt.Sprintf("/elections/%d/batches", electionID)

	var ids []int64
	refused := 0
	for number := 0; refused < 3 && number < smallDisk/linesAFile; number++ {
		var file bytes.Buffer
		for line := range linesAFile {
			fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,1\n", uint32(number*linesAFile+line)*0x9e3779b1, number*linesAFile+line)
		}
		status, answer, err := grace.ask(t.Context(), http.MethodPost, path, "text/csv", &file)
		var said struct {
			ID   int64  `json:"id"`
			Type string `json:"type"`
		}
		if err != nil || json.Unmarshal(answer, &said) != nil {
			t.Fatalf("%v: %s", err, answer)
		}
		switch {
		case status == http.StatusAccepted:
			ids = append(ids, said.ID)
		case status == http.StatusInsufficientStorage && (said.Type == "/problems/disk-full" || said.Type == "/problems/disk-reserve"):
			refused++
		default:
			t.Fatalf("want the file accepted or refused for the full disk, got %d: %s", status, answer)
		}
	}
	if refused == 0 || len(ids) < 3 {
		t.Fatalf("want some files accepted and then the disk full, got %d and %d refusals", len(ids), refused)
	}
	var found list[batch]
	grace.get(t, path, &found)
	spooled, err := filepath.Glob(filepath.Join(data, "spool", "*.csv"))
	if err != nil || len(found.Items) != len(ids) || len(spooled) != len(ids) {
		t.Errorf("want just the %d accepted batches and their files, found %d and %d, %v", len(ids), len(found.Items), len(spooled), err)
	}
	t.Logf("%d files accepted, %d refused, states: %+v", len(ids), refused, found.Items)
	if err := os.Remove(filepath.Join(data, "ballast")); err != nil {
		t.Fatal(err)
	}
	grace.waitForAll(t, ids)
	for _, b := range grace.batches(t, ids) {
		if b.Valid != linesAFile {
			t.Errorf("want every ballot of batch %d counted, got %+v", b.ID, b)
		}
	}
	server.Stop(t)
	program.Verify(t, binary, data)
}
