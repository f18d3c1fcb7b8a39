package view

import "urna/internal/messages"

// ProtocolsPage lists the polling stations of an election with how far their protocols have come.
type ProtocolsPage struct {
	Page         Page
	Crumbs       []Crumb
	Marks        []Mark
	Election     string
	Problems     Problems
	Done         messages.Message
	Find         ProtocolFind
	Counts       []Figure
	Filters      []Filter
	Search       Field
	Action       string
	Found        messages.Message
	Rows         []ProtocolRow
	Previous     string
	Next         string
	Places       bool // whether the stations are of several constituencies
	List         string
	Coordinators *ProtocolCoordinators // nil for officials
}

// ProtocolRow is one polling station.
type ProtocolRow struct {
	Href, Number, Name, Place string
	State                     Mark
	Typists                   []messages.Message
	Differences               []messages.Message
	Scans                     string
}

// ProtocolCoordinators names the officials who settle what differs.
type ProtocolCoordinators struct {
	Action string
	List   []ProtocolCoordinator
	Email  Field
	Place  Field
	Places []Option
}

// ProtocolCoordinator is one of them.
type ProtocolCoordinator struct {
	Text   messages.Message
	Remove string
}

// ProtocolsListPage takes protocols from a list.
type ProtocolsListPage struct {
	Page     Page
	Crumbs   []Crumb
	Problems Problems
	Action   string
	Back     string
	List     Field
	Example  string
	Preview  *ProtocolsPreview
}

// ProtocolsPreview is what a list would enter.
type ProtocolsPreview struct {
	Sum      messages.Message
	Warned   messages.Message
	Warnings []RefusedLine
}
