package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"urna/elections"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/database"
	engine "urna/internal/postgres"
	"urna/internal/testing/postgres"
	"urna/results/mirror"
)

// stored is the content of a schema: each table's rows as text, sorted.
type stored map[string][]string

// readSchema reads all tables of a copy.
func readSchema(t *testing.T, address, schema string) stored {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(context.WithoutCancel(t.Context())) }()
	found := stored{}
	for _, table := range mirror.Tables() {
		rows, err := connection.Query(t.Context(), fmt.Sprintf("SELECT t::text FROM %s.%s AS t", schema, table.Name))
		if err != nil {
			t.Fatal(err)
		}
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(texts)
		found[table.Name] = texts
	}
	return found
}

// ask returns one value as text.
func ask(t *testing.T, address, statement string) (value string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(context.WithoutCancel(t.Context())) }()
	if err := connection.QueryRow(t.Context(), statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// copyTo copies election 1 into PostgreSQL.
func copyTo(t *testing.T, path, address string, more ...string) (remarks string, code int) {
	t.Helper()
	out, remarks, code := runResults(t, path, append([]string{"1", "--postgres", address}, more...)...)
	if out != "" {
		t.Errorf("want nothing on the standard output, got %s", out)
	}
	return remarks, code
}

// addEvent moves the audit log of a folder on.
func addEvent(t *testing.T, path string) {
	t.Helper()
	f, err := openFolder(t.Context(), path, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = f.PublicURL.Remember(t.Context(), audit.System(), fmt.Sprintf("https://%d.example.org", time.Now().UnixNano()))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestResultsPostgres_WrittenAgainWithoutDoubling writes a running count, the same again, and the changed one.
func TestResultsPostgres_WrittenAgainWithoutDoubling(t *testing.T) {
	address, path := postgres.Start(t), stationsFolder(t, elections.RunningCount)
	if remarks, code := copyTo(t, path, address); code != 0 || !strings.Contains(remarks, "election 1 is in the schema urna") {
		t.Fatalf("want exit 0, got %d, %s", code, remarks)
	}
	first := readSchema(t, address, "urna")
	for i, name := range awkward() {
		if got := ask(t, address, fmt.Sprintf("SELECT name FROM urna.candidacies WHERE constituency_id = 1 AND poll_number = %d", i+1)); got != name {
			t.Errorf("want the name %q as it is, got %q", name, got)
		}
	}
	if got := ask(t, address, "SELECT sum(votes)::text || ' ' || (SELECT sum(seats) FROM urna.seats) FROM urna.tallies"); got != "61 7" {
		t.Errorf("want 61 votes and 7 seats, got %s", got)
	}
	for range 2 {
		if remarks, code := copyTo(t, path, address); code != 0 {
			t.Fatalf("want it written again, got exit %d, %s", code, remarks)
		}
	}
	if diff := cmp.Diff(first, readSchema(t, address, "urna")); diff != "" {
		t.Errorf("want the same rows after the same figures: %s", diff)
	}

	f, err := openFolder(t.Context(), path, app.Options{Parts: app.Accounts | app.Batches})
	if err != nil {
		t.Fatal(err)
	}
	countMore(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if remarks, code := copyTo(t, path, address); code != 0 {
		t.Fatalf("want the changed count written, got exit %d, %s", code, remarks)
	}
	second := readSchema(t, address, "urna")
	if got := ask(t, address, "SELECT sum(votes)::text || ' ' || count(*) FROM urna.tallies"); got != "81 5" {
		t.Errorf("want 81 votes in 5 rows, got %s", got)
	}
	if len(second["audit_heads"]) != 2 || second["audit_heads"][0] == second["audit_heads"][1] {
		t.Errorf("want a head of each copy, got %v", second["audit_heads"])
	}
	if got := ask(t, address, "SELECT count(*)::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'urna'::regnamespace AND c.relkind = 'r' "+
		"WHERE a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL"); got != "4" { // three of source, and written_at
		t.Errorf("want tables and columns explained in the database, %s are not", got)
	}
}

// TestResultsPostgres_DocumentedQueriesRun runs the queries of docs/results-elsewhere.md on a copy.
func TestResultsPostgres_DocumentedQueriesRun(t *testing.T) {
	address, path := postgres.Start(t), stationsFolder(t, elections.RunningCount)
	if remarks, code := copyTo(t, path, address); code != 0 {
		t.Fatalf("want exit 0, got %d, %s", code, remarks)
	}
	content, err := os.ReadFile("../../docs/results-elsewhere.md")
	if err != nil {
		t.Fatal(err)
	}
	queries := regexp.MustCompile(`(?m)^ {4}SELECT [^;]+;`).FindAllString(string(content), -1)
	if len(queries) != 2 {
		t.Fatalf("want two queries, found %d", len(queries))
	}
	for i, want := range []string{"O'Neill", "Coast|1"} {
		output := psql(t, address, "\\pset format unaligned\n"+strings.ReplaceAll(queries[i], "= 7", "= 1"), true)
		if !strings.Contains(output, want) {
			t.Errorf("want %s in the answer, got %s", want, output)
		}
	}
}

// countMore counts twenty more ballots in the constituency without polling stations.
func countMore(t *testing.T, f *app.App) {
	t.Helper()
	if err := f.Batches.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer f.Batches.Stop()
	number := 5000
	addBallots(t, f, deliveryTo(2), []int{20}, &number)
}

// TestResultsPostgres_EmbargoedThingsAreNotWritten copies an election that shows its turnout only.
func TestResultsPostgres_EmbargoedThingsAreNotWritten(t *testing.T) {
	address, path := postgres.Start(t), stationsFolder(t, elections.TurnoutOnly)
	if remarks, code := copyTo(t, path, address); code != 0 || !strings.Contains(remarks, "counts by participant are left out") {
		t.Fatalf("want exit 0 and the remark, got %d, %s", code, remarks)
	}
	found := readSchema(t, address, "urna")
	for _, table := range []string{"tallies", "seats", "station_sums", "station_tallies"} {
		if len(found[table]) != 0 {
			t.Errorf("want no row in %s, got %v", table, found[table])
		}
	}
	if got := ask(t, address, "SELECT ballots_cast::text || ' ' || num_nulls(valid, blank, invalid, duplicates, cast_online, winner_id) FROM urna.elections"); got != "61 6" {
		t.Errorf("want the turnout alone, got %s", got)
	}
	if len(found["stations"]) != 4 || len(found["candidacies"]) != 5 {
		t.Errorf("want the public part, got %v", found)
	}
}

// TestResultsPostgres_ScriptWritesTheSame runs the script with psql, as people do, and compares it with the other way.
func TestResultsPostgres_ScriptWritesTheSame(t *testing.T) {
	address, path := postgres.Start(t), stationsFolder(t, elections.RunningCount)
	for range 2 {
		script, remarks, code := runResults(t, path, "1", "--format", "sql", "--schema", "by_script")
		if code != 0 {
			t.Fatalf("want a script, got exit %d, %s", code, remarks)
		}
		psql(t, address, script, true)
	}
	if remarks, code := copyTo(t, path, address, "--schema", "by_urna"); code != 0 {
		t.Fatalf("want exit 0, got %d, %s", code, remarks)
	}
	script, command := readSchema(t, address, "by_script"), readSchema(t, address, "by_urna")
	for _, s := range []stored{script, command} { // the time of the last change is that of the first copy, and written_at that of the row
		s["elections"], s["audit_heads"] = nil, nil
	}
	if diff := cmp.Diff(command, script); diff != "" {
		t.Errorf("want the same rows: %s", diff)
	}
	const columns = "SELECT string_agg(table_name || column_name || data_type || is_nullable, ' ' ORDER BY table_name, ordinal_position) FROM information_schema.columns WHERE table_schema = "
	if of, other := ask(t, address, columns+"'by_script'"), ask(t, address, columns+"'by_urna'"); of != other || of == "" {
		t.Errorf("want the same tables, got %s and %s", of, other)
	}

	// A script of another folder changes nothing.
	other, _, _ := runResults(t, stationsFolder(t, elections.RunningCount), "1", "--format", "sql", "--schema", "by_script")
	if output := psql(t, address, other, false); !strings.Contains(output, "another data folder") {
		t.Errorf("want it refused with the reason, got %s", output)
	}
	after := readSchema(t, address, "by_script")
	after["elections"], after["audit_heads"] = nil, nil
	if diff := cmp.Diff(script, after); diff != "" {
		t.Errorf("want nothing changed: %s", diff)
	}
}

// psql runs a script and returns what it printed.
func psql(t *testing.T, address, script string, good bool) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "psql", "-X", "-q", address)
	c.Stdin = strings.NewReader(script)
	output, err := c.CombinedOutput()
	if (err == nil) != good {
		t.Fatalf("want success to be %v, got %v\n%s", good, err, output)
	}
	return string(output)
}

// TestResultsPostgres_AnotherFolderOrLogIsRefused writes from a folder with the same numbers of elections, from the folder as
// it was before, and from one whose log was rewritten. Nothing of that is written.
func TestResultsPostgres_AnotherFolderOrLogIsRefused(t *testing.T) {
	address, path := postgres.Start(t), stationsFolder(t, elections.RunningCount)
	older := filepath.Join(t.TempDir(), "older")
	if err := os.CopyFS(older, os.DirFS(path)); err != nil {
		t.Fatal(err)
	}
	addEvent(t, path)
	if remarks, code := copyTo(t, path, address); code != 0 {
		t.Fatalf("want exit 0, got %d, %s", code, remarks)
	}
	before := readSchema(t, address, "urna")
	refused := func(from, why string) {
		t.Helper()
		if remarks, code := copyTo(t, from, address); code != 1 || !strings.Contains(remarks, why) {
			t.Errorf("want it refused with %q, got exit %d, %s", why, code, remarks)
		}
		if diff := cmp.Diff(before, readSchema(t, address, "urna")); diff != "" {
			t.Errorf("want nothing written: %s", diff)
		}
	}
	refused(stationsFolder(t, elections.RunningCount), "another data folder")
	refused(older, "head of the audit log")
	for range 3 { // its log goes on, and is longer now than the one that was copied
		addEvent(t, older)
	}
	refused(older, "head of the audit log")

	for range 2 { // the log of the folder goes on, and its copies with it
		addEvent(t, path)
		if remarks, code := copyTo(t, path, address); code != 0 {
			t.Errorf("want exit 0, got %d, %s", code, remarks)
		}
	}
	psql(t, address, "UPDATE urna.source SET format = 'urna-results-9'", true)
	if remarks, code := copyTo(t, path, address); code != 1 || !strings.Contains(remarks, "another version of Urna") {
		t.Errorf("want tables of another version refused, got exit %d, %s", code, remarks)
	}
}

// TestResultsPostgres_TheDataOfAServerAreRefused: their schema has the name that copies have by default.
func TestResultsPostgres_TheDataOfAServerAreRefused(t *testing.T) {
	address, path := postgres.Start(t, "fsync=on"), stationsFolder(t, elections.RunningCount)
	db, err := engine.Open(t.Context(), address, database.Main)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if remarks, code := copyTo(t, path, address); code != 1 || !strings.Contains(remarks, "the data of Urna itself") {
		t.Errorf("want the schema of a server refused, got exit %d, %s", code, remarks)
	}
	script, remarks, code := runResults(t, path, "1", "--format", "sql")
	if code != 0 {
		t.Fatal(remarks)
	}
	if said := psql(t, address, script, false); !strings.Contains(said, "the data of Urna itself") {
		t.Errorf("want the script refused, got %s", said)
	}
	if remarks, code := copyTo(t, path, address, "--schema", "results"); code != 0 {
		t.Errorf("want another schema filled, got exit %d, %s", code, remarks)
	}
}

// TestResultsPostgres_CutOffLeavesTheCopyBefore has a row refused in the middle of the transaction.
func TestResultsPostgres_CutOffLeavesTheCopyBefore(t *testing.T) {
	address, path := postgres.Start(t), stationsFolder(t, elections.RunningCount)
	if remarks, code := copyTo(t, path, address); code != 0 {
		t.Fatalf("want exit 0, got %d, %s", code, remarks)
	}
	before := readSchema(t, address, "urna")
	psql(t, address, "ALTER TABLE urna.station_tallies ADD CHECK (votes < 0) NOT VALID", true)
	addEvent(t, path)
	if remarks, code := copyTo(t, path, address); code != 1 || !strings.Contains(remarks, "write to PostgreSQL") {
		t.Errorf("want the error, got exit %d, %s", code, remarks)
	}
	if diff := cmp.Diff(before, readSchema(t, address, "urna")); diff != "" {
		t.Errorf("want the copy before: %s", diff)
	}
}

// TestResultsPostgres_ManyAtOnce has several programs make the tables and the first copy at the same moment.
func TestResultsPostgres_ManyAtOnce(t *testing.T) {
	address, path := postgres.Start(t), stationsFolder(t, elections.RunningCount)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if remarks, code := copyTo(t, path, address); code != 0 {
				t.Errorf("want exit 0, got %d, %s", code, remarks)
			}
		})
	}
	all.Wait()
	if got := ask(t, address, "SELECT count(*)::text FROM urna.tallies"); got != "5" {
		t.Errorf("want five tallies, got %s", got)
	}
}

// TestResultsPostgres_ServerRuns copies beside a program that has the folder open for writing.
func TestResultsPostgres_ServerRuns(t *testing.T) {
	address, path := postgres.Start(t), stationsFolder(t, elections.RunningCount)
	f, err := openFolder(t.Context(), path, app.Options{Parts: app.Everything, Lock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	countMore(t, f)
	if remarks, code := copyTo(t, path, address); code != 0 {
		t.Fatalf("want exit 0, got %d, %s", code, remarks)
	}
	if got := ask(t, address, "SELECT sum(votes)::text FROM urna.tallies"); got != "81" {
		t.Errorf("want the 81 votes that the running program counted, got %s", got)
	}
}

// TestResults_PasswordOfTheAddressIsNotPrinted uses addresses that cannot be read, and one where no server is.
func TestResults_PasswordOfTheAddressIsNotPrinted(t *testing.T) {
	path := stationsFolder(t, elections.RunningCount)
	for _, address := range []string{
		"postgres://urna:s3cr3t-word@127.0.0.1:1/results?connect_timeout=2", "postgres://urna:s3cr3t-word@[::1/results", "host=127.0.0.1 port=x password=s3cr3t-word",
	} {
		remarks, code := copyTo(t, path, address)
		if code != 1 || strings.Contains(remarks, "s3cr3t-word") || strings.Contains(remarks, url.QueryEscape("s3cr3t-word")) {
			t.Errorf("want an error without the password, got exit %d, %s", code, remarks)
		}
	}
}
