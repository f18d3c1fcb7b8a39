package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"urna/internal/rehearsal"
)

// town is a small results file: 4 seats by D'Hondt, of 1,000 votes cast, with a row that takes no seat.
const town = `{"id":"town","name":"Town Council","date":"2021-03-04","method":"dhondt","seats":4,
	"threshold":{"percent":10,"base":"votes-cast"},"votes_cast":1000,"eligible":1500,"invalid_votes":7,"blank_votes":5,
	"parties":[{"name":"Green List","votes":500,"seats":SEATS},{"name":"Harbour","votes":300,"seats":1},
	{"name":"Just too few","votes":99,"seats":0},{"name":"Others","votes":60,"seats":0,"lumped":true}]}`

// rehearse runs the command and returns what it printed. Temporary folders land in one of the test's
// own, which must be empty in the end.
func rehearse(t *testing.T, c RehearseCommand) (out, errs string, err error) {
	t.Helper()
	temporaries := t.TempDir()
	t.Setenv("TMPDIR", temporaries)
	var o, e bytes.Buffer
	err = c.Run(t.Context(), &Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	left, readErr := os.ReadDir(temporaries)
	if readErr != nil {
		t.Fatal(readErr)
	}
	for _, entry := range left {
		t.Errorf("left behind: %s", entry.Name())
	}
	return o.String(), e.String(), err
}

// rehearsalCode is the code that Main ends with: 1 for an error without one of its own.
func rehearsalCode(err error) int {
	var exit *ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Code
	default:
		return 1
	}
}

func TestRehearse_AsDeclared(t *testing.T) {
	out, errs, err := rehearse(t, RehearseCommand{File: writeFile(t, strings.Replace(town, "SEATS", "3", 1))})
	if err != nil {
		t.Fatalf("want no error, got %v", err)
	}
	for _, want := range []string{
		"Town Council 2021 (election 1)", "  Green List      500      3         3\n", "  Harbour         300      1         1\n",
		"  Just too few     99      0         0\n", "  Others           60      0         0\n",
		"blank: 5, invalid: 7", "971 ballots in ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in:\n%s", want, out)
		}
	}
	if strings.Contains(errs, "\r") || strings.Contains(errs, "differs") {
		t.Errorf("want no bar and no difference off a terminal, got %q", errs)
	}
}

func TestRehearse_ADifferenceIsExit1(t *testing.T) {
	out, errs, err := rehearse(t, RehearseCommand{File: writeFile(t, strings.Replace(town, "SEATS", "2", 1)), JSON: true})
	if want, got := 1, rehearsalCode(err); want != got {
		t.Errorf("want exit %d, got %d", want, got)
	}
	if want := "differs: Green List: "; !strings.Contains(errs, want) {
		t.Errorf("want %q in %q", want, errs)
	}
	var report struct {
		Equal            bool
		Ballots          int64
		BallotsPerSecond float64 `json:"ballots_per_second"`
		ElapsedSeconds   float64 `json:"elapsed_seconds"`
		Elections        []rehearsal.ElectionReport
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	if err := decoder.Decode(&report); err != nil || decoder.More() {
		t.Fatalf("want one JSON object, got %q (%v)", out, err)
	}
	if report.Equal || report.Ballots != 971 || report.BallotsPerSecond <= 0 || report.ElapsedSeconds <= 0 {
		t.Errorf("want an unequal report of 971 ballots with its speed, got %+v", report)
	}
	if row := report.Elections[0].Constituencies[0].Rows[0]; row.Votes != 500 || row.Seats != 3 || *row.DeclaredSeats != 2 {
		t.Errorf("want 500 votes, 3 seats, 2 declared, got %+v", row)
	}
}

func TestRehearse_FirstRound(t *testing.T) {
	const file = `{"id":"p","name":"President","kind":"presidential","rule":{"type":"absolute-majority-or-runoff"},"rounds":[
		{"candidates":[{"name":"Ana","votes":40},{"name":"Boris","votes":25},{"name":"Vera","votes":35}]},
		{"candidates":[{"name":"SECOND","votes":51},{"name":"Ana","votes":49}]}],"winner":"Vera"}`
	out, _, err := rehearse(t, RehearseCommand{File: writeFile(t, strings.Replace(file, "SECOND", "Vera", 1))})
	if err != nil || !strings.Contains(out, "Second round: Ana, Vera\n") {
		t.Errorf("want Ana and Vera in the second round, got %v:\n%s", err, out)
	}
	_, errs, err := rehearse(t, RehearseCommand{File: writeFile(t, strings.Replace(file, "SECOND", "Boris", 1))})
	if want := "second round: declared Boris, Ana, computed Ana, Vera"; rehearsalCode(err) != 1 || !strings.Contains(errs, want) {
		t.Errorf("want exit 1 and %q, got %v: %q", want, err, errs)
	}
}

// A built-in file with 52 constituencies: each sends protocols, and one of them has two numbers that are settled.
func TestRehearse_AsProtocols(t *testing.T) {
	out, errs, err := rehearse(t, RehearseCommand{File: "es-congreso-2019-11", Protocols: true, JSON: true})
	if err != nil || errs != "" {
		t.Fatalf("want everything as declared, got %v: %s", err, errs)
	}
	var report struct {
		Equal              bool
		Protocols, Settled int
		Ballots            int64
		Elections          []rehearsal.ElectionReport
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	constituencies := 0
	for _, e := range report.Elections {
		constituencies += len(e.Constituencies)
	}
	if !report.Equal || constituencies != 52 || report.Protocols <= 52 || report.Settled != len(report.Elections) || report.Ballots < 20_000_000 {
		t.Errorf("want 52 constituencies as declared and one protocol settled in each of %d elections, got %d constituencies and %+v",
			len(report.Elections), constituencies, report)
	}
}

func TestRehearse_AsProtocolsADifferenceIsExit1(t *testing.T) {
	out, errs, err := rehearse(t, RehearseCommand{File: writeFile(t, strings.Replace(town, "SEATS", "2", 1)), Protocols: true})
	if want := "differs: Green List: "; rehearsalCode(err) != 1 || !strings.Contains(errs, want) {
		t.Errorf("want exit 1 and %q, got %v: %q", want, err, errs)
	}
	if want := "; protocols, typed twice: 1, of these settled: 1\n"; !strings.Contains(out, want) {
		t.Errorf("want %q in:\n%s", want, out)
	}
}

func TestRehearse_NothingToRehearseIsExit2(t *testing.T) {
	for name, file := range map[string]string{
		"no such file": "no-such-file",
		"no json":      writeFile(t, "votes"),
		"no method":    writeFile(t, `{"name":"T","method":"coin","seats":1,"parties":[{"name":"A","votes":1}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := rehearse(t, RehearseCommand{File: file}); rehearsalCode(err) != 2 {
				t.Errorf("want exit 2, got %v", err)
			}
		})
	}
}

func TestRehearse_OnANamedServer(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	streams := &Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}
	server, err := startTemporary(t.Context(), streams)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("URNA_PASSWORD", server.AdminPassword)
	file := writeFile(t, strings.Replace(town, "SEATS", "3", 1))
	for _, want := range []string{"(election 1)", "(election 2)"} {
		out, _, err := rehearse(t, RehearseCommand{File: file, URL: server.URL, Email: server.AdminEmail})
		if err != nil || !strings.Contains(out, want) {
			t.Fatalf("want %s, got %v:\n%s", want, err, out)
		}
	}
	users, err := server.server.App.Auth.Users(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Email != server.AdminEmail && !u.Disabled {
			t.Errorf("%s can still sign in", u.Email)
		}
	}
	if want, got := 3, len(users); want != got {
		t.Errorf("want %d accounts, got %d", want, got)
	}
	participants, err := server.server.App.Participants.All(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if want, got := 4, len(participants); want != got {
		t.Errorf("want the %d participants of the first rehearsal used again, got %d", want, got)
	}
	t.Setenv("URNA_PASSWORD", "not the password at all")
	if _, _, err := rehearse(t, RehearseCommand{File: file, URL: server.URL, Email: server.AdminEmail}); rehearsalCode(err) != 1 {
		t.Errorf("want exit 1 for a wrong password, got %v", err)
	}
}

func TestBarLine(t *testing.T) {
	want := "###############=======........  50 %  1,500 of 3,000 ballots counted"
	if got := barLine(rehearsal.Progress{Sent: 2200, Counted: 1500, Total: 3000}); want != got {
		t.Errorf("want %q, got %q", want, got)
	}
}
