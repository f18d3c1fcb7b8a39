package cli

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/app"
	"urna/internal/audit"
)

// another makes one more election in the desk's folder, with the same lists, and returns its number.
func (k *keysEnv) another(t *testing.T) int64 {
	t.Helper()
	f, err := openFolder(t.Context(), k.data, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := f.Elections.Election(t.Context(), k.poll.ElectionID)
	if err != nil {
		t.Fatal(err)
	}
	draft := first.Draft()
	draft.Title, draft.OpenNow = "Another", true
	e, err := f.Elections.Create(t.Context(), audit.System(), draft)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// TestKeys_EachElectionHasItsOwn withdraws, revokes and counts under the number of another election.
func TestKeys_EachElectionHasItsOwn(t *testing.T) {
	k := newKeysEnv(t, nil)
	first, second := k.poll.ElectionID, k.another(t)
	mine := k.poll.Keys[0].PersonalID
	k.poll.ElectionID = second
	k.done(t, "0 keys\n", "", "count")
	k.refused(t, "no such roll", "", "withdraw", "--roll", "1")
	k.refused(t, "no key for this personal id", "", "revoke", "--personal-id", mine)
	k.refused(t, "no key for this personal id", "", "revoke", "--personal-id", mine, "--reissue")
	k.done(t, "1 keys issued with roll 2", mine+"\n", "issue", "--roll", "-", "--out", k.file("second.csv"))
	k.poll.ElectionID = first
	k.refused(t, "no such roll", "", "withdraw", "--roll", "2")
	k.done(t, "3 keys\nroll 1: 3 keys, issued since ", "", "count")
}

// TestKeys_UnwritableFiles issues to places where no file can be made: no key comes into force.
func TestKeys_UnwritableFiles(t *testing.T) {
	k := newKeysEnv(t, nil)
	nowhere := filepath.Join(k.file("no-folder"), "keys.csv")
	k.refused(t, "no-folder", "a\n", "issue", "--roll", "-", "--out", nowhere)
	k.refused(t, "no-folder", "", "letters", "--keys", "-", "--url", "https://h", "--out", nowhere)
	k.done(t, "3 keys\nroll 1: 3 keys, issued since ", "", "count")
	keys, url := k.file("keys.csv"), "https://h"
	k.refused(t, "no-folder", "a\n", "issue", "--roll", "-", "--out", keys, "--letters", nowhere, "--url", url)
	k.refused(t, keys+" exists already", "a\n", "issue", "--roll", "-", "--out", keys, "--letters", keys, "--url", url)
	k.refused(t, "--url is for the letters", "a\n", "issue", "--roll", "-", "--out", keys, "--url", url)
	k.refused(t, "--url: Write the address", "a\n", "issue", "--roll", "-", "--out", keys, "--letters", k.file("letters"), "--url", "h")
	if left, err := os.ReadDir(k.folder); err != nil || len(left) != 0 {
		t.Errorf("want no file left, got %v, %v", left, err)
	}
	if out := k.done(t, "3 keys\nroll 1: 3 keys, issued since ", "", "count"); strings.Contains(out, "roll 2") {
		t.Errorf("want no roll begun whose files cannot be made, got %s", out)
	}
}

// TestKeys_LettersForLivingKeysOnly writes letters under another election's number, from a key that was replaced, and
// from a number on that no key has.
func TestKeys_LettersForLivingKeysOnly(t *testing.T) {
	k := newKeysEnv(t, nil)
	first, second := k.poll.ElectionID, k.another(t)
	keys, letters := k.file("keys.csv"), k.file("letters.html")
	k.done(t, "2 keys issued", "a\nb\n", "issue", "--roll", "-", "--out", keys)
	flags := []string{"--keys", keys, "--url", "https://h", "--out", letters}
	k.refused(t, "no letter from number 3 on: the file holds 2 keys", "", "letters", append(flags, "--first", "3")...)
	k.poll.ElectionID = second
	k.refused(t, `Key 1 on the list, of "a", is not one of this election`, "", "letters", flags...)
	k.poll.ElectionID = first
	k.done(t, "", "", "revoke", "--personal-id", "b", "--reissue")
	k.refused(t, `Key 2 on the list, of "b", is not one of this election, or it was revoked or replaced`, "", "letters", flags...)
	if _, err := os.Stat(letters); err == nil {
		t.Error("want no file left of letters with keys that are not in force")
	}
	k.done(t, "", "", "letters", append(flags, "--most", "1")...)
}

// TestKeys_LettersForAMailingHouse writes a ZIP of letters with the texts of a file, and the table of addresses beside them.
func TestKeys_LettersForAMailingHouse(t *testing.T) {
	k := newKeysEnv(t, nil)
	keys, texts := k.file("keys.csv"), k.file("texts.json")
	k.done(t, "3 keys issued", "personal_id,name,address1\na,Ann,1 Quay\nb,Ben,2 Quay\nc,Cem,3 Quay\n", "issue", "--roll", "-", "--out", keys)
	content, err := elections.VoterInformation{Sender: "Harbour Commission", Languages: []string{"ka"}}.WriteFile()
	if err == nil {
		err = os.WriteFile(texts, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"--keys", keys, "--url", "https://h", "--texts", texts}
	k.refused(t, "--split is how many letters a file has", "", "letters", append(flags, "--out", k.file("none"), "--split=-1")...)
	k.done(t, "", "", "letters", append(flags, "--out", k.file("letters.zip"), "--split", "2")...)
	archive, err := zip.OpenReader(k.file("letters.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }() // only read
	want := map[string][]string{
		"letters-0001.html": {"Harbour Commission", `lang="ka"`, "Ann", "Ben"}, "letters-0002.html": {"Cem"},
		"addresses.csv": {"1,letters-0001.html,1,Ann,1 Quay", "3,letters-0002.html,1,Cem,3 Quay"},
	}
	for _, f := range archive.File {
		open, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(open)
		if err := errors.Join(err, open.Close()); err != nil {
			t.Fatal(err)
		}
		got := string(content)
		for _, part := range want[f.Name] {
			if !strings.Contains(got, part) {
				t.Errorf("%s: want %q, got %s", f.Name, part, got)
			}
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		t.Errorf("want %v in the archive, too", want)
	}
	if err := os.WriteFile(texts, []byte(`{"format": "other"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	k.refused(t, `--texts: the texts of letters have the format "other"`, "", "letters", append(flags, "--out", k.file("none"))...)
}

// TestKeys_AFirstLineThatNamesNothing is taken for a voter, and that is said.
func TestKeys_AFirstLineThatNamesNothing(t *testing.T) {
	k := newKeysEnv(t, nil)
	const told = "taken for a voter"
	k.done(t, told, "лични број\n1\n", "issue", "--roll", "-", "--out", k.file("one.csv"))
	if out := k.done(t, "1 keys issued", "personal_id\n2\n", "issue", "--roll", "-", "--out", k.file("two.csv")); strings.Contains(out, told) {
		t.Errorf("want nothing said of a header, got %s", out)
	}
}

// TestKeys_AFileThatFailsIsNotKept has the writing fail, as on a disk that is full, and the closing.
func TestKeys_AFileThatFailsIsNotKept(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys.csv")
	k, err := newKeyFile(name)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	if err := k.keep(full); !errors.Is(err, full) {
		t.Errorf("want the fault told, got %v", err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("want half a file removed")
	}
	if k, err = newKeyFile(name); err != nil {
		t.Fatal(err)
	}
	_ = k.file.Close()
	if err := k.keep(nil); err == nil {
		t.Error("want a file that cannot be put on disk told")
	}
	if k, err = newKeyFile(name); err != nil {
		t.Fatalf("want that one removed too, got %v", err)
	}
	if err := k.keep(nil); err != nil {
		t.Error(err)
	}
}

// TestKeys_RefusalsNameEverything reads a roll with more faults than are listed, and every command without what
// it needs.
func TestKeys_RefusalsNameEverything(t *testing.T) {
	k := newKeysEnv(t, nil)
	roll := strings.Repeat("same\n", 300)
	code, out, errs := k.run(roll, "issue", "--roll", "-", "--out", k.file("out"))
	if code != 1 || out != "" || !strings.Contains(errs, "line 2: ") || !strings.Contains(errs, "line 21: ") || !strings.Contains(errs, "the first 20 of 299 problems") {
		t.Errorf("want the first problems and the number of all, got %d, %q, %q", code, out, errs)
	}
	for _, c := range [][]string{
		{"issue", "--roll", "-"},
		{"issue", "--out", "x"},
		{"revoke"},
		{"withdraw"},
		{"letters", "--keys", "-", "--url", "https://h"},
		{"letters", "--url", "https://h", "--out", "x"},
	} {
		if code, out, errs := k.run("", c[0], c[1:]...); code != 2 || !strings.Contains(out+errs, "missing flags") {
			t.Errorf("%q: want exit 2 and the flag named, got %d, %q, %q", c, code, out, errs)
		}
	}
	for _, command := range []string{"issue", "revoke", "withdraw", "letters", "count"} {
		var told strings.Builder
		args := []string{"keys", command, "--data", k.data}
		if command == "letters" { // which needs no election with an identity
			args = append(args, "--keys", "-", "--out", k.file("x"))
		}
		if code := Main(args, &Streams{In: strings.NewReader(""), Out: &told, Err: &told}); code != 2 ||
			!strings.Contains(told.String(), "--election") {
			t.Errorf("%s: want exit 2 and the election asked for, got %d, %s", command, code, &told)
		}
	}
	k.poll.ElectionID = 4711
	for _, c := range [][]string{
		{"count"},
		{"withdraw", "--roll", "1"},
		{"revoke", "--personal-id", "a"},
		{"letters", "--keys", "-", "--url", "https://h", "--out", k.file("letters")},
	} {
		k.refused(t, "There is no such election", "", c[0], c[1:]...)
	}
}

// TestKeys_LettersFromAListThatASpreadsheetSaved opens the list of keys in a spreadsheet, as it were, and saves it
// again before the letters are written.
func TestKeys_LettersFromAListThatASpreadsheetSaved(t *testing.T) {
	k := newKeysEnv(t, nil)
	keys, letters := k.file("keys.csv"), k.file("letters.html")
	k.done(t, "2 keys issued", "personal_id,name\n007,=Ana\n008,Zoë\n", "issue", "--roll", "-", "--out", keys)
	content, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	list := string(content)
	save := func(list string) {
		if err := os.WriteFile(keys, []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := []string{"--keys", keys, "--url", "https://h", "--out", letters}
	// The ids with the line's end before them: a key may contain the same digits.
	semicolons := "\ufeffsep=;\r\n" + strings.NewReplacer("\n00", "\"\r\n\"00", "\n", "\"\r\n", ",", `";"`, "personal_id", `"personal_id`).Replace(list)

	save(semicolons + strings.Split(semicolons, "\r\n")[3] + "\r\n")
	k.refused(t, "line 5 of the list of keys: it is about the same person as line 4", "", "letters", flags...)
	save(strings.ReplaceAll(list, "\n00", "\n"))
	k.refused(t, "it may have taken zeros off the beginning of personal ids", "", "letters", flags...)
	save(strings.Replace(list, "ë", "\xeb", 1))
	k.refused(t, "line 3 of the list of keys: it is not text in UTF-8", "", "letters", flags...)
	if _, err := os.Stat(letters); err == nil {
		t.Error("want no file left of letters that were not all written")
	}
	save(semicolons)
	k.done(t, "", "", "letters", flags...)
	if document, err := os.ReadFile(letters); err != nil || !strings.Contains(string(document), "Zoë") || !strings.Contains(string(document), "=Ana") || strings.Contains(string(document), "'=Ana") {
		t.Errorf("want both letters with their names, got %v", err)
	}
}

// TestKeys_LettersWithThePublicAddress writes letters without an address, with one that leads to the reader's own
// machine, and with one that was given before.
func TestKeys_LettersWithThePublicAddress(t *testing.T) {
	k := newKeysEnv(t, nil)
	keys := k.file("keys.csv")
	k.done(t, "1 keys issued", "a\n", "issue", "--roll", "-", "--out", keys)
	letters := func(name string, flags ...string) []string {
		return append([]string{"--keys", keys, "--out", k.file(name)}, flags...)
	}
	k.refused(t, "no public address was entered", "", "letters", letters("x")...)
	for _, address := range []string{"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]", "http://0.0.0.0"} {
		k.refused(t, "--allow-loopback", "", "letters", letters("x", "--url", address)...)
		k.refused(t, "--allow-loopback", "b\n", "issue", "--roll", "-", "--out", k.file("y"), "--letters", k.file("x"), "--url", address)
	}
	k.done(t, "", "", "letters", letters("trial", "--url", "http://127.0.0.1:8080", "--allow-loopback")...)
	k.refused(t, "no public address was entered", "", "letters", letters("x")...) // a trial's is not remembered
	k.done(t, "", "", "letters", letters("first", "--url", "https://vote.example.org")...)
	k.done(t, "", "", "letters", letters("second")...)
	t.Setenv("URNA_PUBLIC_URL", "https://other.example.org")
	k.done(t, "", "", "letters", letters("third")...)
	for name, want := range map[string]string{
		"trial": "http://127.0.0.1:8080/vote/", "first": "https://vote.example.org/vote/", "second": "https://vote.example.org/vote/", "third": "https://other.example.org/vote/",
	} {
		if content, err := os.ReadFile(k.file(name)); err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s: want letters with %s, got %v", name, want, err)
		}
	}
}
