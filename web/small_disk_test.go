package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/app"
	"urna/internal/app/server"
	"urna/web/api"
)

// smallDisk mounts a file system of so many mebibytes for the temporary folders of a test.
func smallDisk(t *testing.T, mebibytes int) string {
	t.Helper()
	mount, err := os.MkdirTemp("", "small-disk-") //nolint:usetesting // TempDir has to be on the small disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(mount) })
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, fmt.Sprintf("size=%dm", mebibytes)); err != nil {
		t.Skipf("A SMALL FILE SYSTEM CANNOT BE MOUNTED (run as root on Linux): uploads on a full disk are not tested: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(mount, syscall.MNT_DETACH) })
	t.Setenv("TMPDIR", mount)
	return mount
}

// lines returns a file of so many bytes or some more, which no other call returns.
func (s *site) lines(size int) string {
	s.files++
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%08x-0000-4000-8000-%012x,1\n", s.files, i)
	}
	return b.String()
}

// upload sends a file on the page.
func (v *visitor) upload(t *testing.T, content string) *http.Response {
	t.Helper()
	return v.sendFiles(t, file{"ballots.csv", content})
}

// TestSmallDisk_UploadsLeaveRoomForVotesAndForTheWayOut fills a small file system with files that wait. Votes, sign-ins
// and disabling the official still work, which discards the files.
func TestSmallDisk_UploadsLeaveRoomForVotesAndForTheWayOut(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the refusals are on purpose
	t.Cleanup(func() { slog.SetDefault(before) })
	mount := smallDisk(t, 64)
	s := newSiteWith(t, server.Options{}, func(o *app.Options) { o.Ingest.DiskReserve, o.MaxUpload = 16<<20, 32<<20 })
	if !strings.HasPrefix(s.Path, mount) {
		t.Fatalf("want the data folder on the small disk, got %s", s.Path)
	}
	p := s.newPoll(t, 3, func(d *elections.Draft) { d.Channels = []elections.Channel{elections.Online, elections.Batches} })
	official, other, administrator := s.signedIn(t, "official"), s.signedIn(t, "other official"), s.signedIn(t, "administrator")

	var refused *http.Response
	accepted := 0
	for range 100 {
		if answer := official.upload(t, s.lines(1<<20)); answer.StatusCode != http.StatusSeeOther {
			refused = answer
			break
		}
		accepted++
	}
	if refused == nil || refused.StatusCode != http.StatusInsufficientStorage || accepted < 10 {
		t.Fatalf("want 507 after some files, got %v after %d", refused, accepted)
	}
	if page := text(refused); !strings.Contains(page, "is kept for votes and sign-ins") {
		t.Errorf("want the reason on the page, got %s", page)
	}
	for name, answer := range map[string]*http.Response{
		"page": other.upload(t, s.lines(2<<20)),
		"API":  other.send(t, http.MethodPost, api.Base+"/elections/"+id(s.election.ID)+"/batches", s.lines(2<<20), "Content-Type", "text/csv"),
		"dry run": other.send(t, http.MethodPost, api.Base+"/elections/"+id(s.election.ID)+"/batches?dry_run=true", s.lines(2<<20),
			"Content-Type", "text/csv"),
	} {
		if said := text(answer); answer.StatusCode != http.StatusInsufficientStorage || !strings.Contains(said, "is kept for votes and sign-ins") {
			t.Errorf("%s: want 507 with the reason, got %s, %s", name, answer.Status, said)
		}
	}
	s.wantRoom(t, mount, 15<<20)
	for i := range 3 {
		if answer := s.visitor(t).send(t, http.MethodPost, "/vote", p.body(i, "1"), "Content-Type", "application/json"); answer.StatusCode != http.StatusOK {
			t.Errorf("want the vote on disk, got %s, %s", answer.Status, text(answer))
		}
	}
	s.signedIn(t, "second administrator")
	if page := text(administrator.send(t, http.MethodGet, "/admin", "")); !strings.Contains(page, "The disk is nearly full") ||
		!strings.Contains(page, "Files that wait may take 67.1 MB for each account and 268.4 MB in all.") {
		t.Error("want the administrator told of disk and quotas")
	}
	account := id(s.users["official"].ID)
	if answer := administrator.send(t, http.MethodPost, "/admin/users/"+account+"/disable", ""); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the official disabled, got %s, %s", answer.Status, text(answer))
	}
	s.wantRoom(t, mount, 30<<20)
	if left, _ := filepath.Glob(filepath.Join(s.SpoolFolder(), "*.upload")); len(left) > 0 {
		t.Errorf("want the files of the account discarded, got %d", len(left))
	}
	if answer := other.upload(t, s.lines(1000)); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want uploads taken again, got %s", answer.Status)
	}
}

// wantRoom waits until so many bytes are free: files are deleted after the answer.
func (s *site) wantRoom(t *testing.T, mount string, want int64) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		var disk syscall.Statfs_t
		if err := syscall.Statfs(mount, &disk); err != nil {
			t.Fatal(err)
		}
		free := int64(disk.Bavail) * disk.Bsize
		if free >= want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("want %d bytes free, got %d", want, free)
		}
	}
}

// TestUploadQuota_AnAccountsFilesThatWaitAreBounded sends more than two files of the largest size.
func TestUploadQuota_AnAccountsFilesThatWaitAreBounded(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the refusals are on purpose
	t.Cleanup(func() { slog.SetDefault(before) })
	s := newSiteWith(t, server.Options{}, func(o *app.Options) { o.MaxUpload = 1 << 20 })
	official, other := s.signedIn(t, "official"), s.signedIn(t, "other official")
	for range 2 {
		if answer := official.upload(t, s.lines(1<<20-2000)); answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("want the file taken, got %s, %s", answer.Status, text(answer))
		}
	}
	for name, size := range map[string]int{"while it arrives": 1 << 19, "at its end": 5000} {
		answer := official.upload(t, s.lines(size))
		if page := text(answer); answer.StatusCode != http.StatusInsufficientStorage || !strings.Contains(page, "may take 2 MiB of disk") {
			t.Errorf("%s: want 507 with the quota, got %s, %s", name, answer.Status, page)
		}
	}
	// A file that is accepted at once does not wait.
	batches := api.Base + "/elections/" + id(s.election.ID) + "/batches"
	if answer := official.send(t, http.MethodPost, batches, s.lines(5000), "Content-Type", "text/csv"); answer.StatusCode != http.StatusAccepted {
		t.Errorf("want it accepted, got %s, %s", answer.Status, text(answer))
	}
	if answer := other.upload(t, s.lines(5000)); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want another account's file taken, got %s", answer.Status)
	}
	files, err := os.ReadDir(s.SpoolFolder())
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), ".part") {
			t.Errorf("want nothing left of a refused file, got %s", file.Name())
		}
	}
}
