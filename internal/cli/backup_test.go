package cli

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
)

// identity makes an identity and returns its file and the recipient.
func identity(t *testing.T) (file, recipient string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "identity.txt")
	code, out := do("keys", "identity", "--out", file)
	if code != 0 {
		t.Fatal(out)
	}
	return file, strings.TrimSpace(out)
}

// succeeds runs a command that must work and returns what it prints.
func succeeds(t *testing.T, args ...string) string {
	t.Helper()
	code, out := do(args...)
	if code != 0 {
		t.Fatalf("%v: want 0, got %d: %s", args, code, out)
	}
	return out
}

// fails runs a command that must not work and wants the words in what it prints.
func fails(t *testing.T, words string, args ...string) {
	t.Helper()
	if code, out := do(args...); code != 1 || !strings.Contains(out, words) {
		t.Errorf("%v: want it refused with %q, got %d: %s", args, words, code, out)
	}
}

// absent wants nothing at a path, and nothing unfinished beside it.
func absent(t *testing.T, path string) {
	t.Helper()
	found, err := filepath.Glob(path + "*")
	if err != nil || len(found) > 0 {
		t.Errorf("want nothing at %s, found %v, %v", path, found, err)
	}
}

func castVotes(t *testing.T, s *runningServer, p *apptest.Poll, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		v := online.Vote{Credentials: online.Credentials{PersonalID: p.Keys[i].PersonalID, GUID: p.Keys[i].GUID}, Candidate: strconv.Itoa(1 + i%2)}
		if err := s.App.Votes.Cast(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
}

// votingServer is a server on a folder with an open election; votes are committed one by one.
func votingServer(t *testing.T, voters int) (folder string, s *runningServer, p *apptest.Poll) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "data")
	p = apptest.NewPoll(t, folder, voters, nil)
	o := serverOn(folder)
	o.Votes = online.Options{GroupVotes: 1, GroupWait: time.Millisecond}
	s, err := startServer(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return folder, s, p
}

// TestBackup_OfARunningServerIsRestoredWhole backs up while votes and files come in, and restores: what was accepted
// before is there, verify finds nothing, the server asks for a reason, and all tokens have ended.
func TestBackup_OfARunningServerIsRestoredWhole(t *testing.T) {
	folder, s, p := votingServer(t, 60)
	identityFile, recipient := identity(t)
	castVotes(t, s, p, 0, 10)
	delivery := batch.Delivery{Actor: audit.System(), ElectionID: p.ElectionID, FileName: "a.csv"}
	if _, err := s.App.Batches.Receive(t.Context(), delivery, strings.NewReader("00000000-0000-4000-8000-000000000001,1\n")); err != nil {
		t.Fatal(err)
	}
	succeeds(t, "users", "add", "--data", folder, "--email", "ada@example.org", "--role", "administrator", "--forename", "Ada", "--surname", "L", "--password-stdin")
	tokens, err := s.App.Auth.SignInForTokens(t.Context(), "ada@example.org", "four unrelated words", "", "here")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup.tar.age")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		castVotes(t, s, p, 10, 60)
	}()
	out := succeeds(t, "backup", file, "--data", folder, "--to", recipient)
	<-ended
	says(t, out, "read back and compared")
	succeeds(t, "restore", file, "--check", "--identity", identityFile)

	if err := s.App.Close(); err != nil { // its anchor knows all votes now; a running server counts them each second
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "restored")
	out = succeeds(t, "restore", file, "--data", restored, "--identity", identityFile, "--anchor", filepath.Join(folder, "urna.anchor"))
	says(t, out, "1 accepted files were read", "all tokens and browser sessions have ended", "--accept-rollback")
	succeeds(t, "verify", "--data", restored)
	n, err := strconv.Atoi(query(t, filepath.Join(restored, "urna.db"), `SELECT count(*) FROM online_ballots`))
	if err != nil || n < 10 || n > 60 {
		t.Errorf("want the votes that were accepted before the backup, got %d, %v", n, err)
	}
	if n < 60 && !strings.Contains(out, "online ballots are missing") {
		t.Errorf("want the missing votes named, got %s", out)
	}

	// Another command that writes is refused like the server, until the reason is given.
	says(t, serve(t, restored), "restored from a backup", "--accept-rollback")
	fails(t, "restored from a backup", "users", "add", "--data", restored, "--email", "b@example.org", "--role", "official", "--forename", "B", "--surname", "B", "--password-stdin")
	o := serverOn(restored)
	o.AcceptRollback = "the disk broke"
	again, err := startServer(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := query(t, filepath.Join(restored, "urna.db"), `SELECT group_concat(election_id) FROM accepted_rollbacks`); got != strconv.FormatInt(p.ElectionID, 10) {
		t.Errorf("want the open point of the election, got %q", got)
	}
	if _, err := again.App.Auth.RefreshTokens(t.Context(), tokens.Refresh, "here"); err == nil {
		t.Error("want no token of before to be good")
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if err := startedAndStopped(t, restored); err != nil {
		t.Errorf("want no further question, got %v", err)
	}
	succeeds(t, "verify", "--data", restored)
}

// TestBackup_EncryptedWhileTracesAreNotErased: an unencrypted backup is refused from the opening of an election with
// voter keys to the end of its close, and made before and after.
func TestBackup_EncryptedWhileTracesAreNotErased(t *testing.T) {
	folder, s, p := votingServer(t, 3)
	_, recipient := identity(t)
	there := t.TempDir()
	castVotes(t, s, p, 0, 3)
	plain := filepath.Join(there, "plain.tar")
	fails(t, "cannot reach a backup", "backup", plain, "--data", folder)
	absent(t, plain)
	succeeds(t, "backup", filepath.Join(there, "encrypted.tar.age"), "--data", folder, "--to", recipient)
	content, err := os.ReadFile(filepath.Join(there, "encrypted.tar.age"))
	if err != nil || bytes.Contains(content, []byte("SQLite format")) || bytes.Contains(content, []byte(p.Keys[0].GUID)) {
		t.Errorf("want nothing of the database to be read, got %v", err)
	}
	p.End(t, folder)
	deadline := time.Now().Add(time.Minute)
	for code := 1; code != 0; time.Sleep(50 * time.Millisecond) {
		if code, _ = do("backup", plain, "--data", folder); time.Now().After(deadline) {
			t.Fatal("want an unencrypted backup after the close")
		}
	}
	var step string
	if err := s.App.DB.Pool().QueryRowContext(t.Context(), `SELECT step FROM online_closings`).Scan(&step); err != nil || step != "finished" {
		t.Errorf("want the close finished first, got %q, %v", step, err)
	}
	left, err := filepath.Glob(filepath.Join(folder, "backup-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("want no temporary copy left in the data folder, found %v, %v", left, err)
	}
}

// TestBackup_EveryFileOfAFolderIsAPartOrLeftOut compares a backup with the whole folder, so that a new kind of file is
// not forgotten.
func TestBackup_EveryFileOfAFolderIsAPartOrLeftOut(t *testing.T) {
	folder := usedFolder(t)
	for _, name := range []string{
		"spool/orphans/9-lost.csv", "spool/1-cut.csv.part", "spool/run-1", "scans/abc", "bundles/orphans/b.zip", "bundles/c.zip", "tls.key", "tls.crt",
		"voters.key.replaced-1", "urna.schema-16.before-19.db", "readiness.probe", "rolls/1", "urna.anchor.new-1", "backup-1.part", "sessions.db-wal",
	} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(folder, "sessions.db-wal")); err != nil { // would damage that database
		t.Fatal(err)
	}
	out := []*regexp.Regexp{
		regexp.MustCompile(`^sessions\.db`), regexp.MustCompile(`^(server\.lock|readiness\.probe|urna\.db-(wal|shm))$`),
		regexp.MustCompile(`^rolls/`), regexp.MustCompile(`^urna\.schema-`), regexp.MustCompile(`\.part$|^spool/run-|^urna\.anchor\.new-`),
	}
	file := filepath.Join(t.TempDir(), "backup.tar")
	succeeds(t, "backup", file, "--data", folder)
	parts := partsOf(t, file)
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		left := slices.ContainsFunc(out, func(r *regexp.Regexp) bool { return r.MatchString(name) })
		if left == slices.Contains(parts, name) {
			t.Errorf("%s: want it left out: %v; the backup has %v", name, left, parts)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "backup-1.part")); err == nil {
		t.Error("want the copy that a killed program left removed")
	}
}

// partsOf returns the names of an archive.
func partsOf(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	archive := tar.NewReader(file)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
	}
}

// TestRestore_ADamagedBackupLeavesNothing cuts and changes backups at many places.
func TestRestore_ADamagedBackupLeavesNothing(t *testing.T) {
	folder := usedFolder(t)
	identityFile, recipient := identity(t)
	there := t.TempDir()
	target := filepath.Join(there, "restored")
	for name, to := range map[string][]string{"plain.tar": nil, "encrypted.tar.age": {"--to", recipient}} {
		file := filepath.Join(there, name)
		succeeds(t, append([]string{"backup", file, "--data", folder}, to...)...)
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bad := filepath.Join(there, "bad")
		refuse := func(what string, content []byte) {
			t.Helper()
			if err := os.WriteFile(bad, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if code, out := do("restore", bad, "--data", target, "--identity", identityFile); code == 0 {
				t.Errorf("%s, %s: want it refused, got %s", name, what, out)
			}
			absent(t, target)
		}
		for part := range 12 {
			at := len(whole) * part / 12
			refuse("cut at "+strconv.Itoa(at), whole[:at])
		}
		refuse("cut before its last byte", bytes.TrimRight(whole, "\x00")[:len(bytes.TrimRight(whole, "\x00"))-1])
		for part := range 12 {
			changed := slices.Clone(whole)
			at := len(whole)*part/12 + 700
			if part == 11 { // within the manifest
				at = bytes.LastIndex(whole, []byte(`"sha256"`)) + 15
				if at < 15 {
					at = len(whole) - 20
				}
			}
			changed[at] ^= 1
			refuse("changed at "+strconv.Itoa(at), changed)
		}
	}
	other, _ := identity(t)
	fails(t, "sealed to another recipient", "restore", filepath.Join(there, "encrypted.tar.age"), "--check", "--identity", other)
	fails(t, "the backup is encrypted", "restore", filepath.Join(there, "encrypted.tar.age"), "--data", target)
	fails(t, "no backup", "restore", identityFile, "--data", target)
	absent(t, target)
}

// TestRestore_NeverOverAFolderThatIsInUse wants other folders refused, and a replaced one kept.
func TestRestore_NeverOverAFolderThatIsInUse(t *testing.T) {
	folder := usedFolder(t)
	there := t.TempDir()
	file := filepath.Join(there, "backup.tar")
	succeeds(t, "backup", file, "--data", folder)
	fails(t, "exists already", "backup", file, "--data", folder)
	fails(t, "inside the data folder", "backup", filepath.Join(folder, "new", "backup.tar"), "--data", folder)

	fails(t, "not empty", "restore", file, "--data", folder)
	fails(t, "no data folder", "restore", file, "--data", there, "--replace")
	s := started(t, folder)
	fails(t, "another server is running", "restore", file, "--data", folder, "--replace")
	if err := s.App.DB.Read(t.Context(), func(*database.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	succeeds(t, "users", "add", "--data", folder, "--email", "later@example.org", "--role", "official", "--forename", "L", "--surname", "L", "--password-stdin")
	out := succeeds(t, "restore", file, "--data", folder, "--replace")
	says(t, out, "compared with the anchor of the lost folder: the audit log ends with event", "is kept as")
	kept, err := filepath.Glob(folder + ".replaced-*")
	if err != nil || len(kept) != 1 {
		t.Fatalf("want the former folder kept, got %v, %v", kept, err)
	}
	count := func(folder string) string {
		return query(t, filepath.Join(folder, "urna.db"), `SELECT count(*) FROM users WHERE email = 'later@example.org'`)
	}
	if count(kept[0]) != "1" || count(folder) != "0" {
		t.Errorf("want the later account in the former folder alone")
	}
	if found, err := filepath.Glob(folder + ".restoring-*"); err != nil || len(found) > 0 {
		t.Errorf("want nothing unfinished left, got %v, %v", found, err)
	}
	succeeds(t, "restore", file, "--data", filepath.Join(there, "further", "new"))
}

// TestRestore_DifferencesAreRefused alters a folder before its backup.
func TestRestore_DifferencesAreRefused(t *testing.T) {
	folder := usedFolder(t)
	change(t, filepath.Join(folder, "urna.db"), `UPDATE batch_tallies SET votes = votes + 1`)
	there := t.TempDir()
	file, target := filepath.Join(there, "backup.tar"), filepath.Join(there, "restored")
	succeeds(t, "backup", file, "--data", folder)
	fails(t, "contradicts its own originals", "restore", file, "--data", target)
	fails(t, "contradicts its own originals", "restore", file, "--check")
	absent(t, target)
	succeeds(t, "restore", file, "--data", target, "--accept-differences", "it is all that is left")
	if got := query(t, filepath.Join(target, "urna.db"), `SELECT detail FROM audit_events WHERE action = 'folder-restored'`); !strings.Contains(got, "it is all that is left") {
		t.Errorf("want the reason on record, got %s", got)
	}
}
