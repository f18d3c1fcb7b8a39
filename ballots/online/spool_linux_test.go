package online_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/ballots/online"
)

// spools returns the bytes of the files below the rolls' folder that this process has open.
func (o *env) spools(t *testing.T) (contents [][]byte) {
	t.Helper()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(open) == 0 {
		t.Fatalf("want the open files, got %v, %v", open, err)
	}
	for _, descriptor := range open {
		name, err := os.Readlink(descriptor)
		if err != nil || !strings.HasPrefix(name, filepath.Join(o.folder, "rolls", "roll-")) {
			continue
		}
		if !strings.HasSuffix(name, " (deleted)") {
			t.Errorf("want no name left of a file with keys, got %s", name)
		}
		content, err := os.ReadFile(descriptor)
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, content)
	}
	return contents
}

// TestIssue_SealsTheKeysOnDisk looks at the bytes of the file in which keys wait, while they are issued and after.
func TestIssue_SealsTheKeysOnDisk(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	var seen [][]byte
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 20_000), func(online.Progress) { seen = append(seen, o.spools(t)...) })
	if err != nil {
		t.Fatal(err)
	}
	seen = append(seen, o.spools(t)...)
	words := []string{"person-", "Somebody", "PersonalID", "GUID"}
	n := 0
	for key, err := range issued.Keys() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%1000 == 1 {
			words = append(words, key.GUID, key.PersonalID)
		}
	}
	whole := o.spools(t)
	if len(whole) != 1 || len(whole[0]) < n*40 {
		t.Fatalf("want the test to see the file with all keys, got %d files", len(whole))
	}
	for _, content := range append(seen, whole...) {
		for _, word := range words {
			if bytes.Contains(content, []byte(word)) {
				t.Fatalf("want nothing readable of the keys on disk, found %q", word)
			}
		}
	}
	if err := issued.Close(); err != nil {
		t.Error(err)
	}
	if left := o.spools(t); len(left) != 0 {
		t.Errorf("want the file deleted with the keys, got %d", len(left))
	}
}
