package view

import (
	"strconv"

	"urna/internal/messages"
	"urna/web/view/kit"
)

// Outcome is the sentence that people came for.
type Outcome struct {
	Class OutcomeClass
	Lead  messages.Message
	More  messages.Message
	Later messages.Message // the steps to come, such as the certification
}

// OutcomeClass says how firm an outcome is.
type OutcomeClass string

// ResultTable is a table of votes with a bar for each share.
type ResultTable struct {
	Caption    messages.Message
	ShowPoll   bool // the rows are candidacies of one constituency
	ShowSeats  bool
	Rows       []ResultRow
	Ticks      []Tick           // of the bars' scale
	Steps      int              // the scale's equal parts
	Line       *Tick            // names the threshold's line, or nil if there is none
	Note       messages.Message // about the threshold, "" for none
	Tie        messages.Message // what the tie is about, "" for none
	Decided    messages.Message // what the rules for ties decided, "" for nothing
	Unassigned messages.Message // the number of unassigned seats, and why; "" for none
	Problem    messages.Message // why the seats cannot be allocated, "" where they can
	Missed     []messages.Message
	Explain    string // address of the page that explains each seat, "" for none
	Total      *ResultTotal
}

// ResultTotal is the last line of a table.
type ResultTotal struct {
	Votes messages.Message
	Seats messages.Message
}

// ResultRow is one participant's result.
type ResultRow struct {
	PollNumber string
	Name       string
	ShortName  string
	Color      string
	Votes      messages.Message
	VotesValue string // the count without spaces, for machines
	Share      messages.Message
	Bar        string // the share on the scale, such as "86.64%"
	Line       string // where the threshold is on the scale, "" where none holds for this row
	Seats      messages.Message
	Below      bool             // below the threshold
	Remark     messages.Message // such as "below the threshold", "" for none
	RemarkIs   string           // "gained" for a certified gain, "leads" for a provisional one or a second round, "" for other remarks
}

// Part is a constituency's section.
type Part struct {
	ID   string // of the element
	Name string
	What messages.Message // its seats, turnout and strongest participant in a line

	Stations messages.Message // how many of its polling stations are counted, "" without stations
	Figures  []kit.Figure
	Table    ResultTable
}

// TurnoutRow is one constituency's turnout.
type TurnoutRow struct {
	Name       string
	Cast       messages.Message
	Registered messages.Message
	Turnout    messages.Message
	Remark     messages.Message // on a turnout above 100 %, "" for any other
}

// scaleClass returns the class that draws the scale of the table's bars.
func (t ResultTable) scaleClass() string {
	if t.Steps == 0 {
		return ""
	}
	return "in-" + strconv.Itoa(t.Steps)
}

// StandingPart is the lists or candidates of a constituency.
type StandingPart struct {
	Name    messages.Message
	Caption messages.Message // of the table
	What    messages.Message
	Rows    []StandingRow
}

// StandingRow is one candidacy before anything is counted.
type StandingRow struct {
	PollNumber string
	Name       string
	Color      string
	Remark     messages.Message
}

// turnoutByConstituency is the table of the turnout.
func turnoutByConstituency(rows []TurnoutRow) kit.Table {
	t := kit.Table{
		Caption: messages.ResultsTurnoutByConstituency(), TestID: "turnout-table",
		Columns: []kit.Column{
			{Head: messages.ResultsConstituency()},
			{Head: messages.ResultsCast(), Label: messages.ResultsCastLabel(), Number: true},
			{Head: messages.ResultsRegistered(), Label: messages.ResultsRegisteredLabel(), Number: true},
			{Head: messages.ResultsTurnout(), Label: messages.ResultsTurnoutLabel(), Number: true},
		},
	}
	for _, row := range rows {
		t.Rows = append(t.Rows, kit.Row{Cells: []kit.Cell{
			kit.TextCell(row.Name), {Content: row.Cast}, {Content: row.Registered}, {Content: row.Turnout, Hint: row.Remark},
		}})
	}
	return t
}
