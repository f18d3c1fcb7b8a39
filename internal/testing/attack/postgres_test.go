package attack

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	server "urna/internal/testing/postgres"
	"urna/internal/testing/program"
)

// postgresThief takes the tables of a PostgreSQL database with the transactions and places of their rows, as a superuser reads
// them, and all files of its server.
type postgresThief struct {
	*server.Cluster

	address string // of the database, as the program's role
	super   string // as the superuser, in the program's schema
	secrets string
	db      *sql.DB // as the superuser
}

// openPostgres starts a server with the settings that PostgreSQL has by itself and further ones, and makes role and database as operators do.
func openPostgres(t *testing.T, settings ...string) home {
	t.Helper()
	server.Need(t)
	p := &postgresThief{Cluster: server.StartCluster(t, settings...), secrets: t.TempDir()}
	if out, err := exec.CommandContext(t.Context(), "psql", "-v", "role=program", "-v", "database=urna", "-v", "password=secret", "-f", "../../../deploy/postgres/urna.sql", p.Address).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for query, address := range map[string]*string{"user=program": &p.address, "user=urna&search_path=urna": &p.super} {
		*address = strings.Replace(strings.Replace(p.Address, "user=urna", query, 1), ":///postgres?", ":///urna?", 1)
	}
	var err error
	if p.db, err = sql.Open("pgx", p.super); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.db.Close() })
	return home{folder: p.secrets, beside: p.db, database: p.address, engine: p, dialect: dialect{
		checkpoint: `CHECKPOINT; ANALYZE`, // autovacuum analyzes, too
		tables:     `SELECT relname::text::bytea, 0, 0 FROM pg_class WHERE relnamespace = 'urna'::regnamespace AND relkind = 'r'`,
		bytes:      "bytea",
		everyVoteShown: `CREATE FUNCTION every_vote_shown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			UPDATE online_tallies SET shown = votes WHERE constituency_id = NEW.constituency_id AND shown <> votes; RETURN NULL; END $$;
			CREATE TRIGGER every_vote_shown AFTER INSERT OR UPDATE OF votes ON online_tallies FOR EACH ROW EXECUTE FUNCTION every_vote_shown()`,
	}}
}

// serve starts the program, and returns when it leads the database.
func (p *postgresThief) serve(t *testing.T, binary string, flags ...string) *program.Server {
	t.Helper()
	c := exec.CommandContext(context.WithoutCancel(t.Context()), binary, append([]string{"serve", "--secrets", p.secrets, "--addr", "127.0.0.1:0"}, flags...)...)
	c.Env = append(c.Environ(), "URNA_DATABASE="+p.address)
	s := program.Start(t, c)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		answer, err := http.Get(s.URL + "/readyz") //nolint:noctx // it answers at once
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return s
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("want the program to lead the database")
		}
	}
}

// values is another connection: a thief reads the tables themselves.
func (p *postgresThief) values(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", p.super)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// steal reads the tables in one transaction, and then all files.
func (p *postgresThief) steal(t *testing.T, e *env) evidence {
	t.Helper()
	l := newEvidence()
	tx, err := p.db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	l.read(t, tx)
	rows, transactions := map[string][2]int{}, map[string][2]int{}
	for _, table := range []string{"voter_keys", "keyed_voters", "online_ballots"} {
		item, then := "pair", last
		if table == "online_ballots" {
			item = "guid"
		}
		if table == "voter_keys" {
			then = first
		}
		query := fmt.Sprintf(`SELECT %s, row_number() OVER (ORDER BY ctid), xmin::text::bigint FROM %s`, item, table)
		each(t, tx, query, func(item string, place, transaction int64) {
			then(rows, item, int(place))
			then(transactions, item, int(transaction))
		})
	}
	l.places[fromRows], l.places[fromTransactions] = rows, transactions
	items := e.items(l)
	for source, content := range map[string][]byte{
		fromFile: p.files(t, "base", "global", "pg_twophase", "pg_stat", "pg_stat_tmp"), fromLog: p.files(t, "pg_wal"), fromStatistics: p.told(t),
	} {
		l.places[source] = find(content, items)
	}
	return l
}

// first notes a place of an item, which is the first and the last so far.
func first(places map[string][2]int, item string, place int) { places[item] = [2]int{place, place} }

// last notes another place of an item, which is the last one.
func last(places map[string][2]int, item string, place int) {
	was, known := places[item]
	if !known {
		was[0] = place
	}
	places[item] = [2]int{was[0], place}
}

// files returns the content of all files in folders of the data directory.
func (p *postgresThief) files(t *testing.T, folders ...string) []byte {
	t.Helper()
	for i, folder := range folders {
		folders[i] = filepath.Join(p.Data, folder)
	}
	return filesOf(t, folders...)
}

func (p *postgresThief) everything(t *testing.T) []byte {
	t.Helper()
	return append(p.files(t, "."), p.told(t)...)
}

// literal is a value of bytes in a text.
var literal = regexp.MustCompile(`\\x((?:[0-9a-f]{2})+)`)

// told returns the bytes that the catalogue's statistics, the statements that are under way and the server's own log have as
// texts.
func (p *postgresThief) told(t *testing.T) (content []byte) {
	t.Helper()
	var text string
	err := p.db.QueryRowContext(t.Context(), `SELECT coalesce((SELECT string_agg(concat_ws(' ', most_common_vals, histogram_bounds, most_common_elems), ' ') FROM pg_stats), '')
		|| coalesce((SELECT string_agg(query, ' ') FROM pg_stat_activity), '')`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(p.Log)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range literal.FindAllStringSubmatch(text+string(log), -1) {
		bytes, err := hex.DecodeString(found[1])
		if err != nil {
			t.Fatal(err) // the expression finds digits alone
		}
		content = append(content, bytes...)
	}
	return content
}
