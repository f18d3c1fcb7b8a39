package standby

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/postgres"
	"urna/internal/testing/program"
)

// grown are rows that an installation has after some elections, those that others refer to first.
var grown = []string{
	`INSERT INTO urna.ballots SELECT 4711, decode(md5(i::text), 'hex'), 4711, 100000::bigint * i + 1 FROM generate_series(1, 30000) i`,
	`INSERT INTO urna.online_ballots SELECT 4711, decode(md5(i::text), 'hex'), 4711, 1 FROM generate_series(1, 30000) i`,
	`INSERT INTO urna.token_families SELECT i, (SELECT max(id) FROM urna.users), 0, 1 FROM generate_series(1, 5000) i`,
	`INSERT INTO urna.refresh_tokens SELECT sha256(i::text::bytea), i, 9e15 FROM generate_series(1, 5000) i`,
	`INSERT INTO urna.sign_in_addresses SELECT (SELECT max(id) FROM urna.users), '192.0.2.' || i, 0 FROM generate_series(1, 5000) i`,
	`INSERT INTO urna_sessions.sessions SELECT i, '', 9e15, 0 FROM generate_series(1, 5000) i`,
}

// TestStatements_LookUpWhatTheyNeed votes, signs in, uploads and reads beside many rows, and has PostgreSQL count the rows that it
// read from one end of a large table to the other.
func TestStatements_LookUpWhatTheyNeed(t *testing.T) {
	p, olga, ada := grownPair(t, 20_000, grown)
	beside, err := pgx.Connect(t.Context(), p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close(t.Context()) }()
	p.active = p.serve(t)
	p.until(t, p.active, "/readyz", http.StatusOK, time.Minute)
	time.Sleep(2 * time.Second) // until the start's reads are in the statistics
	if _, err := beside.Exec(t.Context(), `SELECT pg_stat_reset()`); err != nil {
		t.Fatal(err)
	}

	p.mustVote(t, p.active, 0, 300)
	for key := range 20 {
		if accepted, answer := p.vote(p.active, key); accepted {
			t.Errorf("want a second vote refused, got %s", answer)
		}
	}
	for range 20 {
		p.signIn(t, olga)
	}
	official, administrator := p.signIn(t, olga), p.signIn(t, ada)
	var last int64
	for batch := range 4 {
		last = p.upload(t, official, batch)
	}
	for _, act := range []string{"retraction", "restoration"} {
		p.call(t, administrator, http.MethodPost, fmt.Sprintf("/api/v1/batches/%d/%s", last, act), `{"reason":"a test"}`, nil)
		p.counted(t, official, last, map[string]string{"retraction": "retracted", "restoration": "counted"}[act])
	}
	election := fmt.Sprintf("/elections/%d", p.poll.ElectionID)
	for range 20 {
		for _, path := range []string{
			"/me", "/audit-events?limit=20", "/users", "/elections", "/approvals", election, election + "/results", election + "/turnout",
			election + "/batches", election + "/voter-keys", election + "/certification", fmt.Sprintf("/batches/%d", last), fmt.Sprintf("/batches/%d/invalid", last),
		} {
			p.call(t, administrator, http.MethodGet, "/api/v1"+path, "", nil)
		}
		for _, path := range []string{"/", election, "/vote" + strings.TrimPrefix(election, "/elections")} {
			if status, body := p.get(p.active, path); status != http.StatusOK {
				t.Errorf("%s: want the page, got %d %s", path, status, body)
			}
		}
	}
	p.active.Stop(t)

	// The process's sessions have told what they read when they ended. Work that it does once may read a table.
	rows, err := beside.Query(t.Context(), `SELECT s.relname, s.seq_scan, s.seq_tup_read, c.reltuples::bigint FROM pg_stat_user_tables s
		JOIN pg_class c ON c.oid = s.relid WHERE c.reltuples > 2000 AND s.seq_tup_read > 2 * c.reltuples ORDER BY s.seq_tup_read DESC`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		var scans, read, all int64
		if err := rows.Scan(&table, &scans, &read, &all); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s: want rows looked up, got %d walks through %d of %d rows", table, scans, read, all)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// grownPair returns a database with many rows, and the accounts of an official and an administrator.
func grownPair(t *testing.T, voters int, grown []string) (p *pair, olga, ada string) {
	t.Helper()
	postgres.Need(t)
	address := databasetest.AddressOf(t, filepath.Join(t.TempDir(), "urna.db"))
	p = &pair{binary: program.Build(t), address: address, secrets: t.TempDir(), client: &http.Client{Timeout: time.Minute}}
	p.poll = apptest.NewPollIn(t, "", app.Options{Database: address, Secrets: p.secrets}, voters, nil)
	folder := apptest.Open(t, t.TempDir(), &clock.Clock{}, func(o *app.Options) { o.Database, o.Secrets, o.Parts = address, p.secrets, app.Accounts })
	olga, ada = folder.AddAccount(t, "olga", auth.Official).Email, folder.AddAccount(t, "ada", auth.Administrator).Email
	folder.AddAccount(t, "eve", auth.Administrator) // to whom the rows belong
	err := folder.DB.Write(t.Context(), func(tx *database.Tx) error {
		for i := range 4000 {
			if err := folder.Log.Append(t.Context(), tx.SQL(), audit.System(), "grown", "", map[string]any{"n": i}); err != nil {
				return err
			}
		}
		for _, statement := range grown {
			if _, err := tx.SQL().ExecContext(t.Context(), statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.DB.Pool().ExecContext(t.Context(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	return p, olga, ada
}

// signIn returns an access token.
func (p *pair) signIn(t *testing.T, email string) (token string) {
	t.Helper()
	var tokens struct {
		Access string `json:"access_token"`
	}
	p.call(t, "", http.MethodPost, "/api/v1/tokens", fmt.Sprintf(`{"email":%q,"password":%q}`, email, apptest.Password), &tokens)
	return tokens.Access
}

// call makes a call of the API to the active process and reads the answer's JSON.
func (p *pair) call(t *testing.T, token, method, path, body string, into any) {
	t.Helper()
	status, content := p.do(t, token, method, path, "application/json", body)
	if status >= http.StatusBadRequest {
		t.Fatalf("%s %s: want it done, got %d %s", method, path, status, content)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(content), into); err != nil {
			t.Fatalf("%s: %v: %s", path, err, content)
		}
	}
}

// do makes a request to the active process.
func (p *pair) do(t *testing.T, token, method, path, contentType, body string) (status int, content string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.active.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := p.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(all)
}

// upload sends a file and returns when it is counted.
func (p *pair) upload(t *testing.T, token string, batch int) (id int64) {
	t.Helper()
	status, answer := p.send(t, token, batch)
	var b struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal([]byte(answer), &b); err != nil || status >= http.StatusBadRequest {
		t.Fatalf("want the file accepted, got %d %s, %v", status, answer, err)
	}
	p.counted(t, token, b.ID, "counted")
	return b.ID
}

// send sends a file, some lines of which another one had and some of which do not count.
func (p *pair) send(t *testing.T, token string, batch int) (status int, answer string) {
	t.Helper()
	var file bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,%d\n", batch*18_000+i, 7*i, 1+i%10*60/54)
	}
	path := fmt.Sprintf("/api/v1/elections/%d/batches", p.poll.ElectionID)
	return p.do(t, token, http.MethodPost, path, "text/csv", file.String())
}

// counted waits until a batch is retracted or counted.
func (p *pair) counted(t *testing.T, token string, id int64, want string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var b struct {
			State string `json:"state"`
		}
		p.call(t, token, http.MethodGet, fmt.Sprintf("/api/v1/batches/%d", id), "", &b)
		if b.State == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("want batch %d %s, got %s", id, want, b.State)
		}
	}
}
