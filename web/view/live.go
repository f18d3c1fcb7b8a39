package view

import "urna/internal/messages"

// BarChart shows shares on a scale with an axis. It is as wide as its place:
// lengths across are parts of that, such as "86.64%", and lengths down are pixels.
type BarChart struct {
	Title  messages.Message // the figure's heading
	Text   messages.Message // says in words what the picture shows
	Note   messages.Message // what the bars and the line are, below the picture
	Height string
	Top    string // of the plot
	Bottom string // of the plot
	AxisY  string // of the ticks' labels
	Ticks  []Tick
	Bars   []Bar
}

// Tick is a place on a scale with its label.
type Tick struct {
	X      string           // such as "25.00%"
	Text   messages.Message // such as "20 %"
	Anchor string           // start, middle or end
}

// Bar is a bar with its name above it.
type Bar struct {
	Name   messages.Message
	Value  messages.Message // such as "38.21 %"
	Color  string
	TextY  string
	BarY   string
	Length string
}

// Timeline shows how a count grew, in a view box 400 wide and 190 high. Its table says the same.
type Timeline struct {
	Title messages.Message
	Text  messages.Message // says in words what the picture shows
	Area  string           // the path of all ballots
	Lines []TimelineLine
	Marks []AxisMark
	// Columns and Rows are the table: a time, the ballots, and the votes of each line.
	Columns []messages.Message
	Rows    []TimelineRow
}

// TimelineLine is one participant's line.
type TimelineLine struct {
	Name  string
	Color string
	Path  string
}

// AxisMark is a label of an axis, with a rule across the picture where Rule is set.
type AxisMark struct {
	X, Y   string
	Anchor string // start, middle or end
	Text   messages.Message
	Rule   bool
}

// TimelineRow is a moment of the count.
type TimelineRow struct {
	Time  Moment
	Cells []messages.Message
}

// offset moves a label off the rule or the edge that it names.
func (m AxisMark) offset() string {
	if m.Rule {
		return "-4"
	}
	return "14"
}
