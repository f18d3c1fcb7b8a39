package archtest

import (
	"maps"
	"path"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// longestGoFile is the most lines that a hand-written Go file may have, tests included. A longer one is usually two
// things: split it by what it does.
const longestGoFile = 450

func TestLines_NoGoFileIsTooLong(t *testing.T) {
	for _, f := range texts(t, ".go") {
		if n := strings.Count(f.content, "\n"); n > longestGoFile {
			t.Errorf("%s: want at most %d lines, found %d", f.path, longestGoFile, n)
		}
	}
}

// TestLines_AreAsEditorconfigSays checks every text against .editorconfig. Indentation by tabs is gofmt's and templ's
// business. Lines of Markdown that cannot be broken (tables, code, a single long address) have no limit.
func TestLines_AreAsEditorconfigSays(t *testing.T) {
	sections := editorconfig(t)
	for _, f := range texts(t) {
		rules := map[string]string{}
		for _, s := range sections {
			if s.matches(f.path) {
				maps.Copy(rules, s.rules)
			}
		}
		checkFile(t, f, rules)
		if limit, err := strconv.Atoi(rules["max_line_length"]); err == nil {
			checkLengths(t, f, limit)
		}
	}
}

// checkFile reports where the file's encoding, line ends or indentation differ from the rules.
func checkFile(t *testing.T, f text, rules map[string]string) {
	t.Helper()
	if rules["charset"] == "utf-8" && !utf8.ValidString(f.content) {
		t.Errorf("%s: want UTF-8", f.path)
	}
	if rules["insert_final_newline"] == "true" && f.content != "" && !strings.HasSuffix(f.content, "\n") {
		t.Errorf("%s: want a line end after the last line", f.path)
	}
	for number, line := range strings.Split(f.content, "\n") {
		switch {
		case rules["end_of_line"] == "lf" && strings.HasSuffix(line, "\r"):
			t.Errorf("%s:%d: want lines that end in LF alone", f.path, number+1)
		case rules["trim_trailing_whitespace"] == "true" && strings.TrimRight(line, " \t") != line:
			t.Errorf("%s:%d: want no blanks at the line's end", f.path, number+1)
		case rules["indent_style"] == "space" && strings.HasPrefix(line, "\t"):
			t.Errorf("%s:%d: want indentation by spaces", f.path, number+1)
		}
	}
}

// checkLengths reports lines of a Markdown file that are longer than the limit and could be broken.
func checkLengths(t *testing.T, f text, limit int) {
	t.Helper()
	fenced := false
	for number, line := range strings.Split(f.content, "\n") {
		text := strings.TrimLeft(line, " ")
		if strings.HasPrefix(text, "```") {
			fenced = !fenced
		}
		code := fenced || strings.HasPrefix(line, "    ")
		table := strings.HasPrefix(text, "|")
		breakable := strings.LastIndex(line[:min(len(line), limit)], " ") > len(line)-len(text)+2
		if n := utf8.RuneCountInString(line); n > limit && !code && !table && breakable {
			t.Errorf("%s:%d: want at most %d characters, found %d", f.path, number+1, limit, n)
		}
	}
}

// A section of .editorconfig says what holds for files whose names match one of its patterns.
type section struct {
	patterns []string
	rules    map[string]string
}

func (s section) matches(name string) bool {
	for _, p := range s.patterns {
		if ok, err := path.Match(p, path.Base(name)); err == nil && ok {
			return true
		}
	}
	return false
}

// editorconfig reads .editorconfig: the parts of its form that Urna's uses.
func editorconfig(t *testing.T) []section {
	t.Helper()
	var sections []section
	for line := range strings.SplitSeq(document(t, ".editorconfig"), "\n") {
		if pattern, ok := strings.CutPrefix(line, "["); ok {
			sections = append(sections, section{alternatives(strings.TrimSuffix(pattern, "]")), map[string]string{}})
			continue
		}
		if key, value, ok := strings.Cut(line, " = "); ok && len(sections) > 0 {
			sections[len(sections)-1].rules[key] = value
		}
	}
	if len(sections) < 2 {
		t.Fatal("want the sections of .editorconfig")
	}
	return sections
}

// alternatives returns the patterns that one with {a,b} means.
func alternatives(pattern string) []string {
	before, rest, ok := strings.Cut(pattern, "{")
	if !ok {
		return []string{pattern}
	}
	inner, after, _ := strings.Cut(rest, "}")
	var all []string
	for choice := range strings.SplitSeq(inner, ",") {
		all = append(all, before+choice+after)
	}
	return all
}
