package archtest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Phrases that make Urna hard to read for people whose first language is not English, and how often each may occur in
// hand-written source and documents. Lower a number when the count falls; never raise one. docs/development.md says
// what to write instead.
var phrases = []struct {
	phrase string // a regular expression, matched without regard to capitals
	most   int
}{
	{`whoever`, 125},
	{`nobody`, 382},
	{`somebody`, 71},
	{`stands`, 162},
	{`what is`, 228},
	{`lets? go`, 30},
	{`or all but does`, 7},
	{`at rest`, 10},
	{`on (its|their) way`, 39},
	{`gives? way`, 8},
	{`where there (is|are) none`, 40},
	{`without a word`, 14},
	{`taken back`, 18},
	{`anew`, 82},
}

// TestPhrases_DoNotComeBack counts phrases in all hand-written files, also across line ends. CHANGELOG.md keeps the
// words in which earlier changes were announced.
func TestPhrases_DoNotComeBack(t *testing.T) {
	files := texts(t, ".go", ".templ", ".md", ".js", ".css", ".sql", ".yml")
	files = slices.DeleteFunc(files, func(f text) bool {
		return f.path == "CHANGELOG.md" || f.path == "internal/testing/archtest/phrases_test.go"
	})
	for _, p := range phrases {
		t.Run(p.phrase, func(t *testing.T) {
			// A phrase may be broken by a line end, the marks of a comment and indentation.
			pattern := regexp.MustCompile(`(?i)\b(` + strings.ReplaceAll(p.phrase, " ", `[\s/*#-]+`) + `)\b`)
			places, count := map[string]int{}, 0
			for _, f := range files {
				if n := len(pattern.FindAllString(f.content, -1)); n > 0 {
					places[f.path], count = n, count+n
				}
			}
			t.Logf("%d of at most %d", count, p.most)
			if count > p.most {
				t.Errorf("want %q at most %d times, found %d:\n%s", p.phrase, p.most, count, listed(places))
			}
		})
	}
}

// listed returns the files and their numbers, one a line.
func listed(places map[string]int) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(places)) {
		fmt.Fprintf(&b, "  %s: %d\n", name, places[name])
	}
	return b.String()
}
