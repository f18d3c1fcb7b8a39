package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// TestCrash_AroundTheAnchor kills the real program in the middle of an act: between its commit and the sync of the
// anchor, and between that sync and the answer. strace holds the sync up at its beginning or at its end meanwhile.
func TestCrash_AroundTheAnchor(t *testing.T) {
	binary := program.Build(t)
	for _, hold := range []string{"delay_enter", "delay_exit"} {
		t.Run(hold, func(t *testing.T) {
			data, server, electionID := start(t, binary)
			grace := signIn(t, server.URL, official.Email, official.Password)
			file := []byte("00000000-0000-4000-8000-000000000001,1\n")
			path := fmt.Sprintf("/elections/%d/batches", electionID)
			before, err := os.ReadFile(filepath.Join(data, "urna.anchor"))
			if err != nil {
				t.Fatal(err)
			}
			tr := trace(t, server.PID(), "-P", filepath.Join(data, "urna.anchor"), "-e", "trace=fdatasync,pwrite64",
				"-e", "inject=fdatasync:"+hold+"=20000000")
			answered := make(chan error, 1)
			go func() {
				_, _, err := grace.ask(t.Context(), http.MethodPost, path, "text/csv", bytes.NewReader(file))
				answered <- err
			}()
			for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
				seen, err := os.ReadFile(tr.file)
				if err != nil || time.Now().After(deadline) {
					t.Fatalf("want the anchor written, seen %s, %v", seen, err)
				}
				if strings.Contains(string(seen), "fdatasync(") { // the write before it is through
					break
				}
			}
			time.Sleep(200 * time.Millisecond)
			server.Kill(t)
			if err := <-answered; err == nil {
				t.Error("want no answer before the anchor is synced")
			}
			_ = tr.command.Process.Kill()
			_ = tr.command.Wait()
			if hold == "delay_enter" { // a power cut would have lost the unsynced write
				if err := os.WriteFile(filepath.Join(data, "urna.anchor"), before, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			server = program.Serve(t, binary, data)
			grace = signIn(t, server.URL, official.Email, official.Password)
			var found list[batch]
			grace.get(t, path, &found)
			if len(found.Items) != 1 {
				t.Fatalf("want the batch that was committed, found %+v", found.Items)
			}
			grace.waitForAll(t, []int64{found.Items[0].ID})
			server.Stop(t)
			program.Verify(t, binary, data)
		})
	}
}

// TestCrash_AnchorNotWritten lets the writes of the anchor fail as on a full disk: the act is stored and its answer says
// that it may be, nothing of it is deleted, and once there is space again everything goes on.
func TestCrash_AnchorNotWritten(t *testing.T) {
	binary := program.Build(t)
	data, server, electionID := start(t, binary)
	grace := signIn(t, server.URL, official.Email, official.Password)
	path := fmt.Sprintf("/elections/%d/batches", electionID)
	tr := trace(t, server.PID(), "-P", filepath.Join(data, "urna.anchor"), "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC")
	status, answer, err := grace.ask(t.Context(), http.MethodPost, path, "text/csv", strings.NewReader("00000000-0000-4000-8000-000000000001,1\n"))
	var said struct {
		Type   string `json:"type"`
		Detail string `json:"detail"`
	}
	if err == nil {
		err = json.Unmarshal(answer, &said)
	}
	if err != nil || status != http.StatusInternalServerError || said.Type != "/problems/not-anchored" || !strings.Contains(said.Detail, "urna.anchor") {
		t.Errorf("want it said that the anchor was not written, got %d, %v: %s", status, err, answer)
	}
	tr.end(t)
	var found list[batch]
	grace.get(t, path, &found)
	if len(found.Items) != 1 {
		t.Fatalf("want the batch that was committed, found %+v", found.Items)
	}
	var second batch
	grace.upload(t, electionID, strings.NewReader("00000000-0000-4000-8000-000000000002,1\n"), http.StatusAccepted, &second)
	grace.waitForAll(t, []int64{found.Items[0].ID, second.ID})
	server.Kill(t)
	server = program.Serve(t, binary, data)
	server.Stop(t)
	program.Verify(t, binary, data)
}
