package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
)

// awkward are names of parties that a careless script would run, or read as something else.
func awkward() []string {
	return []string{`O'Neill \' List"); DROP TABLE elections; --`, "\\! echo :name $urna$ Жито", "Third"}
}

// stationsFolder makes a data folder with an open election of two constituencies, the first with four polling stations:
// 1 has 30 ballots, 2 and 3 have too few to be published alone, 4 is awaited.
func stationsFolder(t *testing.T, view elections.PublicView) string {
	t.Helper()
	path, actor := t.TempDir(), audit.System()
	f, err := openFolder(t.Context(), path, app.Options{Create: true, Parts: app.Accounts | app.Batches})
	if err != nil {
		t.Fatal(err)
	}
	var lists []elections.CandidacyDraft
	for _, name := range awkward() {
		p, err := f.Participants.Create(t.Context(), actor, participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	coast := elections.ConstituencyDraft{Name: "Coast", Seats: 5, RegisteredVoters: 900, Candidacies: lists}
	for n := range 4 {
		coast.Stations = append(coast.Stations, elections.StationDraft{Number: strconv.Itoa(n + 1), Name: "School", RegisteredVoters: 200})
	}
	e, err := f.Elections.Create(t.Context(), actor, elections.Draft{
		Title: "Assembly", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		PublicView: view, Constituencies: []elections.ConstituencyDraft{coast, {Name: "Hills", Seats: 2, Candidacies: lists[:2]}},
	})
	if err != nil {
		t.Fatal(err)
	}
	stations, err := f.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Batches.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer f.Batches.Stop()
	number := 0
	for i, votes := range [][]int{{17, 9, 4}, {1, 2, 0}, {3, 1, 0}} {
		addBallots(t, f, batch.Delivery{ElectionID: e.ID, StationID: stations[e.Constituencies[0].ID][i].ID}, votes, &number)
	}
	addBallots(t, f, batch.Delivery{ElectionID: e.ID, ConstituencyID: e.Constituencies[1].ID}, []int{11, 13}, &number)
	f.Batches.Stop()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// addBallots counts a file with so many votes for each poll number.
func addBallots(t *testing.T, f *app.App, d batch.Delivery, votes []int, number *int) {
	t.Helper()
	var file strings.Builder
	for i, n := range votes {
		for range n {
			*number++
			fmt.Fprintf(&file, "00000000-0000-4000-8000-%012x,%d\n", *number, i+1)
		}
	}
	d.Actor, d.FileName = audit.System(), "a.csv"
	b, err := f.Batches.Receive(t.Context(), d, strings.NewReader(file.String()))
	for deadline := time.Now().Add(time.Minute); err == nil && b.State != batch.Counted; time.Sleep(time.Millisecond) {
		if b, err = f.Batches.Batch(t.Context(), b.ID); time.Now().After(deadline) {
			err = errors.Join(err, errors.New("it is not counted"))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// runResults runs the command and returns what it printed.
func runResults(t *testing.T, path string, arguments ...string) (out, remarks string, code int) {
	t.Helper()
	var printed, said bytes.Buffer
	code = Main(append([]string{"results", "--data", path}, arguments...), &Streams{In: strings.NewReader(""), Out: &printed, Err: &said})
	return printed.String(), said.String(), code
}

// tablesOf decodes the JSON of the command.
func tablesOf(t *testing.T, document string) map[string][]map[string]any {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(document), &raw); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	tables := map[string][]map[string]any{}
	for name, content := range raw {
		if name == "format" || name == "log" {
			continue
		}
		var rows []map[string]any
		if err := json.Unmarshal(content, &rows); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tables[name] = rows
	}
	return tables
}

func TestResults_JSONHasAllTables(t *testing.T) {
	out, remarks, code := runResults(t, stationsFolder(t, elections.RunningCount), "1")
	if code != 0 || remarks != "" {
		t.Fatalf("want exit 0 and no remark, got %d, %s", code, remarks)
	}
	tables := tablesOf(t, out)
	if got := len(tables["candidacies"]); got != 5 {
		t.Errorf("want 5 candidacies, got %d", got)
	}
	for i, name := range awkward() {
		if got := tables["candidacies"][i]["name"]; got != name {
			t.Errorf("want the name as it is, %q, got %q", name, got)
		}
	}
	e := tables["elections"][0]
	if e["state"] != "open" || e["counts_shown"] != true || e["provisional"] != true || e["ballots_cast"] != 61.0 || e["registered_voters"] != nil {
		t.Errorf("want an open election that shows its 61 ballots, got %v", e)
	}
	sum := func(table, column string) (n float64) {
		for _, row := range tables[table] {
			value, ok := row[column].(float64)
			if !ok {
				t.Fatalf("%s.%s: %v", table, column, row)
			}
			n += value
		}
		return n
	}
	seats := sum("seats", "seats") + sum("constituencies", "seats_tied") + sum("constituencies", "seats_unassigned")
	if votes := sum("tallies", "votes"); votes != 61 || seats != 7 || sum("station_tallies", "votes") != 37 {
		t.Errorf("want 61 votes, 37 of them of stations, and 7 seats in all, got %v, %v, %v", votes, sum("station_tallies", "votes"), seats)
	}
	// Stations 2 and 3 have seven ballots together, which are published with those of station 1.
	stations := tables["stations"]
	if len(stations) != 4 || stations[0]["sum_number"] == nil || stations[1]["sum_number"] != stations[2]["sum_number"] || stations[3]["sum_number"] != nil {
		t.Errorf("want small stations in one sum and the awaited one in none, got %v", stations)
	}
	for _, row := range tables["station_sums"] {
		if row["valid"].(float64) < 10 {
			t.Errorf("want no sum with fewer than ten ballots, got %v", row)
		}
	}
	if heads := tables["audit_heads"]; len(heads) != 1 || heads[0]["events"].(float64) < 5 || len(heads[0]["head"].(string)) != 64 {
		t.Errorf("want the head of the log, got %v", heads)
	}
}

func TestResults_CSVIsOneTable(t *testing.T) {
	path := stationsFolder(t, elections.RunningCount)
	for table, want := range map[string]struct {
		lines int
		first string
	}{
		"tallies": {6, "1 1 1 21"}, "candidacies": {6, "1 1 1 1"}, "stations": {5, "1 1 1 1"}, "audit_heads": {2, ""},
	} {
		arguments := []string{"1", "--format", "csv", "--table", table}
		if table == "tallies" {
			arguments = arguments[:3]
		}
		out, remarks, code := runResults(t, path, arguments...)
		lines, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || code != 0 || len(lines) != want.lines {
			t.Fatalf("%s: want %d lines, got %d, %v, exit %d, %s", table, want.lines, len(lines), err, code, remarks)
		}
		if want.first != "" && !strings.HasPrefix(strings.Join(lines[1], " "), want.first) {
			t.Errorf("%s: want the first row to begin with %s, got %v", table, want.first, lines[1])
		}
	}
}

// TestResults_TellNoCountBeforeTheEnd prints every form while counts are embargoed.
func TestResults_TellNoCountBeforeTheEnd(t *testing.T) {
	path := stationsFolder(t, elections.TurnoutOnly)
	out, remarks, code := runResults(t, path, "1")
	if code != 0 || !strings.Contains(remarks, "counts by participant are left out") {
		t.Fatalf("want exit 0 and the remark, got %d, %s", code, remarks)
	}
	tables := tablesOf(t, out)
	for _, table := range []string{"tallies", "seats", "station_sums", "station_tallies"} {
		if rows, there := tables[table]; !there || len(rows) > 0 {
			t.Errorf("want %s without rows, got %v", table, rows)
		}
	}
	hidden := []string{"cast_online", "valid", "blank", "invalid", "duplicates", "winner_id", "threshold_votes", "seats_tied", "seats_unassigned", "sum_number"}
	for table, rows := range tables {
		for _, row := range rows {
			for _, column := range hidden {
				if row[column] != nil {
					t.Errorf("want nothing in %s.%s, got %v", table, column, row[column])
				}
			}
		}
	}
	if e := tables["elections"][0]; e["ballots_cast"] != 61.0 || e["counts_shown"] != false {
		t.Errorf("want the turnout alone, got %v", e)
	}
	script, _, code := runResults(t, path, "1", "--format", "sql")
	if code != 0 || strings.Contains(script, "INSERT INTO tallies") || strings.Contains(script, "INSERT INTO station_sums") || strings.Contains(script, "INSERT INTO seats") {
		t.Errorf("want a script without counts, got exit %d and\n%s", code, script)
	}
	for _, table := range []string{"tallies", "seats", "station_sums", "station_tallies"} {
		out, remarks, code := runResults(t, path, "1", "--format", "csv", "--table", table)
		if code != 1 || out != "" || remarks == "" {
			t.Errorf("%s: want it refused, got exit %d, %q", table, code, out)
		}
	}
}

func TestResults_DraftsAndUnknownElectionsAreRefused(t *testing.T) {
	path := stationsFolder(t, elections.RunningCount)
	f, err := openFolder(t.Context(), path, app.Options{Parts: app.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	draft, err := f.Elections.Create(t.Context(), audit.System(), elections.Draft{
		AsDraft: true, Title: "Hidden", Kind: elections.Parliamentary, StartsAt: time.Now().Add(time.Hour), EndsAt: time.Now().Add(2 * time.Hour),
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}}}},
	})
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{draft.ID, 77} {
		if out, remarks, code := runResults(t, path, strconv.FormatInt(id, 10)); code != 1 || out != "" || strings.Contains(remarks, "Hidden") {
			t.Errorf("election %d: want it unknown, got exit %d, %s%s", id, code, out, remarks)
		}
	}
	_, remarks, code := runResults(t, path, "1", "--schema", `urna"; DROP`)
	if code != 1 || !strings.Contains(remarks, "--schema") {
		t.Errorf("want the name of the schema refused, got exit %d, %s", code, remarks)
	}
}

// TestResults_AlteredFiguresAreNotCopied changes a tally of a certified election behind the program's back.
func TestResults_AlteredFiguresAreNotCopied(t *testing.T) {
	path := countedFolder(t)
	bundlesOf(t, path)
	out, remarks, code := runResults(t, path, "1")
	if e := tablesOf(t, out)["elections"][0]; code != 0 || e["state"] != "certified" || e["provisional"] != false || e["certified_figures"] == nil {
		t.Fatalf("want a certified election, got exit %d, %v, %s", code, e, remarks)
	}
	tamper(t, path, `DROP TRIGGER certified_constituency_tallies_update; UPDATE constituency_tallies SET votes = votes + 1`)
	if out, remarks, code := runResults(t, path, "1"); code != 1 || out != "" || remarks == "" {
		t.Errorf("want altered figures refused, got exit %d, %s%s", code, out, remarks)
	}
}

// deliveryTo is a file for a constituency of election 1.
func deliveryTo(constituency int64) batch.Delivery {
	return batch.Delivery{ElectionID: 1, ConstituencyID: constituency}
}
