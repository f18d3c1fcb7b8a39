package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/audit"
)

// another makes one more election in the desk's folder, with the same lists, and returns its number.
func (d *keysDesk) another(t *testing.T) int64 {
	t.Helper()
	f, err := openExisting(t.Context(), d.data)
	if err != nil {
		t.Fatal(err)
	}
	first, err := f.elections.Election(t.Context(), d.poll.ElectionID)
	if err != nil {
		t.Fatal(err)
	}
	draft := first.Draft()
	draft.Title = "Another"
	e, err := f.elections.Create(t.Context(), audit.System(), draft)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// TestKeys_EachElectionHasItsOwn withdraws, revokes and counts under the number of another election.
func TestKeys_EachElectionHasItsOwn(t *testing.T) {
	d := newKeysDesk(t, nil)
	first, second := d.poll.ElectionID, d.another(t)
	mine := d.poll.Keys[0].PersonalID
	d.poll.ElectionID = second
	d.done(t, "0 keys\n", "", "count")
	d.refused(t, "no such roll", "", "withdraw", "--roll", "1")
	d.refused(t, "no key for this personal id", "", "revoke", "--personal-id", mine)
	d.refused(t, "no key for this personal id", "", "revoke", "--personal-id", mine, "--reissue")
	d.done(t, "1 keys issued with roll 2", mine+"\n", "issue", "--roll", "-", "--out", d.file("second.csv"))
	d.poll.ElectionID = first
	d.refused(t, "no such roll", "", "withdraw", "--roll", "2")
	d.done(t, "3 keys\nroll 1: 3 keys, issued since ", "", "count")
}

// TestKeys_UnwritableFiles issues to places where no file can be made: no key comes into force.
func TestKeys_UnwritableFiles(t *testing.T) {
	d := newKeysDesk(t, nil)
	nowhere := filepath.Join(d.file("no-folder"), "keys.csv")
	d.refused(t, "no-folder", "a\n", "issue", "--roll", "-", "--out", nowhere)
	d.refused(t, "no-folder", "", "letters", "--keys", "-", "--url", "https://h", "--out", nowhere)
	d.done(t, "3 keys\nroll 1: 3 keys, issued since ", "", "count")
	d.refused(t, "no-folder", "a\n", "issue", "--roll", "-", "--out", d.file("keys.csv"), "--letters", nowhere, "--url", "https://h")
	d.done(t, "3 keys\nroll 2: 1 keys, withdrawn since ", "", "count")
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
	d := newKeysDesk(t, nil)
	roll := strings.Repeat("same\n", 300)
	code, out, errs := d.run(roll, "issue", "--roll", "-", "--out", d.file("out"))
	if code != 1 || out != "" || !strings.Contains(errs, "line 2: ") || !strings.Contains(errs, "line 21: ") || !strings.Contains(errs, "the first 20 of 299 problems") {
		t.Errorf("want the first problems and the number of all, got %d, %q, %q", code, out, errs)
	}
	for _, c := range [][]string{
		{"issue", "--roll", "-"},
		{"issue", "--out", "x"},
		{"revoke"},
		{"withdraw"},
		{"letters", "--keys", "-", "--url", "https://h"},
		{"letters", "--keys", "-", "--out", "x"},
		{"letters", "--url", "https://h", "--out", "x"},
	} {
		if code, out, errs := d.run("", c[0], c[1:]...); code != 2 || !strings.Contains(out+errs, "missing flags") {
			t.Errorf("%q: want exit 2 and the flag named, got %d, %q, %q", c, code, out, errs)
		}
	}
	for _, command := range []string{"issue", "revoke", "withdraw", "letters", "count"} {
		var told strings.Builder
		if code := Main([]string{"keys", command, "--data", d.data}, &Streams{In: strings.NewReader(""), Out: &told, Err: &told}); code != 2 ||
			!strings.Contains(told.String(), "--election") {
			t.Errorf("%s: want exit 2 and the election asked for, got %d, %s", command, code, &told)
		}
	}
	d.poll.ElectionID = 4711
	for _, c := range [][]string{
		{"count"},
		{"withdraw", "--roll", "1"},
		{"revoke", "--personal-id", "a"},
		{"letters", "--keys", "-", "--url", "https://h", "--out", d.file("letters")},
	} {
		d.refused(t, "There is no such election", "", c[0], c[1:]...)
	}
}
