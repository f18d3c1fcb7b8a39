package attack

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/internal/testing/program"
)

// administrator adds an account, signs in, and returns what reads pages.
func (e *env) administrator(t *testing.T) (read func(path string) string) {
	t.Helper()
	const email, password = "ada@example.org", "four unrelated words"
	add := e.command(t, "users", "add", "--email", email, "--role", "administrator", "--forename", "Ada", "--surname", "L", "--password-stdin")
	add.Stdin = strings.NewReader(password + "\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("urna users add: %v\n%s", err, out)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: e.client.Transport}
	answer, err := client.PostForm(e.url+"/login", url.Values{"email": {email}, "password": {password}}) //nolint:noctx // it answers at once
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return func(path string) string {
		answer, err := client.Get(e.url + path) //nolint:noctx // as above
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		page, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: want the page, got %s, %v", path, answer.Status, err)
		}
		return html.UnescapeString(string(page))
	}
}

// running starts a command that goes on until it is stopped or the test ends.
func running(t *testing.T, c *exec.Cmd) (stop func()) {
	t.Helper()
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = c.Process.Kill() // it may have been stopped
		_ = c.Wait()
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s: %s", c.Args[0], said.String())
		}
	})
	return stop
}

// wantAll reports texts that are missing.
func wantAll(t *testing.T, where, in string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(in, text) {
			t.Errorf("%s: want %q", where, text)
		}
	}
}

// TestClose_SaysWhichRightIsMissing holds an election as a role that lacks one of its rights: the close fails, /readyz and the
// administrators' pages say so and how to mend it, and the close ends by itself after the grant.
func TestClose_SaysWhichRightIsMissing(t *testing.T) {
	const right = `EXECUTE ON FUNCTION pg_ls_waldir()`
	at := openPostgres(t)
	e := newEnv(t, at, program.Build(t), 1, 1, nil, inGroups...)
	read := e.administrator(t)
	overHTTP(t, e, e.elections[0], 0)
	e.sql(t, `REVOKE `+right+` FROM program`)
	e.sql(t, `UPDATE elections SET ends_at = $1`, time.Now().Add(-time.Second).UnixMilli())
	eventually(t, "the close to fail", func() bool { return strings.Contains(e.readyz(t), "close-failed: The close of election 1 ") })
	for _, page := range []string{"/admin", fmt.Sprintf("/admin/elections/%d/keys", e.elections[0].id)} {
		wantAll(t, page, read(page), `data-testid="warning-close-failed"`, "pg_ls_waldir(), as deploy/postgres/urna.sql does.")
	}
	if said := e.readyz(t); strings.Contains(said, "pg_ls_waldir") {
		t.Errorf("want the remedy for administrators alone, got %s", said)
	}
	e.sql(t, `GRANT `+right+` TO program`)
	e.end(t)
	eventually(t, "no warning after the close", func() bool { return !strings.Contains(e.readyz(t), "close-failed") })
}

// TestClose_WaitsForStandbysAndSlots holds an election on a PostgreSQL that keeps old segments of its log, with a standby that stops
// replaying it, a logical slot without a consumer, a receiver of the log, and a base backup that is being made. All are named
// while people vote. The close waits for the first two and says so; it does not wait for the others, and puts them on record.
func TestClose_WaitsForStandbysAndSlots(t *testing.T) {
	at := openPostgres(t, "wal_level=logical", "wal_keep_size=20MB")
	cluster := at.engine.(*postgresThief).Cluster
	e := newEnv(t, at, program.Build(t), 1, 1, nil, inGroups...)
	read := e.administrator(t)
	keysPage := fmt.Sprintf("/admin/elections/%d/keys", e.elections[0].id)

	standby, err := pgx.Connect(t.Context(), cluster.Standby(t, "second").Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = standby.Close(t.Context()) })
	replay := func(act string) {
		if _, err := standby.Exec(t.Context(), `SELECT pg_wal_replay_`+act+`()`); err != nil {
			t.Fatal(err)
		}
	}
	e.sql(t, `SELECT pg_create_logical_replication_slot('follower', 'test_decoding')`)
	running(t, cluster.Command("pg_receivewal", "-D", "."))
	running(t, cluster.Command("pg_basebackup", "-D", "copied", "-X", "none", "--max-rate=32", "-c", "fast"))
	overHTTP(t, e, e.elections[0], 0)
	e.remember(e.steal(t, e))

	receive := []string{
		"the base backup that pg_basebackup is making", "the files that pg_receivewal receives",
		"the data that the replication slot follower keeps or its consumer has", "the log of the standby second",
	}
	eventually(t, "all that receives the log named", func() bool {
		page := read("/admin")
		return strings.Contains(page, receive[0]) && strings.Contains(page, receive[1])
	})
	wantAll(t, "the administrators' pages", read("/admin"), receive...)
	wantAll(t, "the page of voter keys", read(keysPage), receive...)
	wantAll(t, "urna verify", e.verify(t), "which the close of votes will not reach", "the base backup that pg_basebackup is making",
		"what pg_receivewal receives and keeps", "what the replication slot follower keeps", "the log of the standby second")
	wantAll(t, "/readyz", e.readyz(t), "log-copies")

	const behind, kept = "The standby second has not replayed it yet.", "The replication slot follower keeps it."
	replay("pause")
	e.sql(t, `UPDATE elections SET ends_at = $1`, time.Now().Add(-time.Second).UnixMilli())
	eventually(t, "the close to wait", func() bool { return strings.Contains(e.readyz(t), "close-blocked") })
	wantAll(t, "the administrators' pages", read("/admin"), behind, kept)
	replay("resume")
	eventually(t, "the close to wait for the slot alone", func() bool { return !strings.Contains(read("/admin"), behind) })
	wantAll(t, "the administrators' pages", read("/admin"), kept)
	if left := e.leftCopies(t); len(left) > 0 {
		t.Errorf("want the close not done, got %q", left)
	}
	e.sql(t, `SELECT pg_drop_replication_slot('follower')`)
	e.end(t)
	const slot = "what the replication slot follower keeps or its consumer has"
	waited := regexp.MustCompile(`level=WARN msg="the close of an election waits.*kept for (.*)"`).FindAllStringSubmatch(e.log(), -1)
	if n := len(waited); n < 2 || n > 3 || waited[n-1][1] != slot || waited[n-2][1] != slot+"; the log of the standby second" || strings.Contains(e.log(), "level=ERROR") {
		t.Errorf("want the log to say once what the close waits for, and once when that changes, got %q", waited)
	}

	e.wantErased(t, e.steal(t, e))
	const onRecord = `{"copies":[{"kind":"backup","name":"pg_basebackup"},{"kind":"receiver","name":"pg_receivewal"},{"kind":"standby","name":"second"}]}`
	if left := e.leftCopies(t); len(left) != 1 || left[0] != onRecord {
		t.Errorf("want the copies on record, got %q", left)
	}
	wantAll(t, "the page of voter keys", read(keysPage), "The close of voting could not reach these copies of PostgreSQL's log of changes", receive[0], receive[1], receive[3])
	wantAll(t, "urna verify", e.verify(t), "the close of election 1 could not reach", "the base backup that pg_basebackup is making",
		"what pg_receivewal receives and keeps", "the log of the standby second")
	if said := e.readyz(t); strings.Contains(said, "close-blocked") || strings.Contains(said, "log-copies") {
		t.Errorf("want no warning after the close, got %s", said)
	}
}
