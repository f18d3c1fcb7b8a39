package view

// BarChart shows how many votes each of the strongest has, longest bar first.
type BarChart struct {
	Title  string // the figure's heading
	Text   string // says in words what the picture shows
	Height string // of the view box, which is 400 wide
	Bars   []Bar
}

// Bar is one participant's bar. Lengths are in the units of the view box.
type Bar struct {
	Name   string
	Value  string // such as "38.21 %"
	Color  string
	TextY  string
	BarY   string
	Length string
}

// Timeline shows how a count grew, in a view box 400 wide and 190 high. Its table says the same.
type Timeline struct {
	Title string
	Text  string // says in words what the picture shows
	Area  string // the path of all ballots
	Lines []TimelineLine
	Marks []AxisMark
	// Columns and Rows are the table: a time, the ballots, and the votes of each line.
	Columns []string
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
	Text   string
	Rule   bool
}

// TimelineRow is a moment of the count.
type TimelineRow struct {
	Time  Moment
	Cells []string
}

// offset moves a label off the rule or the edge that it names.
func (m AxisMark) offset() string {
	if m.Rule {
		return "-4"
	}
	return "14"
}
