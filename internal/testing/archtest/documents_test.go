package archtest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestDocuments_ReadmeIsShort keeps README.md a page for people who have never heard of Urna.
func TestDocuments_ReadmeIsShort(t *testing.T) {
	const most = 900
	if n := len(strings.Fields(document(t, "README.md"))); n > most {
		t.Errorf("want at most %d words in README.md, found %d: details belong into docs", most, n)
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestDocuments_LinksLeadSomewhere follows every relative link of every document, to the heading if it names one.
func TestDocuments_LinksLeadSomewhere(t *testing.T) {
	for _, f := range texts(t, ".md") {
		if strings.HasPrefix(f.path, "web/help/") {
			continue // links between chapters are addresses of the server; web/help and web follow them
		}
		for _, found := range link.FindAllStringSubmatch(f.content, -1) {
			target := found[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, heading, _ := strings.Cut(target, "#")
			linked := f.path
			if file != "" {
				linked = path.Join(path.Dir(f.path), file)
			}
			if _, err := os.Stat(filepath.Join(module, filepath.FromSlash(linked))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", f.path, target)
				continue
			}
			if heading != "" && !hasHeading(document(t, linked), heading) {
				t.Errorf("%s: %s has no heading #%s", f.path, linked, heading)
			}
		}
	}
}

// hasHeading reports whether a Markdown document has a heading with this anchor, as forges make it.
func hasHeading(document, anchor string) bool {
	for line := range strings.SplitSeq(document, "\n") {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		made := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, title)
		if made == anchor {
			return true
		}
	}
	return false
}
