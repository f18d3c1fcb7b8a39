package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// StationsSummary says how many polling stations of an election are counted.
type StationsSummary struct {
	Short   messages.Message   // such as "37 of 50 stations"
	Counted messages.Message   // such as "37 of 50 polling stations counted", with stations that are annulled or closed
	Missing []messages.Message // where missing stations could still change the result, and where they cannot
	Href    string             // of the table of stations
}

// StationsPage is the table of the polling stations of an election.
type StationsPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Address  string
	Counted  messages.Message // "" for an election without polling stations
	Filters  []Filter
	Search   kit.Field
	Filtered bool
	Found    messages.Message
	Columns  []SortColumn
	Places   bool // the rows are of several constituencies
	Rows     []StationLine
	Next     string // address of the next page, "" for none
	Previous string
	CSV      *Link // nil while no counts may be shown
	Notice   messages.Message
}

// SortColumn is a column of a table of polling stations.
type SortColumn struct {
	Text   messages.Message
	Href   string // sorts by the column, "" if it cannot
	Sorted string // the value of aria-sort, "" if the table is not sorted by it
	Number bool
}

// StationLine is a polling station in the table.
type StationLine struct {
	Number       string
	Name         string
	Href         string
	Constituency string
	State        kit.Mark
	Registered   messages.Message
	Cast         messages.Message
	Turnout      messages.Message
	First        messages.Message // who has most votes, or that the station is published with others
}

// StationPage is one polling station.
type StationPage struct {
	Page    Page
	Crumbs  []kit.Crumb
	Heading messages.Message
	Name    string
	Place   string
	Kind    messages.Message
	State   kit.Mark
	Reason  messages.Message // of an exclusion
	Waiting *messages.Markup // that an annulment or a reopening waits for an approval
	Why     messages.Message // why there is no count of this station alone
	Figures []kit.Figure
	Table   *ResultTable // nil without a count
	With    []kit.Crumb  // the stations in the count, if there are several
	Online  messages.Message
	Note    messages.Message
}
