package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ElectionImportPage takes a list of constituencies and candidacies.
type ElectionImportPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Action   string
	Back     string
	Problems kit.Problems
	List     kit.Field
	Columns  []string
	Example  string // of a list
	// Of the preview, where there is one.
	Sum   messages.Message
	Fresh []FreshRow // participants to be registered
	Parts []StandingPart
	// Version is that of the election which the list was shown for.
	Version string
}

// FreshRow is a participant to be registered.
type FreshRow struct {
	Name  string
	Alike messages.Message // the participants that look the same; none for none
}

// DeclaredPage asks for the votes cast by the paper protocols, constituency by constituency.
type DeclaredPage struct {
	Page      Page
	Crumbs    []kit.Crumb
	Action    string
	Back      string
	Problems  kit.Problems
	Fields    []kit.Field
	Certified bool
}
