package web_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/testing/faultvfs"
)

// TestFullDisk_SaidEverywhereAndOver fills the disk after a batch was accepted and before it is counted. Official
// and administrator read it on every list and on the batch's own page, and at the API; an upload is refused with
// 507; and once there is space all of it is over.
func TestFullDisk_SaidEverywhereAndOver(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the faults are on purpose
	t.Cleanup(func() { slog.SetDefault(before) })
	disk, err := faultvfs.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(disk.Close)
	s := newSiteWith(t, server.Options{}, func(o *app.Options) { o.VFS = disk.VFS })
	official, administrator := s.signedIn(t, "official"), s.signedIn(t, "administrator")
	s.shows(t, official, "/api/v1/batches/"+id(s.batch.ID), `"state":"counted"`)

	upload := func() (status int, batchID int64, answer string) {
		t.Helper()
		got := official.send(t, http.MethodPost, "/api/v1/elections/"+id(s.election.ID)+"/batches",
			"5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d12,1\n", "Content-Type", "text/csv")
		answer = text(got)
		var accepted struct {
			ID int64 `json:"id"`
		}
		if err := json.Unmarshal([]byte(answer), &accepted); err != nil {
			t.Fatal(err)
		}
		return got.StatusCode, accepted.ID, answer
	}
	// The disk is full after so many writes; the fewest with which the batch is accepted leave none to count it.
	var batchID int64
	for nth := 1; batchID == 0; nth++ {
		disk.Arm(faultvfs.Fault{Act: faultvfs.Write, Nth: nth, Times: faultvfs.Ever, Code: faultvfs.Full})
		status, accepted, answer := upload()
		switch {
		case status == http.StatusAccepted:
			batchID = accepted
		case status != http.StatusInsufficientStorage || !strings.Contains(answer, "/problems/disk-full"):
			t.Fatalf("want 507 and why, got %d, %s", status, answer)
		case nth > 100:
			t.Fatal("want the batch accepted once there is space for it")
		}
	}
	const sentence = "a fault of this machine or of the database, such as a full disk"
	page := "/batches/" + id(batchID)
	for _, v := range []*visitor{official, administrator} {
		s.shows(t, v, "/api/v1"+page, `"state":"failed"`)
		s.shows(t, v, "/api/v1"+page, sentence)
		s.shows(t, v, fmt.Sprintf("/api/v1/elections/%d/batches", s.election.ID), sentence)
		s.shows(t, v, page, sentence)
		s.shows(t, v, page+"/progress", sentence)
	}
	s.shows(t, official, "/official/batches", "stopped")
	s.shows(t, official, "/official", `<noscript><meta http-equiv="refresh" content="2;url=/official/watch?before=0"`)
	s.shows(t, administrator, "/admin/batches?state=failed", `href="`+page+`"`)
	if content := text(administrator.send(t, http.MethodGet, "/admin/batches?state=queued", "")); strings.Contains(content, `href="`+page+`"`) {
		t.Error("want a stopped batch not listed as one that waits its turn")
	}

	disk.Arm(faultvfs.Fault{})
	s.shows(t, official, "/api/v1"+page, `"state":"counted"`)
	for _, v := range []*visitor{official, administrator} {
		if content := text(v.send(t, http.MethodGet, page, "")); strings.Contains(content, sentence) || !strings.Contains(content, "All lines are processed.") {
			t.Error("want nothing said any more once it is counted")
		}
	}
}

// shows waits until what the visitor reads at the path has the text.
func (s *site) shows(t *testing.T, v *visitor, path, want string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		content := text(v.send(t, http.MethodGet, path, ""))
		if strings.Contains(content, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: want %q, got %s", path, want, content)
		}
	}
}
