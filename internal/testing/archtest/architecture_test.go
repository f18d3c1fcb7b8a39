package archtest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the lists of ARCHITECTURE.md")

// architectureWidth is the longest line of ARCHITECTURE.md, as .editorconfig gives it.
const architectureWidth = 110

// TestArchitecture_ShowsTheLists keeps the blocks of ARCHITECTURE.md between markers equal to the lists that the tests of
// this package check. -update writes them.
func TestArchitecture_ShowsTheLists(t *testing.T) {
	path := filepath.Join(module, "ARCHITECTURE.md")
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(written)
	for name, block := range map[string]string{"imports": importsBlock(), "tables": tablesBlock()} {
		start, end := "<!-- "+name+": written by go test ./internal/testing/archtest -update -->\n", "<!-- end of "+name+" -->\n"
		before, rest, ok := strings.Cut(text, start)
		old, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Errorf("ARCHITECTURE.md: want the lines %q and %q", start, end)
			continue
		}
		if *update {
			text = before + start + block + end + after
		} else if old != block {
			t.Errorf("ARCHITECTURE.md: the block %q differs from the list; run go test ./internal/testing/archtest -update\n%s", name, block)
		}
	}
	if *update && !t.Failed() && text != string(written) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// importsBlock is the drawing as a mermaid graph of the program's packages and as a list of all of them.
func importsBlock() string {
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n")
	for _, n := range drawing {
		if !testsOnly(n.name) && !slices.Contains(anyone, n.name) {
			fmt.Fprintf(&b, "  %s[%s]\n", nodeID(n.name), n.name)
		}
	}
	for _, n := range drawing {
		for to := range slices.Chunk(direct(n), 4) {
			if !testsOnly(n.name) {
				fmt.Fprintf(&b, "  %s --> %s\n", nodeID(n.name), strings.Join(to, " & "))
			}
		}
	}
	b.WriteString("```\n\nAn import that follows from others is not drawn. The whole list:\n\n```text\n")
	for _, n := range drawing {
		may := strings.Join(n.may, ", ")
		if may == "" {
			may = "(none)"
		}
		b.WriteString(wrapped(fmt.Sprintf("%-26s → ", n.name), may))
	}
	b.WriteString(wrapped(fmt.Sprintf("%-26s → ", "every package"), strings.Join(anyone, ", ")))
	b.WriteString("```\n")
	return b.String()
}

// wrapped returns the text after the head, with line breaks at blanks, the further lines indented.
func wrapped(head, text string) string {
	var b strings.Builder
	line, indent := head, strings.Repeat(" ", utf8.RuneCountInString(head))
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > architectureWidth:
			b.WriteString(line + "\n")
			line = indent + word
		default:
			line += " " + word
		}
	}
	return b.String() + line + "\n"
}

func testsOnly(name string) bool { return within(name, "internal/testing") }

// nodeID returns a package's name as mermaid takes it.
func nodeID(name string) string { return strings.NewReplacer("/", "_", ".", "_").Replace(name) }

// direct returns, as mermaid takes them, the packages that the node may import and that none of its other imports may
// import, in the drawing's order.
func direct(n node) []string {
	var all []string
	for _, other := range drawing {
		if mayImport(n, other.name) && !slices.Contains(anyone, other.name) {
			all = append(all, other.name)
		}
	}
	var ids []string
	for _, to := range all {
		if !slices.ContainsFunc(all, func(between string) bool { return between != to && reaches(between, to, map[string]bool{n.name: true}) }) {
			ids = append(ids, nodeID(to))
		}
	}
	return ids
}

// mayImport reports whether the drawing lets the node import the package, which is none that serves tests alone.
func mayImport(n node, name string) bool {
	return n.name != name && !testsOnly(name) && slices.ContainsFunc(n.may, func(pattern string) bool { return matches(pattern, name) })
}

// reaches reports whether a path of imports leads from one package to the other, past those that were seen.
func reaches(from, to string, seen map[string]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	at := slices.IndexFunc(drawing, func(n node) bool { return n.name == from })
	return at >= 0 && slices.ContainsFunc(drawing, func(next node) bool {
		return mayImport(drawing[at], next.name) && (next.name == to || reaches(next.name, to, seen))
	})
}
