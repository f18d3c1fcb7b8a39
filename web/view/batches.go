package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// BatchTable is a list of batches, newest first.
type BatchTable struct {
	Empty    messages.Message // said if there are no rows
	Official bool             // name who uploaded each
	One      bool             // all are of one election, which no row names
	Rows     []BatchRow
	Older    string // address of the next page, "" where this is the last
	Moving   bool   // a batch in it is being counted, retracted or restored
	PollURL  string // where to ask for it again; "" if the page does not
}

// BatchRow is one batch in a list.
type BatchRow struct {
	Href     string
	Number   messages.Message
	File     string
	Election messages.Message
	Station  messages.Message // none where the constituency has no polling stations
	Place    string           // the constituency, "" where there is just one
	Official string
	Accepted Moment
	State    kit.Mark
	Lines    messages.Message
	Counts   messages.Message // valid, invalid and duplicates
	Percent  messages.Message // of the lines counted so far; none if settled
}

// BatchesPage lists batches for administrators.
type BatchesPage struct {
	Page    Page
	Path    string // its address
	Heading messages.Message
	Lead    messages.Message // none for the list of all elections
	Filters []Filter
	Table   BatchTable
}

// Filter is a list to choose from, above a table.
type Filter struct {
	Field   kit.Field
	Options []kit.Option
}

// BatchPage is one batch with everything that does not count.
type BatchPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Heading  messages.Message
	Election kit.Crumb
	Progress BatchProgress
	Details  []Detail
	Accepted Moment
	Lines    []InvalidLine
	Withheld bool // the poll numbers of the lines are not shown to this reader now
	// First and More are the addresses of the first and the next page of lines, or "" if there is none.
	First    string
	More     string
	Download string           // address of all of them as CSV, or "" if there are none
	Range    messages.Message // what part of the lines that do not count this is
	// Move is an administrator's form.
	Move MoveForm
	// Decide leads an administrator to the approvals: the batch is late and waits.
	Decide bool
}

// MoveForm takes a batch out of the count or puts it back; there is none where Action is "".
type MoveForm struct {
	Action      string
	Heading     messages.Message
	Explanation messages.Message
	Second      messages.Message // that a second administrator must approve it
	Button      messages.Message
	Reason      string // as it was typed
	Problems    kit.Problems
}

// Detail is a named property of a thing; Code values are shown as such.
type Detail struct {
	Name  messages.Message
	Value messages.Message
	Code  bool
	Href  string // where the value leads, "" for nowhere; the election's page alone shows it
}

// BatchProgress is the part of a batch's page that changes while it is counted.
type BatchProgress struct {
	PollURL    string // where to ask again; "" once the batch is settled
	State      kit.Mark
	Sentence   messages.Message
	Failure    messages.Message // none unless counting stopped
	Lines      messages.Message
	Valid      messages.Message
	Invalid    messages.Message
	Duplicates messages.Message
	Rest       messages.Message // lines that are none of these now, "" for none
	RestIs     Rest
	Done       string // lines counted so far, for the bar
	Total      string
}

// Rest says why some lines of a batch are neither valid nor invalid nor duplicates.
type Rest int

// The reasons.
const (
	RestUncounted Rest = iota // they are still to be counted
	RestRetracted             // they are taken out of the count
	RestRestoring             // they are still to be put back
	RestLate                  // they came late, and no administrator has approved them
)

// sum adds up the lines of the batch.
func (p BatchProgress) sum() messages.Markup {
	lines, valid := sumFigure("batch-lines", p.Lines), sumFigure("batch-valid", p.Valid)
	invalid, duplicates := sumFigure("batch-invalid", p.Invalid), sumFigure("batch-duplicates", p.Duplicates)
	rest := sumFigure("batch-rest", p.Rest)
	switch {
	case p.Rest.IsZero():
		return messages.BatchesSum(lines, valid, invalid, duplicates)
	case p.RestIs == RestRetracted:
		return messages.BatchesSumRetracted(lines, valid, invalid, duplicates, rest)
	case p.RestIs == RestLate:
		return messages.BatchesSumLate(lines, valid, invalid, duplicates, rest)
	case p.RestIs == RestRestoring:
		return messages.BatchesSumRestoring(lines, valid, invalid, duplicates, rest)
	default:
		return messages.BatchesSumCounting(lines, valid, invalid, duplicates, rest)
	}
}

// InvalidLine is a line that does not count.
type InvalidLine struct {
	Line       messages.Message
	GUID       string
	PollNumber string // "" if it is withheld
	Reason     messages.Message
}
