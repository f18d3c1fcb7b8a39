package kit

import "urna/internal/messages"

// Title is the band at the top of a page: the way to it, its name, its state, and the first facts.
type Title struct {
	Crumbs []Crumb
	Name   string
	Struck bool // what it names is no longer
	States []Mark
	Meta   []messages.Message // facts in a line, such as when the figures changed
}
