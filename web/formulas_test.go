package web_test

import (
	"encoding/csv"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/text/csvtext"
	"urna/web/api"
)

// aNumber is a cell that a spreadsheet may take for what it is.
var aNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// cells returns the rows of a CSV answer, in which no cell may begin like a formula.
func cells(t *testing.T, name, body string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			bare := strings.TrimLeft(cell, " \u00a0\u200b")
			if !aNumber.MatchString(cell) && (strings.ContainsAny(cell[:min(1, len(cell))], "\t\r\n") ||
				bare != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(bare)[0])) {
				t.Errorf("%s: the cell %q begins like a formula in %q", name, cell, row)
			}
		}
	}
	return rows
}

// TestCSV_HasNoFormulaInIt gives everything names that a spreadsheet would run, and reads every CSV file that the
// server has; the router names them.
func TestCSV_HasNoFormulaInIt(t *testing.T) {
	s := newSite(t)
	names := []string{"=1+1", "+SUM(A1:A9)", "-2+3", "@HYPERLINK(1)", "＝1+1", "'=apostrophe", "-5", "+381641234567"}
	d := s.election.Draft()
	d.Title, d.Channels, d.OpenNow = "=Title", []elections.Channel{elections.Batches}, true
	d.Constituencies = []elections.ConstituencyDraft{{Name: "=cmd|'/C calc'!A1", Seats: 7}}
	for _, name := range names {
		p, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	s.election = e
	if _, err := s.Auth.AddUser(t.Context(), audit.Actor{ID: 1, Name: "=Ada+1", From: "@here"}, auth.NewUser{
		Email: "eve@example.org", Forename: "=Eve", Surname: "+Smith", Role: auth.Official, Password: password,
	}); err != nil {
		t.Fatal(err)
	}
	administrator, official := s.signedIn(t, "administrator"), s.signedIn(t, "official")
	official.sendFiles(t, file{"ballots.csv", ballot(1, 99)})
	official.look(t)
	read := 0
	for _, route := range s.server.Routes() {
		if route.Method != http.MethodGet || !strings.HasSuffix(route.Path, ".csv") || strings.Contains(route.Path, "/issues/") {
			continue
		}
		path := route.Path
		if strings.HasPrefix(path, api.Base+"/elections/") { // there :id is an election
			path = strings.Replace(path, ":id", id(e.ID), 1)
		}
		v := administrator
		if strings.HasPrefix(path, "/official/") {
			v = official
		}
		answer := v.send(t, http.MethodGet, s.address(path), "")
		body := text(answer)
		if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/csv") {
			t.Errorf("%s: want a file, got %s: %s", route.Path, answer.Status, body)
			continue
		}
		cells(t, route.Path, body)
		read++
	}
	if read < 4 {
		t.Errorf("want the results, constituencies, lines and audit log read, got %d files", read)
	}
	rows := cells(t, "results", text(administrator.send(t, http.MethodGet, api.Base+"/elections/"+id(e.ID)+"/results.csv", "")))
	for i, name := range names {
		if got := rows[i+1][4]; got != "'"+name || csvtext.Plain(got) != name || csvtext.Plain(rows[i+1][1]) != "=cmd|'/C calc'!A1" {
			t.Errorf("want the name %q behind an apostrophe, got %q", name, got)
		}
		if rows[i+1][5] != "0" {
			t.Errorf("want numbers as they are, got %q", rows[i+1])
		}
	}
	log := text(administrator.send(t, http.MethodGet, "/admin/audit.csv", ""))
	if !strings.Contains(log, ",'=Ada+1,'@here,") {
		t.Errorf("want the actor behind an apostrophe, got %s", log)
	}
}

// TestCSV_KeysHaveNoFormulaAndReadBack issues keys for ids and names that a spreadsheet would run, and votes with
// them: the list of keys can be taken for a roll again, and a list of constituencies takes names from a results file.
func TestCSV_KeysHaveNoFormulaAndReadBack(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, nil)
	v := s.signedIn(t, "administrator")
	path := api.Base + "/elections/" + id(p.election.ID) + "/voter-keys"
	ids := []string{"=1+1", "+38164", "-7", "@ada", "'=4", "plain"}
	answer := v.rollByAPI(t, path, "personal_id\n"+strings.Join(ids, "\n")+"\n")
	rows := cells(t, "keys", text(answer))
	if answer.StatusCode != http.StatusOK || len(rows) != len(ids)+1 {
		t.Fatalf("want the keys, got %s: %q", answer.Status, rows)
	}
	// "'=4" is what a list of keys says of "=4".
	for i, want := range []string{"=1+1", "+38164", "-7", "@ada", "=4", "plain"} {
		if got := csvtext.Plain(rows[i+1][0]); got != want {
			t.Errorf("want %q, got %q", want, rows[i+1])
		}
		vote := `{"personal_id":"` + want + `","guid":"` + rows[i+1][1] + `","candidate":1}`
		if answer := v.send(t, http.MethodPost, "/vote", vote); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: want the key to vote, got %s: %s", want, answer.Status, text(answer))
		}
	}
	e := s.scheduled(t, func(d *elections.Draft) { d.StartsAt = time.Now().Add(time.Hour) })
	list := "constituency,seats,participant\n'=North,3,'=1+1\n'=North,,'-2+3\n"
	if answer := v.send(t, http.MethodPost, "/admin/elections/"+id(e.ID)+"/list", "action=save&list="+strings.NewReplacer("\n", "%0A", "+", "%2B").Replace(list),
		"Content-Type", "application/x-www-form-urlencoded"); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the list taken, got %s: %s", answer.Status, text(answer))
	}
	now, err := s.Elections.Election(t.Context(), e.ID)
	if err != nil || now.Constituencies[0].Name != "=North" || now.Constituencies[0].Candidacies[0].Name != "=1+1" || now.Constituencies[0].Candidacies[1].Name != "-2+3" {
		t.Errorf("want the names without their apostrophes, got %+v, %v", now, err)
	}
}
