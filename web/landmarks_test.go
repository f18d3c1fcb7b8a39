package web_test

import (
	"regexp"
	"testing"
)

var landmark = regexp.MustCompile(`<(?:nav|aside|section)\b[^>]* aria-label="([^"]*)"`)

// wantLandmarksApart checks that a screen reader's list of the parts of a page names none twice.
func wantLandmarksApart(t *testing.T, what, page string) {
	t.Helper()
	seen := map[string]bool{}
	for _, found := range landmark.FindAllStringSubmatch(page, -1) {
		if seen[found[1]] {
			t.Errorf("%s: want one part of the page named %q", what, found[1])
		}
		seen[found[1]] = true
	}
}
