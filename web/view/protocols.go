package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ProtocolsPage lists the polling stations of an election with how far their protocols have come.
type ProtocolsPage struct {
	Page         Page
	Crumbs       []kit.Crumb
	Marks        []kit.Mark
	Election     string
	Problems     kit.Problems
	Done         messages.Message
	Find         ProtocolFind
	Counts       []kit.Figure
	Filters      []Filter
	Search       kit.Field
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
	State                     kit.Mark
	Typists                   []messages.Message
	Differences               []messages.Message
	Scans                     string
}

// ProtocolCoordinators names the officials who settle what differs.
type ProtocolCoordinators struct {
	Action string
	List   []ProtocolCoordinator
	Email  kit.Field
	Place  kit.Field
	Places []kit.Option
}

// ProtocolCoordinator is one of them.
type ProtocolCoordinator struct {
	Text   messages.Message
	Remove string
}

// ProtocolsListPage takes protocols from a list.
type ProtocolsListPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Problems kit.Problems
	Action   string
	Back     string
	List     kit.Field
	Example  string
	Preview  *ProtocolsPreview
}

// ProtocolsPreview is what a list would enter.
type ProtocolsPreview struct {
	Sum      messages.Message
	Warned   messages.Message
	Warnings []RefusedLine
}
