package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ReportedTurnout leads from an election's page to what officials reported.
type ReportedTurnout struct {
	Text  messages.Message
	Href  string
	Chart *BarChart // nil while nothing is reported
}

// TurnoutPage shows what officials reported of an election's turnout, hour by hour.
type TurnoutPage struct {
	Page      Page
	Crumbs    []kit.Crumb
	Title     string
	Marks     []kit.Mark
	None      messages.Message // why nothing is shown
	Day       messages.Message // of all hours; none if there are several
	Chart     *BarChart
	Hours     []TurnoutHourRow
	Parts     []TurnoutPartRow // empty if there is one constituency
	Explained []TurnoutExplainedRow
	More      messages.Message // that there are earlier figures with a reason
	CSV       Link             // no address for none
}

// TurnoutHourRow is one hour.
type TurnoutHourRow struct {
	Hour       Moment
	Voters     messages.Message
	Registered messages.Message
	Share      messages.Message
	Reported   messages.Message
}

// TurnoutPartRow is a constituency, with a cell for each hour.
type TurnoutPartRow struct {
	Name  string
	Cells []messages.Message
}

// TurnoutExplainedRow is a figure with a reason, and the one that it replaced.
type TurnoutExplainedRow struct {
	Place         string
	Hour          Moment
	Before, After messages.Message
	Reason        string
	At            Moment
}

// TurnoutDeskPage lists an official's places for one hour, those without a figure first.
type TurnoutDeskPage struct {
	Page    Page
	Crumbs  []kit.Crumb
	Title   string
	Marks   []kit.Mark
	Notice  messages.Message
	None    messages.Message // why nothing can be entered
	Hours   []TurnoutHourLink
	Path    string // of the page
	Hour    string // as the address has it
	Label   messages.Message
	Search  kit.Field
	Found   messages.Message // that the search finds nothing, or that nothing is missing
	Missing []TurnoutEntry
	Entered []TurnoutEntered

	Previous, Next string // addresses
}

// TurnoutHourLink leads to an hour.
type TurnoutHourLink struct {
	Hour    Moment
	Status  messages.Message
	Href    string // "" of an hour that has not come
	Current bool
}

// TurnoutEntry is a place that waits for its figure.
type TurnoutEntry struct {
	Name   string
	Hint   messages.Message
	Action string
	Voters kit.Field
}

// TurnoutEntered is a place with its figure.
type TurnoutEntered struct {
	Name   string
	Voters messages.Message
	Reason string
	Href   string
}

// TurnoutPlacePage enters or corrects the figure of one place, and shows what was reported there.
type TurnoutPlacePage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Title    string
	Place    string
	Hint     messages.Message
	Hour     string // as the form sends it
	Label    messages.Message
	Holds    messages.Message // the figure that is entered, no sentence for none
	Closed   messages.Message // why nothing can be entered
	Problems kit.Problems
	Action   string
	Back     string
	Voters   kit.Field
	Reason   kit.Field
	Reports  []TurnoutReportRow
}

// TurnoutReportRow is one report of a place.
type TurnoutReportRow struct {
	Hour     Moment
	Voters   messages.Message
	Replaced bool
	Reason   string
	By       string
	At       Moment
}
