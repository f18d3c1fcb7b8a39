package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Phrases that make Urna hard to read for people whose first language is not English, and how often each may occur in
// hand-written source, sentences and documents, in any of its forms. Lower a number when the count falls; never raise one.
// docs/development.md says what to write instead.
var phrases = []struct {
	most  int
	forms []string
}{
	{0, []string{"whoever"}},
	{25, []string{"nobody"}},
	{8, []string{"somebody"}},
	{1, []string{"stands"}},
	{16, []string{"what is"}},
	{0, []string{"let go", "lets go"}},
	{0, []string{"or all but does"}},
	{1, []string{"at rest"}},
	{0, []string{"on its way", "on their way"}},
	{0, []string{"give way", "gives way"}},
	{0, []string{"where there is none", "where there are none"}},
	{0, []string{"without a word"}},
	{9, []string{"taken back"}},
	{0, []string{"anew"}},
}

// TestPhrases_DoNotComeBack counts phrases in all hand-written files, also across line ends. CHANGELOG.md keeps the
// words in which earlier changes were announced.
func TestPhrases_DoNotComeBack(t *testing.T) {
	places := make([]map[string]int, len(phrases))
	for _, f := range texts(t, ".go", ".templ", ".md", ".js", ".css", ".sql", ".yml", ".toml") {
		if f.path == "CHANGELOG.md" || f.path == "internal/testing/archtest/phrases_test.go" {
			continue
		}
		words := wordsOf(f.content)
		for i, p := range phrases {
			for _, form := range p.forms {
				if n := strings.Count(words, " "+form+" "); n > 0 {
					if places[i] == nil {
						places[i] = map[string]int{}
					}
					places[i][f.path] += n
				}
			}
		}
	}
	for i, p := range phrases {
		count := 0
		for _, n := range places[i] {
			count += n
		}
		t.Logf("%d of at most %d: %s", count, p.most, p.forms[0])
		if count > p.most {
			t.Errorf("want %q at most %d times, found %d:\n%s", p.forms, p.most, count, listed(places[i]))
		}
	}
}

// wordsOf returns the words of a text in small letters, each between two blanks, so that a phrase is found across line
// ends and the marks of comments too.
func wordsOf(content string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for word := range strings.FieldsFuncSeq(strings.ToLower(strings.ReplaceAll(content, "http.NoBody", "")), func(r rune) bool { return !unicode.IsLetter(r) && r != '_' }) {
		b.WriteString(word + " ")
	}
	return b.String()
}

// listed returns the files and their numbers, one a line.
func listed(places map[string]int) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(places)) {
		fmt.Fprintf(&b, "  %s: %d\n", name, places[name])
	}
	return b.String()
}
