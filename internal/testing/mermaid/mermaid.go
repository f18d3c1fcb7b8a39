// Package mermaid reads the state diagrams of ARCHITECTURE.md, so that tests can compare them with the code.
package mermaid

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A Transition is one arrow of a state diagram. From or To is "" where the diagram begins or ends.
type Transition struct {
	From, To, Label string
}

var arrow = regexp.MustCompile(`(?m)^ *(\[\*\]|\w+) --> (\[\*\]|\w+)(?:: (.*))?$`)

// StateDiagram returns the arrows of the first state diagram under the heading, in the document at path.
func StateDiagram(tb testing.TB, path, heading string) []Transition {
	tb.Helper()
	document, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	_, section, found := strings.Cut(string(document), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, diagram, drawn := strings.Cut(section, "```mermaid\nstateDiagram-v2\n")
	diagram, _, closed := strings.Cut(diagram, "```")
	if !found || !drawn || !closed {
		tb.Fatalf("%s: want a state diagram under %q", path, heading)
	}
	var all []Transition
	for _, a := range arrow.FindAllStringSubmatch(diagram, -1) {
		all = append(all, Transition{strings.Trim(a[1], "[*]"), strings.Trim(a[2], "[*]"), a[3]})
	}
	if len(all) == 0 {
		tb.Fatalf("%s: want arrows under %q", path, heading)
	}
	return all
}

// States returns the names of the states, sorted.
func States(transitions []Transition) []string {
	var names []string
	for _, t := range transitions {
		names = append(names, t.From, t.To)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// Edges returns the arrows between two states, as "from → to", sorted.
func Edges(transitions []Transition) []string {
	var all []string
	for _, t := range transitions {
		if t.From != "" && t.To != "" {
			all = append(all, t.From+" → "+t.To)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
