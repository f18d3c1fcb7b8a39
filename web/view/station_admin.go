package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// AdminStationsPage lists the polling stations of an election for administrators.
type AdminStationsPage struct {
	Page    Page
	Crumbs  []kit.Crumb
	Path    string // of this page
	Notice  messages.Message
	Search  kit.Field
	Filter  Filter // by constituency; no options if there is one
	Sort    string // hidden fields of the search
	Order   string
	Columns []SortColumn
	Rows    []AdminStationRow
	Several bool // the election has several constituencies
	Range   messages.Message
	Empty   messages.Message
	// Addresses, "" for none.
	Previous, Next, List, New, Amendments, Registered string
}

// AdminStationRow is one polling station.
type AdminStationRow struct {
	Href         string
	Number       string
	Name         string
	Place        string
	Constituency string
	Kind         messages.Message
	Registered   messages.Message // "" if it is unknown
	State        kit.Mark
}

// StationFormPage changes a polling station, or adds one.
type StationFormPage struct {
	Page         Page
	Crumbs       []kit.Crumb
	Heading      messages.Message
	Marks        []kit.Mark
	Protocol     string // addresses, "" before the election has opened
	Public       string
	Notice       messages.Message
	Excluded     messages.Message // why no ballots are awaited
	Waiting      *StationWaits    // the annulment or the reopening that waits for an approval; nil for none
	Action       string           // "" if nothing can be changed any more
	Back         string
	Version      string
	Problems     kit.Problems
	Constituency Filter // of a new one; no options if there is one
	Fields       []kit.Field
	Kind         kit.Field
	Kinds        []kit.Option
	Reason       *kit.Field // nil while the election is scheduled
	Remove       string     // the address that removes it
	Moves        []StationMove
	Amendments   []AmendmentRow
	Zone         messages.Message
}

// StationWaits says that an act on a polling station waits for an approval.
type StationWaits struct {
	Text messages.Markup
	Href string // of the approval
}

// StationMove takes a polling station out of those from which ballots are awaited, or back.
type StationMove struct {
	Heading, Explanation, Button messages.Message
	Second                       messages.Message // that a second administrator is needed
	Action                       string
	Danger                       bool
	Reason                       kit.Field
	TestID                       string
}

// StationListPage takes a list of polling stations.
type StationListPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Action   string
	Back     string
	Problems kit.Problems
	List     kit.Field
	Columns  []string
	Example  string
	// Of the preview, where there is one.
	Sum     messages.Message
	Rows    []StationPlanRow
	Version string
}

// StationPlanRow is what a list makes of one constituency.
type StationPlanRow struct {
	Constituency string
	Stations     messages.Message
	Changes      messages.Message
	Sum, Own     messages.Message
	Differs      bool
}

// RegisteredPage corrects the registered voters of constituencies.
type RegisteredPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Action   string
	Back     string
	Problems kit.Problems
	Fields   []kit.Field
	Reason   kit.Field
	Refused  messages.Message // why nothing can be corrected; none if it can
}

// AmendmentsPage lists what was corrected after the opening.
type AmendmentsPage struct {
	Page  Page
	Title string // of the election
	Back  string
	Rows  []AmendmentRow
	Zone  messages.Message
	Older string
}

// AmendmentRow is one correction.
type AmendmentRow struct {
	At       Moment
	What     messages.Message
	Was      messages.Message
	Became   messages.Message
	Reason   string
	By       string
	Approved messages.Message
}
