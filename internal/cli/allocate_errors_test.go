package cli

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/app"
	"urna/internal/rehearsal/resultsfile"
)

// TestAllocate_JSONOfWhatCannotBeComputed asks for files that are missing, no JSON, or refused in part, beside a
// good one: each has its object, in the order given, with the error where it belongs.
func TestAllocate_JSONOfWhatCannotBeComputed(t *testing.T) {
	message := func(name string) string {
		_, err := resultsfile.Open(name)
		if err == nil {
			t.Fatalf("%s: want it refused", name)
		}
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(err.Error())
	}
	missing, garbage := "nowhere.json", writeFile(t, "seats: 3")
	folder := t.TempDir()
	good := writeFile(t, `{"id": "good", "method": "dhondt", "seats": 1, "parties": [{"name": "a", "votes": 5}, {"name": "b", "votes": 5}]}`)
	tie := writeFile(t, `{"id": "p", "kind": "presidential", "rule": {"type": "plurality"}, "rounds": [{"candidates": [{"name": "a", "votes": 2}, {"name": "b", "votes": 2}, {"name": "c", "votes": 1}]}]}`)
	noVotes := writeFile(t, `{"id": "q", "kind": "presidential", "rule": {"type": "plurality"}, "rounds": [{"candidates": [{"name": "a", "votes": 0}]}]}`)
	noRule := writeFile(t, `{"id": "r", "kind": "presidential", "rounds": [{"candidates": [{"name": "a", "votes": 2}]}]}`)
	refused := writeFile(t, `{"id": "s", "method": "dhondt", "seats": 2, "parties": [{"name": "a", "votes": -5}]}`)
	out, stderr, code := runAllocate(t, AllocateCommand{Files: []string{missing, garbage, folder, good, tie, noVotes, noRule, refused}, JSON: true})
	equalJSON(t, `[
		{"file": "nowhere.json", "id": "", "cases": [], "error": "`+message(missing)+`"},
		{"file": "`+garbage+`", "id": "", "cases": [], "error": "`+message(garbage)+`"},
		{"file": "`+folder+`", "id": "", "cases": [], "error": "`+message(folder)+`"},
		{"file": "`+good+`", "id": "good", "cases": [{"id": "good", "seats": [0, 0], "below_threshold": [], "tie": {"names": ["a", "b"], "seats": 1}, "unassigned": 0, "error": ""}]},
		{"file": "`+tie+`", "id": "p", "rounds": [{"winner": null, "second_round": null, "tie": {"names": ["a", "b"], "seats": 1}}]},
		{"file": "`+noVotes+`", "id": "q", "rounds": [{"winner": null, "second_round": null, "tie": null, "error": "apportion: no votes at all"}]},
		{"file": "`+noRule+`", "id": "r", "rounds": [], "error": "resultsfile: a presidential file needs a rule"},
		{"file": "`+refused+`", "id": "s", "cases": [{"id": "s", "seats": [], "below_threshold": [], "tie": null, "unassigned": 0, "error": "apportion: a count is below zero: votes of a: -5"}]}]`, out)
	if code != 2 || strings.Count(stderr, "refused: ") != 6 {
		t.Errorf("want exit 2 and six refusals, got %d:\n%s", code, stderr)
	}
	// A difference tells more than a file that cannot be read.
	differs := writeFile(t, `{"id": "d", "method": "dhondt", "seats": 1, "parties": [{"name": "a", "votes": 5, "seats": 0}]}`)
	if _, _, code := runAllocate(t, AllocateCommand{Files: []string{missing, differs}, JSON: true}); code != 1 {
		t.Errorf("want exit 1 for a difference, got %d", code)
	}
	if _, _, code := runAllocate(t, AllocateCommand{Files: []string{good, refused}, JSON: true}); code != 0 {
		t.Errorf("want exit 0 where a case was refused and nothing differs, got %d", code)
	}
}

// TestAllocate_TablesNameWhatIsSpecial looks for the notes of a table: rows that are no lists, thresholds, ties,
// unassigned seats.
func TestAllocate_TablesNameWhatIsSpecial(t *testing.T) {
	path := writeFile(t, `{"id": "x", "method": "dhondt", "threshold": {"percent": 10, "base": "valid-party-votes"}, "constituencies": [
		{"name": "Tied", "seats": 3, "parties": [{"name": "alder", "votes": 40}, {"name": "birch", "votes": 40}, {"name": "cedar", "votes": 5}, {"name": "the rest", "votes": 15, "lumped": true}]},
		{"name": "Short", "seats": 3, "parties": [{"name": "dogwood", "votes": 40, "max_seats": 2}]},
		{"name": "Silent", "seats": 5, "parties": [{"name": "elder", "votes": 0}, {"name": "fig", "votes": 0}]}]}`)
	explained, _, code := runAllocate(t, AllocateCommand{Files: []string{path}, Explain: true})
	if code != 0 || !strings.Contains(explained, "Silent: 5 seats, dhondt\n") || !strings.Contains(explained, "Seats that no list could take: 5. No list has a vote.") {
		t.Errorf("want exit 0 and the seats of a constituency without a vote, got %d: %s", code, explained)
	}
	race := writeFile(t, `{"id": "p", "kind": "presidential", "rule": {"type": "plurality"}, "rounds": [{"candidates": [{"name": "elm", "votes": 3}, {"name": "fir", "votes": 3}]}]}`)
	out, stderr, code := runAllocate(t, AllocateCommand{Files: []string{path, race}})
	if code != 0 {
		t.Fatalf("want exit 0, got %d: %s", code, stderr)
	}
	plain := strings.Join(strings.Fields(out), " ")
	for _, line := range []string{
		"alder 40 40.00 % 1 – tied for one more", "cedar 5 5.00 % 0 – below the threshold", "the rest 15 15.00 % 0 – not a list",
		"The threshold is 10 votes.", "open among the tied lists: 1", "Seats that no list could take: 1", "elder 0 – 0 – fig 0 – 0 – Seats that no list could take: 5. No list has a vote.", "TIE of elm, fir for 1", "elm 3 50.00 %",
	} {
		if !strings.Contains(plain, line) {
			t.Errorf("want %q in\n%s", line, out)
		}
	}
	for _, line := range []string{"dogwood 40 100.00 % 2 – tied", "more than half of 0"} {
		if strings.Contains(plain, line) {
			t.Errorf("want no %q in\n%s", line, out)
		}
	}
}

// TestServe_ClearsTheBundlesOfBefore puts files where bundles are kept and starts a server.
func TestServe_ClearsTheBundlesOfBefore(t *testing.T) {
	path := countedFolder(t)
	public, full := bundlesOf(t, path)
	before, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	draft := filepath.Join(filepath.Dir(public), "draft-123")
	if err := os.WriteFile(draft, []byte("half a bundle"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := startServer(t.Context(), serverOptions{Folder: path, listenFlags: listenFlags{Addr: "127.0.0.1:0"}, Options: app.Options{MaxUpload: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range []string{public, full, draft} {
		if _, err := os.Stat(name); !os.IsNotExist(err) {
			t.Errorf("%s: want it gone, got %v", filepath.Base(name), err)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/elections/1/bundle.zip", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if again, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(again, before) {
		t.Errorf("want the same bundle written again, got %s, %d bytes, %v", answer.Status, len(again), err)
	}
}
