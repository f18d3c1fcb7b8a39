package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"urna/internal/app/verify"
)

// The lines of a stored note.
const (
	rootLine    = 2
	logLine     = 4 // the signature of the log
	witnessLine = 5 // the signature of the witness
)

// TestFolder_NamesCountersignaturesThatDoNotHold alters the note of a stored countersignature.
func TestFolder_NamesCountersignaturesThatDoNotHold(t *testing.T) {
	for name, c := range map[string]struct {
		change func(note, other []string) []string
		want   string
	}{
		"the signature of the witness": {
			func(note, _ []string) []string { return withOther(note, witnessLine, -20) }, "invalid signature for key one",
		},
		"the time of the witness": {
			func(note, _ []string) []string { return withOther(note, witnessLine, len("— one AAAAAA")) }, "invalid signature for key one",
		},
		"the signature of the log": {
			func(note, _ []string) []string { return withOther(note, logLine, -20) }, "invalid signature for key log.urna/",
		},
		"another key of the log": {
			func(note, _ []string) []string {
				return withOther(note, logLine, strings.LastIndex(note[logLine], " ")+1)
			}, "it has no signature of the log",
		},
		"no signature of the log": {
			func(note, _ []string) []string { return slices.Delete(note, logLine, logLine+1) }, "its note has not two signatures",
		},
		"another witness": {
			func(note, other []string) []string { note[witnessLine] = other[witnessLine]; return note }, "it has no countersignature of its witness",
		},
		"another root": {
			func(note, _ []string) []string { return withOther(note, rootLine, 0) }, "invalid signature",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := furnish(t)
			db := around(t, path)
			stored := texts(t, db, `SELECT note FROM countersignatures ORDER BY id`)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			note := c.change(strings.Split(stored[0], "\n"), strings.Split(stored[1], "\n"))
			alter(t, path, fmt.Sprintf(`UPDATE countersignatures SET note = '%s' WHERE id = 1`, strings.Join(note, "\n")))
			found := verified(t, path, verify.Options{}).Differences
			if len(found) != 1 || found[0].Check != "witnesses" || !strings.Contains(found[0].Sentence, "countersignatures id 1: ") ||
				!strings.Contains(found[0].Sentence, c.want) {
				t.Errorf("want it said of the countersignature that %q, got %+v", c.want, found)
			}
		})
	}
}

// TestFolder_NamesCountersignaturesThatAreNotTheirNotes alters the columns that are copies from the note.
func TestFolder_NamesCountersignaturesThatAreNotTheirNotes(t *testing.T) {
	for _, column := range []string{"size", "signed_at"} {
		path := furnish(t)
		alter(t, path, fmt.Sprintf(`UPDATE countersignatures SET %s = %[1]s + 1 WHERE id = 1`, column))
		found := verified(t, path, verify.Options{}).Differences
		if len(found) != 1 || !strings.Contains(found[0].Sentence, "countersignatures id 1: its size or its time is not that of its note") {
			t.Errorf("%s: want it named, got %+v", column, found)
		}
	}
}

// withOther puts another character of base64 at a place of a line, which is counted from the end if it is negative.
func withOther(note []string, line, at int) []string {
	content := []byte(note[line])
	if at < 0 {
		at += len(content)
	}
	if content[at] == 'A' {
		content[at] = 'B'
	} else {
		content[at] = 'A'
	}
	note[line] = string(content)
	return note
}
