package standby

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/internal/app"
	"urna/internal/testing/apptest"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/postgres"
	"urna/internal/testing/program"
)

// pair is two processes on one database, and an election with voters.
type pair struct {
	binary, address, secrets string

	active, standby *program.Server
	poll            *apptest.Poll
	client          *http.Client
}

// start starts two processes. The first one leads the database.
func start(t *testing.T) *pair {
	t.Helper()
	postgres.Need(t)
	address, err := databasetest.Address(t.Context(), filepath.Join(t.TempDir(), "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{binary: program.Build(t), address: address, secrets: t.TempDir(), client: &http.Client{Timeout: time.Minute}}
	p.poll = apptest.NewPollIn(t, "", app.Options{Database: address, Secrets: p.secrets}, 20, nil)
	p.active = p.serve(t)
	p.until(t, p.active, "/readyz", http.StatusOK, time.Minute)
	p.standby = p.serve(t)
	return p
}

// serve starts one process.
func (p *pair) serve(t *testing.T) *program.Server {
	t.Helper()
	return program.Start(t, p.command(t, "serve", "--addr", "127.0.0.1:0", "--vote-group", "1", "--rate-limit", "off"))
}

// command returns a command on the database.
func (p *pair) command(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	return p.commandWithin(context.WithoutCancel(t.Context()), t, arguments...)
}

func (p *pair) commandWithin(ctx context.Context, t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(ctx, p.binary, append(arguments, "--secrets", p.secrets)...)
	command.Env = append(command.Environ(), "URNA_DATABASE="+p.address, "TMPDIR="+t.TempDir())
	return command
}

// get returns status and body of a path.
func (p *pair) get(s *program.Server, path string) (status int, body string) {
	answer, err := p.client.Get(s.URL + path) //nolint:noctx // the client has a timeout
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(content)
}

// until waits until a path is answered with the status, and returns how long that took.
func (p *pair) until(t *testing.T, s *program.Server, path string, status int, within time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		got, body := p.get(s, path)
		if got == status {
			return time.Since(began)
		}
		if time.Since(began) > within {
			t.Fatalf("%s: want status %d within %v, got %d %q", path, status, within, got, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// vote votes with a key and reports whether the vote was accepted.
func (p *pair) vote(s *program.Server, key int) (accepted bool, answer string) {
	sent, err := p.client.Post(s.URL+"/vote", "application/json", strings.NewReader(p.poll.Body(key, 1))) //nolint:noctx // the client has a timeout
	if err != nil {
		return false, err.Error()
	}
	defer func() { _ = sent.Body.Close() }()
	content, _ := io.ReadAll(sent.Body)
	return sent.StatusCode/100 == 2, fmt.Sprintf("%s %s", sent.Status, content)
}

// mustVote votes with each of the keys.
func (p *pair) mustVote(t *testing.T, s *program.Server, from, to int) {
	t.Helper()
	for key := from; key < to; key++ {
		if accepted, answer := p.vote(s, key); !accepted {
			t.Fatalf("vote %d: want it accepted, got %s", key, answer)
		}
	}
}

// stored wants so many votes in the database, and the others not.
func (p *pair) stored(t *testing.T, want int) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	var ballots int
	if err := c.QueryRow(t.Context(), `SELECT count(*) FROM urna.online_ballots`).Scan(&ballots); err != nil || ballots != want {
		t.Errorf("want %d votes stored, got %d, %v", want, ballots, err)
	}
	if output, err := p.command(t, "verify").CombinedOutput(); err != nil {
		t.Errorf("urna verify: want success, got %v\n%s", err, output)
	}
}

// TestStandby_RefusesAllButItsHealth asks both.
func TestStandby_RefusesAllButItsHealth(t *testing.T) {
	p := start(t)
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/healthz": {http.StatusOK, "ok\n"}, "/readyz": {http.StatusServiceUnavailable, "standby\n"},
		"/": {http.StatusServiceUnavailable, "Another server answers"}, "/api/v1/elections": {http.StatusServiceUnavailable, `"/problems/standby"`},
	} {
		if status, body := p.get(p.standby, path); status != want.status || !strings.Contains(body, want.body) {
			t.Errorf("%s: want %d with %q, got %d %q", path, want.status, want.body, status, body)
		}
	}
	if accepted, answer := p.vote(p.standby, 0); accepted || !strings.Contains(answer, "503") {
		t.Errorf("want a vote refused, got %s", answer)
	}
	p.mustVote(t, p.active, 0, 3)
	p.standby.Stop(t)
	p.stored(t, 3)
}

// TestStandby_TakesOverFromAKilledProcess kills the active process.
func TestStandby_TakesOverFromAKilledProcess(t *testing.T) {
	p := start(t)
	p.mustVote(t, p.active, 0, 5)
	p.active.Kill(t)
	t.Logf("took over after %v", p.until(t, p.standby, "/readyz", http.StatusOK, 5*time.Second))
	p.mustVote(t, p.standby, 5, 10)
	if status, body := p.get(p.standby, "/"); status != http.StatusOK {
		t.Errorf("want the page, got %d %q", status, body)
	}
	if accepted, answer := p.vote(p.standby, 0); accepted {
		t.Errorf("want a key that voted refused, got %s", answer)
	}
	p.stored(t, 10)
	next := p.serve(t)
	if status, body := p.get(next, "/readyz"); status != http.StatusServiceUnavailable || body != "standby\n" {
		t.Errorf("want the next process to stand by, got %d %q", status, body)
	}
	p.standby.Stop(t)
	t.Logf("took over from a stopped one after %v", p.until(t, next, "/readyz", http.StatusOK, 5*time.Second))
}

// TestStandby_AFrozenProcessWritesNothingAfterwards stops the active process, with a vote under way to it, and lets it
// continue once the other one has taken over.
func TestStandby_AFrozenProcessWritesNothingAfterwards(t *testing.T) {
	p := start(t)
	p.mustVote(t, p.active, 0, 5)
	p.active.Signal(t, syscall.SIGSTOP)
	frozen := p.active.PID()
	t.Cleanup(func() { _ = syscall.Kill(frozen, syscall.SIGCONT) }) // if the test failed
	const late = 19
	answered := make(chan string, 1)
	go func() {
		accepted, answer := p.vote(p.active, late)
		answered <- fmt.Sprint(accepted, " ", answer)
	}()
	t.Logf("took over after %v", p.until(t, p.standby, "/readyz", http.StatusOK, 20*time.Second))
	p.mustVote(t, p.standby, 5, 10)
	p.active.Signal(t, syscall.SIGCONT)
	if answer := <-answered; strings.HasPrefix(answer, "true") {
		t.Errorf("want the vote to the frozen process refused, got %s", answer)
	}
	if code := p.active.End(t); code != 75 {
		t.Errorf("want exit code 75, got %d", code)
	}
	p.stored(t, 10)
	p.mustVote(t, p.standby, late, late+1) // whose key is unused
	p.stored(t, 11)
}

// TestStandby_AProcessWhoseConnectionEndsEndsToo has the server of PostgreSQL end sessions of the active process: those
// that hold the locks of the main schema and of the sessions.
func TestStandby_AProcessWhoseConnectionEndsEndsToo(t *testing.T) {
	p := start(t)
	for lock, from := range map[int]int{2: 0, 3: 5} {
		p.mustVote(t, p.active, from, from+3)
		p.terminate(t, lock)
		if code := p.active.End(t); code != 75 {
			t.Errorf("lock %d: want exit code 75, got %d", lock, code)
		}
		t.Logf("took over after %v", p.until(t, p.standby, "/readyz", http.StatusOK, 5*time.Second))
		p.mustVote(t, p.standby, from+3, from+5)
		p.active, p.standby = p.standby, p.serve(t)
	}
	p.stored(t, 10)
}

// terminate ends the session that holds a lock.
func (p *pair) terminate(t *testing.T, lock int) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	var ended int
	err = c.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
		AND objid = $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, lock).Scan(&ended)
	if err != nil || ended != 1 {
		t.Fatalf("want one session ended, got %d, %v", ended, err)
	}
}

// TestServe_MakesSecretsForAnEmptyDatabaseAndRefusesOthers starts a process on an empty database, and others without its
// secret files.
func TestServe_MakesSecretsForAnEmptyDatabaseAndRefusesOthers(t *testing.T) {
	postgres.Need(t)
	template, err := databasetest.Address(t.Context(), filepath.Join(t.TempDir(), "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), template)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	const name = "standby_empty"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name + " TEMPLATE template0 LOCALE 'C.UTF-8'"} {
		if _, err := c.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	address, err := url.Parse(template)
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + name
	p := &pair{binary: program.Build(t), address: address.String(), secrets: t.TempDir(), client: &http.Client{Timeout: time.Minute}}
	first := p.serve(t)
	p.until(t, first, "/readyz", http.StatusOK, time.Minute)
	made := p.secrets
	for _, missing := range []string{"voters.key", "signing.key", "server.key", "jwt.secret"} {
		p.secrets = t.TempDir()
		for _, file := range []string{"voters.key", "signing.key", "server.key", "jwt.secret"} {
			content, err := os.ReadFile(filepath.Join(made, file))
			if err == nil && file != missing {
				err = os.WriteFile(filepath.Join(p.secrets, file), content, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it would wait
		output, err := p.commandWithin(ctx, t, "serve", "--addr", "127.0.0.1:0").CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(string(output), filepath.Join(p.secrets, missing)+" is missing") {
			t.Errorf("%s: want a refusal that names it, got %v %s", missing, err, output)
		}
		if _, err := os.Stat(filepath.Join(p.secrets, missing)); err == nil {
			t.Errorf("%s: want it not made", missing)
		}
	}
	first.Stop(t)
	p.secrets = t.TempDir()
	if output, err := p.command(t, "users", "list").CombinedOutput(); err == nil || !strings.Contains(string(output), "is missing") {
		t.Errorf("want a command refused without the secrets too, got %v %s", err, output)
	}
	p.secrets = made
	if output, err := p.command(t, "users", "list").CombinedOutput(); err != nil {
		t.Errorf("want a command to work, got %v %s", err, output)
	}
}
