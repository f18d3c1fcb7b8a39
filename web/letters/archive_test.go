package letters_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"urna/ballots/online"
	"urna/elections"
	"urna/web/letters"
)

// TestWriteArchive_KeysAreInTheLettersAlone splits three letters into files of two. The table has a line for each, in their order,
// and no key, id or e-mail address.
func TestWriteArchive_KeysAreInTheLettersAlone(t *testing.T) {
	l, err := letters.New(election(), "https://vote.example.org")
	if err != nil {
		t.Fatal(err)
	}
	var keys []online.Key
	for _, name := range []string{"Ana", "Boris", "Cleo"} {
		keys = append(keys, online.Key{PersonalID: "id-of-" + name, GUID: guid, ConstituencyID: 2, Name: name, Email: name + "@example.org"})
	}
	var b bytes.Buffer
	if err := l.WriteArchive(t.Context(), &b, 2, each(nil, keys...)); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	if len(files) != 3 || strings.Count(files["letters-0001.html"], `class="letter"`) != 2 || strings.Count(files["letters-0002.html"], `class="letter"`) != 1 {
		t.Errorf("want two files of letters and the table, got %d files", len(files))
	}
	table := files["addresses.csv"]
	for _, secret := range []string{guid, guid[:8], "id-of", "@"} {
		if strings.Contains(table, secret) {
			t.Errorf("want no %q in the table, got %s", secret, table)
		}
	}
	if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[3], "3,letters-0002.html,1,Cleo,") || !strings.HasSuffix(strings.TrimSpace(lines[3]), ",South") {
		t.Errorf("want a line for each letter, got %s", table)
	}
	broken := errors.New("broken")
	b.Reset()
	if err := l.WriteArchive(t.Context(), &b, 1, each(broken, keys...)); !errors.Is(err, broken) {
		t.Errorf("want the error of the keys, got %v", err)
	}
	if _, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
		t.Error("want an archive that broke off not to look whole")
	}
}

// TestLetters_WithoutThePersonalID leaves it out of the page and of the code.
func TestLetters_WithoutThePersonalID(t *testing.T) {
	l, err := letters.New(election(), "https://vote.example.org")
	if err != nil {
		t.Fatal(err)
	}
	key := online.Key{PersonalID: "id-17", GUID: guid, ConstituencyID: 1}
	if !strings.Contains(l.Link(key), "id-17") {
		t.Errorf("want the id in the code, got %s", l.Link(key))
	}
	l.UseInformation(elections.VoterInformation{HidesPersonalID: true, Texts: map[string]elections.LetterText{"en": {Closing: "Yours <all>"}}})
	var b strings.Builder
	if err := l.Write(t.Context(), &b, each(nil, key)); err != nil {
		t.Fatal(err)
	}
	if letter := b.String(); strings.Contains(letter, "id-17") || strings.Contains(l.Link(key), "id-17") || !strings.Contains(letter, "Yours &lt;all&gt;") {
		t.Errorf("want a letter without the id, and its text, got %s", letter)
	}
}
