package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/app"
	"urna/internal/text"
)

// steering is what a terminal would obey: it clears the screen, colours, turns the text around and begins a line.
const steering = "A\x1b[2J\u009b31m\u202e\x7f\nFORGED"

// emptyFolder makes a data folder.
func emptyFolder(t *testing.T, path string) {
	t.Helper()
	f, err := openFolder(t.Context(), path, app.Options{Create: true, Parts: app.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// resultsWith is a results file whose names and texts are the given one.
func resultsWith(t *testing.T, name string) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"id": name, "name": name, "date": name, "kind": "parliamentary", "constituencies": []any{map[string]any{
			"id": name, "name": name, "seats": 3, "method": "dhondt",
			"parties": []any{
				map[string]any{"name": name, "votes": 60, "seats": 1}, map[string]any{"name": name + "2", "votes": 60, "seats": 2},
			},
		}, map[string]any{"id": name + "3", "name": name, "seats": 1, "method": name, "parties": []any{map[string]any{"name": name, "votes": 6}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, string(raw))
}

// roundsWith is a presidential results file of the kind.
func roundsWith(t *testing.T, name string) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"id": name, "name": name, "date": name, "kind": "presidential", "winner": name, "rule": map[string]any{"type": "absolute-majority-or-runoff", "majority_base": "valid"},
		"rounds": []any{map[string]any{"candidates": []any{
			map[string]any{"name": name + "1", "votes": 50}, map[string]any{"name": name + "2", "votes": 60},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, string(raw))
}

func TestCommands_NothingSteersTheTerminal(t *testing.T) {
	data := t.TempDir()
	run := func(args ...string) (out string, code int) {
		t.Helper()
		var both strings.Builder
		code = Main(args, &Streams{In: strings.NewReader(""), Out: &both, Err: &both})
		return both.String(), code
	}
	harmless := func(t *testing.T, out string) {
		t.Helper()
		for _, r := range out {
			if text.Steers(r) && r != '\n' && r != '\t' {
				t.Errorf("want no %U on the terminal, got %q", r, out)
				break
			}
		}
		if strings.HasPrefix(out, "FORGED") || strings.Contains(out, "\nFORGED") {
			t.Errorf("want no line that the program does not say, got %q", out)
		}
	}
	emptyFolder(t, data)
	good := writeFile(t, definition)
	if out, code := run("elections", "import", good, "--data", data); code != 0 {
		t.Fatal(out)
	}
	escaped, err := json.Marshal(steering)
	if err != nil {
		t.Fatal(err)
	}
	bad := writeFile(t, strings.NewReplacer(`"Provinces"`, string(escaped), `"Unity"`, string(escaped), `"North"`, string(escaped)).Replace(definition))
	odd := filepath.Join(t.TempDir(), steering) // the name of a file
	if err := os.WriteFile(odd, []byte("no bundle"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"title", "participants"} {
		table, column := "elections", name
		if name == "participants" {
			table, column = name, "name"
		}
		change(t, filepath.Join(data, "urna.db"), `UPDATE `+table+` SET `+column+` = 'A' || char(27) || '[2J' || char(155) || '31m' || char(8238) || char(127) || char(10) || 'FORGED'`)
	}
	for _, args := range [][]string{
		{"elections", "list", "--data", data},
		{"elections", "import", bad, "--data", data},
		{"elections", "import", odd, "--data", data},
		{"elections", "export", "1", "--data", data},
		{"elections", "export", "99", "--data", filepath.Join(data, steering)},
		{"verify", "--data", data},
		{"verify", odd},
		{"allocate", steering},
		{"allocate", resultsWith(t, steering)},
		{"allocate", "--explain", resultsWith(t, steering)},
		{"allocate", "--json", resultsWith(t, steering)},
		{"allocate", roundsWith(t, steering)},
		{"rehearse", steering},
		{"rehearse", resultsWith(t, steering)},
		{"simulate", "--mix", steering},
		{"keys", "issue", "--data", data, "--election", "1", "--roll", odd, "--out", filepath.Join(data, steering)},
		{"keys", "count", "--data", data, "--election", "1"},
		{"--" + steering},
		{steering},
		{"serve", "--data", odd},
	} {
		t.Run(text.Printable(strings.Join(args[:min(2, len(args))], " ")), func(t *testing.T) {
			out, _ := run(args...)
			if out == "" {
				t.Error("want something said")
			}
			harmless(t, out)
		})
	}
}

// TestElections_ExportStaysExact exports a name that only an earlier version took, as JSON that says the same.
func TestElections_ExportStaysExact(t *testing.T) {
	data := t.TempDir()
	run := func(args ...string) string {
		var out, errs strings.Builder
		if code := Main(append(args, "--data", data), &Streams{In: strings.NewReader(""), Out: &out, Err: &errs}); code != 0 {
			t.Fatal(errs.String())
		}
		return out.String()
	}
	emptyFolder(t, data)
	run("elections", "import", writeFile(t, definition))
	change(t, filepath.Join(data, "urna.db"), `UPDATE elections SET title = 'A' || char(155) || char(127) || char(8238) || 'Љ'`)
	var exported struct {
		Title string `json:"title"`
	}
	if err := json.Unmarshal([]byte(run("elections", "export", "1")), &exported); err != nil || exported.Title != "A\u009b\x7f\u202eЉ" {
		t.Errorf("want the title as it is stored, got %q, %v", exported.Title, err)
	}
}

// TestScreen_CharactersThatComeInPieces writes byte by byte.
func TestScreen_CharactersThatComeInPieces(t *testing.T) {
	var out strings.Builder
	s := &screen{out: &out}
	const sent = "Љ\u202e \x1b é\t\n\xff 👩\xe2\x80"
	for i := range len(sent) {
		if n, err := s.Write([]byte(sent[i : i+1])); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	s.end()
	if want := "Љ" + `\u202e \u001b é` + "\t\n" + `\xff 👩\xe2\x80`; out.String() != want {
		t.Errorf("want %q, got %q", want, out.String())
	}
}

func TestElections_ImportNamesLookalikes(t *testing.T) {
	data := t.TempDir()
	emptyFolder(t, data)
	run := func(text string) string {
		var out, errs strings.Builder
		if code := Main([]string{"elections", "import", writeFile(t, text), "--data", data}, &Streams{In: strings.NewReader(""), Out: &out, Err: &errs}); code != 0 {
			t.Fatal(errs.String())
		}
		return errs.String()
	}
	if said := run(definition); strings.Contains(said, "note:") {
		t.Errorf("want no note about the first, got %s", said)
	}
	if said := run(strings.Replace(definition, `"Unity"`, `"UNITY"`, 1)); strings.Contains(said, "note:") {
		t.Errorf("want the registered participant found, got %s", said)
	}
	said := run(strings.Replace(definition, `"Coalition"`, `"Coali\u00adtion"`, 1))
	if want := `note: participant 3, "Coali\u00adtion", is new and looks the same as participant 2, "Coalition"`; !strings.Contains(said, want) {
		t.Errorf("want %q, got %s", want, said)
	}
}
