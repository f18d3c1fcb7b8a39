package web_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/database"
	"urna/internal/testing/postgres"
)

// many are rows that an installation has after a large election. The site's election and its batch have the number 1.
var many = []string{
	`INSERT INTO ballots SELECT 1, decode(md5(i::text), 'hex'), 1, 100000::bigint * i + 1 FROM generate_series(1, 30000) i`,
	`INSERT INTO online_ballots SELECT 1, decode(md5(i::text), 'hex'), 1, 1 FROM generate_series(1, 30000) i`,
	`INSERT INTO audit_events (id, at, actor_id, actor_name, actor_from, action, subject, detail, hash)
		SELECT (SELECT max(id) FROM audit_events) + i, 0, 1, 'Ada', 'test', 'grown', 'account 1', '{}', encode(sha256(i::text::bytea), 'hex')
		FROM generate_series(1, 10000) i`,
	`INSERT INTO invalid_lines SELECT 1, i, decode(md5(i::text), 'hex'), 7, 'unknown-poll-number' FROM generate_series(1, 20000) i`,
	`INSERT INTO batches (election_id, constituency_id, official_id, official_name, file_name, spool_file, sha256, bytes, lines, state, accepted_at)
		SELECT 1, 1, 4, 'Olga', 'x.csv', 'grown' || i, sha256(i::text::bytea), 0, 0, 'counted', 5 FROM generate_series(1, 10000) i`,
}

// TestPublicPages_WalkThroughNoLargeTable has PostgreSQL count the pages of tables that each statement of each public page reads:
// a look-up takes a few, and a walk through one of the large tables some hundred.
func TestPublicPages_WalkThroughNoLargeTable(t *testing.T) {
	postgres.Need(t)
	cluster := postgres.StartCluster(t, "shared_preload_libraries=pg_stat_statements")
	beside, err := pgx.Connect(t.Context(), cluster.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Close(context.Background()) }) // nothing is lost
	exec := func(statement string) {
		t.Helper()
		if _, err := beside.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec(`CREATE DATABASE urna TEMPLATE template0 LOCALE 'C.UTF-8'`)
	exec(`CREATE EXTENSION pg_stat_statements`)
	s := newSiteWith(t, server.Options{}, func(o *app.Options) { o.Database = strings.Replace(cluster.Address, ":///postgres?", ":///urna?", 1) })
	v := s.visitor(t)
	s.shows(t, s.signedIn(t, "administrator"), "/api/v1/batches/"+id(s.batch.ID), `"state":"counted"`)
	err = s.DB.Write(t.Context(), func(tx *database.Tx) error {
		for _, statement := range append(many, `ANALYZE`) {
			if _, err := tx.SQL().ExecContext(t.Context(), statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The transparency log reads all events once after a start, and a refused bundle all batches.
	once := []string{"/live", "/log", "/log/checkpoint", "/log/consistency", ".zip"}
	for route, roles := range access {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || roles != "" || slices.ContainsFunc(once, func(end string) bool { return strings.HasSuffix(path, end) }) {
			continue
		}
		exec(`SELECT pg_stat_statements_reset()`)
		v.send(t, http.MethodGet, s.address(path), "")
		rows, err := beside.Query(t.Context(), `SELECT (shared_blks_hit + shared_blks_read) / calls, query FROM pg_stat_statements
			WHERE (shared_blks_hit + shared_blks_read) / calls > 100 AND query LIKE 'SELECT%'`)
		if err != nil {
			t.Fatal(err)
		}
		var query string
		var pages int64
		if _, err := pgx.ForEachRow(rows, []any{&pages, &query}, func() error {
			t.Errorf("%s: want rows looked up, got %d pages of tables read by %s", path, pages, query)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
