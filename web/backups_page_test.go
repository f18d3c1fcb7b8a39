package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/app/backup"
	"urna/internal/app/server"
	"urna/internal/sealed"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/web/api"
)

// backingUp starts a site that makes backups each hour in the folder that is returned.
func backingUp(t *testing.T, change func(*backup.Plan)) (s *site, folder string) {
	t.Helper()
	folder = t.TempDir()
	plan := &backup.Plan{Folder: folder, Every: time.Hour, Keep: 2}
	if change != nil {
		change(plan)
	}
	s = startSite(t, &clock.Clock{}, server.Options{}, func(o *app.Options) { o.Backups = plan })
	return s, folder
}

// whenFiles waits for so many backups in a folder.
func whenFiles(t *testing.T, folder string, n int) (files []backup.File) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		files, err := backup.Files(folder)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) >= n {
			return files
		}
		if time.Now().After(deadline) {
			t.Fatalf("want %d backups, got %v", n, files)
		}
	}
}

// readyz returns the answer of /readyz.
func (s *site) readyz(t *testing.T) string {
	t.Helper()
	answer := s.visitor(t).send(t, http.MethodGet, "/readyz", "")
	if answer.StatusCode != http.StatusOK {
		t.Errorf("want 200 with warnings too, got %s", answer.Status)
	}
	return text(answer)
}

// readyzWill waits until /readyz has, or has not, a warning.
func (s *site) readyzWill(t *testing.T, code string, want bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); strings.Contains(s.readyz(t), code+": ") != want; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: want %v behind /readyz, got %q", code, want, s.readyz(t))
		}
	}
}

// TestBackups_ScheduleItsPageAndItsWarnings waits for backups of the schedule and asks for one; then the folder is gone.
func TestBackups_ScheduleItsPageAndItsWarnings(t *testing.T) {
	s, folder := backingUp(t, nil)
	whenFiles(t, folder, 1)
	ana := s.signedIn(t, "administrator")
	page := ana.get(t, "/admin/backups")
	if strings.Count(page, `data-testid="backup-row"`) != 1 || !strings.Contains(page, folder) || !strings.Contains(page, "every 60 minutes") {
		t.Errorf("want the backup and the settings shown, got %s", page)
	}
	s.Clock.Move(2 * time.Second) // another name
	if answer := ana.post(t, "/admin/backups", url.Values{}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want a backup asked for, got %s", answer.Status)
	}
	first := whenFiles(t, folder, 2)
	s.Clock.Move(time.Hour)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		now := whenFiles(t, folder, 1)
		if now[0].Made.After(first[0].Made) && len(now) == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("want the next backup after an hour, and two kept, got %v", now)
		}
	}
	if said := s.readyz(t); said != "ready\n" {
		t.Errorf("want no warning, got %q", said)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	s.Clock.Move(time.Hour)
	s.readyzWill(t, "backup-failed", true)
	if page := ana.get(t, "/admin/backups"); !strings.Contains(page, `data-testid="backups-failed"`) || !strings.Contains(page, "no such file") {
		t.Errorf("want the reason on the page, got %s", page)
	}
	if page := ana.get(t, "/admin/users"); !strings.Contains(page, `data-testid="warning-backup-failed"`) {
		t.Error("want it said on every page of an administrator")
	}
	if page := s.signedIn(t, "official").get(t, "/official"); strings.Contains(page, "warning-backup-failed") {
		t.Error("want nothing said to officials")
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	s.Clock.Move(time.Minute)
	whenFiles(t, folder, 1)
	s.readyzWill(t, "backup-failed", false)
}

// lasting makes an election last for longer than the intervals of backups.
func lasting(d *elections.Draft) { d.EndsAt = d.EndsAt.Add(10 * time.Hour) }

// TestBackups_PauseWhileTracesAreNotErased holds an election with voter keys beside unencrypted and encrypted backups.
func TestBackups_PauseWhileTracesAreNotErased(t *testing.T) {
	s, folder := backingUp(t, nil)
	whenFiles(t, folder, 1)
	s.newPoll(t, 1, lasting)
	s.Clock.Move(61 * time.Minute)
	s.readyzWill(t, "backup-paused", true)
	if page := s.signedIn(t, "administrator").get(t, "/admin/backups"); !strings.Contains(page, `data-testid="backups-paused"`) {
		t.Errorf("want it said on the page, got %s", page)
	}
	if files := whenFiles(t, folder, 1); len(files) != 1 {
		t.Errorf("want no backup while the election is open, got %v", files)
	}
	s.Clock.Move(20 * time.Hour) // which ends it
	for len(whenFiles(t, folder, 1)) == 1 {
		s.Clock.Move(time.Second)
		time.Sleep(50 * time.Millisecond)
	}
	s.readyzWill(t, "backup-paused", false)
}

// TestBackups_EncryptedOnesGoOn makes encrypted backups while an election with voter keys is open, and reads the API.
func TestBackups_EncryptedOnesGoOn(t *testing.T) {
	_, recipient, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	s, folder := backingUp(t, func(p *backup.Plan) { p.To, _ = sealed.Parse(recipient) })
	whenFiles(t, folder, 1)
	s.newPoll(t, 1, lasting)
	s.Clock.Move(61 * time.Minute)
	files := whenFiles(t, folder, 2)
	start := make([]byte, 20)
	file, err := os.Open(filepath.Join(folder, files[0].Name))
	if err == nil {
		_, err = file.Read(start)
		_ = file.Close()
	}
	if err != nil || !files[0].Encrypted || !strings.HasPrefix(string(start), "age-encryption.org") {
		t.Errorf("want an encrypted file, got %+v, %q, %v", files[0], start, err)
	}
	if said := s.readyz(t); said != "ready\n" {
		t.Errorf("want no warning, got %q", said)
	}
	s.AddAccount(t, "olga", auth.Administrator)
	tokens, err := s.Auth.SignInForTokens(t.Context(), "olga@example.org", apptest.Password, "", "here")
	if err != nil {
		t.Fatal(err)
	}
	for method, want := range map[string]int{http.MethodGet: http.StatusOK, http.MethodPost: http.StatusAccepted} {
		request, err := http.NewRequestWithContext(t.Context(), method, s.url+api.Base+"/backups", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+tokens.Access)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		said := text(answer)
		if answer.StatusCode != want || !strings.Contains(said, recipient) || !strings.Contains(said, files[0].Name) {
			t.Errorf("%s: want %d with recipient and files, got %s, %s", method, want, answer.Status, said)
		}
	}
}

// TestBackups_ServerWithoutASchedule says how to get backups, and refuses to make one.
func TestBackups_ServerWithoutASchedule(t *testing.T) {
	s := startSite(t, &clock.Clock{}, server.Options{})
	ana := s.signedIn(t, "administrator")
	if page := ana.get(t, "/admin/backups"); !strings.Contains(page, `data-testid="no-schedule"`) || strings.Contains(page, `data-testid="backup-now"`) {
		t.Errorf("want it said how to get backups, got %s", page)
	}
	if answer := ana.post(t, "/admin/backups", url.Values{}); answer.StatusCode != http.StatusConflict {
		t.Errorf("want 409, got %s", answer.Status)
	}
}

// TestCloseBlocked_IsSaidBehindReadyzAndOnPages reads an old state while an election with votes ends.
func TestCloseBlocked_IsSaidBehindReadyzAndOnPages(t *testing.T) {
	s := startSite(t, &clock.Clock{}, server.Options{})
	s.newPoll(t, 1, nil)
	reader, err := s.DB.Pool().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.QueryRowContext(t.Context(), `SELECT count(*) FROM online_ballots`).Scan(new(int)); err != nil {
		t.Fatal(err)
	}
	s.Clock.Move(2 * time.Hour)
	s.readyzWill(t, "close-blocked", true)
	ana := s.signedIn(t, "administrator")
	if page := ana.get(t, "/admin"); !strings.Contains(page, `data-testid="warning-close-blocked"`) || !strings.Contains(page, "reads an old state of the database") {
		t.Errorf("want it said on the page, got %s", page)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	s.readyzWill(t, "close-blocked", false)
}
