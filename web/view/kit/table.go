package kit

import (
	"github.com/a-h/templ"

	"urna/internal/messages"
)

// Table is a table whose rows fold on a phone: each cell has a line of its own there, behind its column's label.
type Table struct {
	Caption messages.Message
	Class   string // more for its look
	Quiet   bool   // the caption is for screen readers; a heading says it already
	TestID  string
	Columns []Column
	Rows    []Row
	// Sorted tables can be sorted by each column with a click, if the browser runs sort.js.
	Sorted bool
}

// Column is a column of a table.
type Column struct {
	Name   string // for the page's own use
	Href   string // sorts the table on the server; "" for no link
	Sorted string // how the table is sorted by it: ascending, descending, or "" for not
	Head   messages.Message
	Label  messages.Message // before each cell on a phone; none for the first column
	Number bool
}

// Row is a row; its first cell names it.
type Row struct {
	Cells  []Cell
	TestID string
}

// Cell is what a row has in a column.
type Cell struct {
	Content templ.Component
	Href    string // leads from the content; "" for no link
	Value   string // what the column is sorted by: a number, or a text; "" is the text of the content
	Hint    messages.Message
}

// SortScript is the asset that sorts tables. A page with a sorted table lists it among its scripts.
const SortScript = "sort.js"

// TextCell is a cell with a text.
func TextCell(text string) Cell { return Cell{Content: messages.Verbatim(text)} }

// LinkCell is a cell with a text that leads somewhere.
func LinkCell(text, href string) Cell { return Cell{Content: messages.Verbatim(text), Href: href} }
