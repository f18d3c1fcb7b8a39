package messages

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// scriptWords are string literals of scripts that look like sentences and are the browser's or the style's names.
var scriptWords = []string{"use strict", "Files", "soft numeric", "Enter"}

// TestScripts_HaveNoSentencesOfTheirOwn finds string literals of scripts that people would read: the page gives a script its
// sentences, in data-text attributes.
func TestScripts_HaveNoSentencesOfTheirOwn(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join(module, "assets/scripts/*.js"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("want the scripts, got %v, %v", scripts, err)
	}
	for _, path := range scripts {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range scriptSentences(string(source)) {
			t.Errorf("%s shows %q: the page must give it, from the catalogue, in a data-text attribute", filepath.Base(path), text)
		}
	}
}

func TestScripts_EveryPlaceForTextIsLookedAt(t *testing.T) {
	const source = `// "Not in a comment of words"
/* 'nor in a long one' */
"use strict"; find.querySelector("main [data-x], div.of p"); send("POST", 'no-store'); a.type === "Files";
say("A whole sentence."); say('in other marks'); n + " MB"; node.textContent = "checked"; say("Sending"); say(` + "`a template of ${n} words`" + `);`
	want := []string{"A whole sentence.", "in other marks", " MB", "checked", "Sending", "a template of ${n} words"}
	if got := scriptSentences(source); !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
}

// scriptSentences returns the string literals of a script that read like a sentence or a part of one. Arguments of
// querySelector are not shown.
func scriptSentences(source string) []string {
	var found []string
	for i := 0; i < len(source); {
		rest := source[i:]
		switch {
		case strings.HasPrefix(rest, "//"):
			i += end(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			i += end(rest, "*/")
		case strings.ContainsRune("\"'`", rune(rest[0])):
			length := end(rest[1:], rest[:1])
			text, before := rest[1:length], source[:i]
			selector := strings.HasSuffix(before, "querySelector(") || strings.HasSuffix(before, "querySelectorAll(")
			shown := strings.HasSuffix(before, "textContent = ")
			if !selector && !slices.Contains(scriptWords, text) && readLike(text, shown) {
				found = append(found, text)
			}
			i += 1 + length
		default:
			i++
		}
	}
	return found
}

// end returns the offset behind the first mark in a text, its length if there is none.
func end(text, mark string) int {
	if i := strings.Index(text, mark); i >= 0 {
		return i + len(mark)
	}
	return len(text)
}

// readLike reports whether a literal reads like words: a sentence, a capitalized word, a text glued to others, or any
// word if it is shown.
func readLike(text string, shown bool) bool {
	letters := strings.ContainsFunc(text, unicode.IsLetter)
	glued := letters && text != strings.TrimSpace(text)
	return glued || shown && letters || isSentence(text) || oneWord.MatchString(text)
}
