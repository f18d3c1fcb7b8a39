package cli

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"urna/internal/rehearsal/resultsfile"
)

// runAllocate runs the command and returns what it printed and its exit code.
func runAllocate(t *testing.T, command AllocateCommand) (out, errors string, code int) {
	t.Helper()
	var stdout, stderr strings.Builder
	err := command.Run(&Streams{Out: &stdout, Err: &stderr})
	return stdout.String(), stderr.String(), exitCode(t, err)
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	var exit *ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("want an ExitError, got %v", err)
	}
	return exit.Code
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "results.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAllocate_BuiltInFiles(t *testing.T) {
	for _, command := range []AllocateCommand{{}, {JSON: true}, {Explain: true}} {
		command.Files = resultsfile.Names()
		out, stderr, code := runAllocate(t, command)
		if code != 0 || strings.Count(stderr, "\n") != 4 || strings.Count(stderr, "unknown method") != 4 {
			t.Errorf("want exit 0 and four refusals, got %d:\n%s", code, stderr)
		}
		if command.JSON && !json.Valid([]byte(out)) {
			t.Error("want JSON")
		}
	}
}

func TestAllocate_JSON(t *testing.T) {
	path := writeFile(t, `{"id": "two", "method": "dhondt", "threshold": {"percent": 10, "base": "valid-party-votes"},
		"constituencies": [
			{"id": "tied", "seats": 3, "parties": [{"name": "a & b", "votes": 30}, {"name": "c", "votes": 10}, {"name": "d", "votes": 4}]},
			{"id": "refused", "method": "quota-method", "seats": 1, "parties": [{"name": "a", "votes": 1}]},
			{"name": "Exhausted", "seats": 3, "parties": [{"name": "a", "votes": 1, "max_seats": 2}]},
			{"name": "Silent", "seats": 4, "parties": [{"name": "a", "votes": 0}, {"name": "b", "votes": 0}]},
			{"name": "Few", "method": "hagenbach-bischoff-rounded", "seats": 9, "parties": [{"name": "a", "votes": 2}]},
			{"name": "Below", "seats": 2, "threshold": {"percent": 60, "base": "valid-party-votes"}, "parties": [{"name": "a", "votes": 1}, {"name": "b", "votes": 1}]}]}`)
	out, _, code := runAllocate(t, AllocateCommand{Files: []string{path, "ge-president-2018"}, JSON: true})
	if code != 0 {
		t.Errorf("want exit 0, got %d", code)
	}
	if strings.Contains(out, `\u0026`) {
		t.Error("want names as they are, not escaped for HTML")
	}
	want := `[
		{"file": "` + path + `", "id": "two", "cases": [
			{"id": "tied", "seats": [2, 0, 0], "below_threshold": ["d"], "tie": {"names": ["a & b", "c"], "seats": 1}, "unassigned": 0, "error": ""},
			{"id": "refused", "seats": [], "below_threshold": [], "tie": null, "unassigned": 0,
			 "error": "apportion: unknown method: constituency 2: \"quota-method\""},
			{"id": "Exhausted", "seats": [2], "below_threshold": [], "tie": null, "unassigned": 1, "error": ""},
			{"id": "Silent", "seats": [0, 0], "below_threshold": [], "tie": null, "unassigned": 4, "error": ""},
			{"id": "Few", "seats": [], "below_threshold": [], "tie": null, "unassigned": 9,
			 "error": "apportion: the quota is zero: too few votes for 9 seats"},
			{"id": "Below", "seats": [0, 0], "below_threshold": ["a", "b"], "tie": null, "unassigned": 2, "error": ""}]},
		{"file": "ge-president-2018", "id": "ge-president-2018", "rounds": [
			{"winner": null, "second_round": ["Zourabichvili", "Vashadze"], "tie": null},
			{"winner": "Zourabichvili", "second_round": null, "tie": null}]}]`
	equalJSON(t, want, out)
}

func equalJSON(t *testing.T, want, got string) {
	t.Helper()
	var wantValue, gotValue any
	if err := json.Unmarshal([]byte(want), &wantValue); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(got), &gotValue); err != nil {
		t.Fatalf("%v:\n%s", err, got)
	}
	if !reflect.DeepEqual(wantValue, gotValue) {
		t.Errorf("want\n%s\ngot\n%s", want, got)
	}
}

func TestAllocate_ExitCodes(t *testing.T) {
	const good = `{"id": "x", "method": "dhondt", "seats": 3, "parties": [{"name": "a", "votes": 20, "seats": 2}, {"name": "b", "votes": 11, "seats": 1}]}`
	const presidential = `{"id": "p", "kind": "presidential", "rounds": [{"candidates": [{"name": "a", "votes": 2}, {"name": "b", "votes": 1}]}], "winner": "b"`
	for _, test := range []struct {
		name, text string
		code       int
		says       string
	}{
		{"as declared", good, 0, ""},
		{"another seat", strings.Replace(good, `"seats": 1`, `"seats": 0`, 1), 1, "b: seats declared 0, computed 1"},
		{"an outcome of a tie", strings.Replace(good, "11", "10", 1), 0, ""},
		{"another winner", presidential + `, "rule": {"type": "plurality"}}`, 1, "winner: declared b, computed a"},
		{"no rule", presidential + `}`, 2, "needs a rule"},
		{"nothing can be computed", strings.Replace(good, "dhondt", "tossing", 1), 2, `unknown method: "tossing"`},
		{"no seats", strings.Replace(good, `"seats": 3`, `"seats": 0`, 1), 2, "no seats to allocate"},
		{"not JSON", "{", 2, "malformed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, command := range []AllocateCommand{{}, {JSON: true}, {Explain: true}} {
				command.Files = []string{writeFile(t, test.text)}
				out, stderr, code := runAllocate(t, command)
				if code != test.code || !strings.Contains(stderr, test.says) || (stderr == "") != (code == 0) {
					t.Errorf("want exit %d and %q, got %d and %q", test.code, test.says, code, stderr)
				}
				if command.JSON && !json.Valid([]byte(out)) {
					t.Errorf("want JSON, got %s", out)
				}
			}
		})
	}
	if _, stderr, code := runAllocate(t, AllocateCommand{Files: []string{"nowhere.json", "nl-tweede-kamer-2023"}}); code != 2 || !strings.Contains(stderr, "nowhere.json") {
		t.Errorf("want exit 2 for a missing file, got %d and %q", code, stderr)
	}
}

func TestAllocate_Tables(t *testing.T) {
	out, _, _ := runAllocate(t, AllocateCommand{Files: []string{"za-kwazulu-natal-2024", "fr-president-2022"}})
	for _, line := range []string{
		"MK 1,590,813 45.35 % 37 37",
		"A majority is more than half of 35,132,947: 17,566,474 votes.",
		"No majority. Second round: MACRON Emmanuel, LE PEN Marine",
		"Elected: MACRON Emmanuel",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), line) {
			t.Errorf("want the line %q in\n%s", line, out)
		}
	}
	out, _, _ = runAllocate(t, AllocateCommand{Files: []string{"us-house-apportionment-2020"}, Explain: true})
	if !strings.Contains(out, "Huntington and Hill") || !strings.Contains(out, "Seat by seat") {
		t.Errorf("want an explanation, got\n%s", out)
	}
}
