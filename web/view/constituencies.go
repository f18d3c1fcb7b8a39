package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ConstituenciesPage is the table of an election's constituencies.
type ConstituenciesPage struct {
	Page     Page
	Band     kit.Title
	Address  string // of the page, without a query
	Search   kit.Field
	Filtered bool
	Found    messages.Message
	Table    kit.Table
	// Map shows all constituencies; nil without one, and while the table is searched.
	Map         *MapFigure
	MapOutlines []MapOutline
}

// ConstituencyPage is one constituency. What its Live does not have, the election's page has.
type ConstituencyPage struct {
	Page   Page
	Crumbs []kit.Crumb
	Live   Live
	// LiveURL is the address of the feed that the page follows; "" once nothing changes any more.
	LiveURL string
}
