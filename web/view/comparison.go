package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ComparisonPage sets the numbers of a paper protocol beside those of a file that waits to be confirmed.
type ComparisonPage struct {
	Page     Page
	Heading  messages.Message
	File     string
	Place    messages.Message // the election and what the file is of
	Action   string
	Back     string
	Problems kit.Problems
	Rows     []ComparisonRow
	// Outcome says how many numbers differ, and Agree that none does; no message before the comparison.
	Outcome messages.Message
	Agree   bool
	Several bool // the file has several polling stations
}

// ComparisonRow is a line of the ballot paper, or the sum.
type ComparisonRow struct {
	Number  string // the poll number; "" for blank ballots and the sum
	Field   kit.Field
	InFile  messages.Message // how many lines the file has; none before the comparison
	Differs messages.Message // by how much; none if the numbers are the same
	TestID  string
}
