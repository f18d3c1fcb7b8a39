package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// OfficialPage is where an official starts: what takes batches now, and what was sent.
type OfficialPage struct {
	Page      Page
	Elections []OfficialElection
	Waiting   messages.Message // how many files wait to be confirmed; none for none
	Same      messages.Message // the question about those of them that were uploaded before; none for none
	Table     BatchTable
	None      messages.Message // why no election is offered; none if one is
}

// OfficialElection is an election that takes batches now.
type OfficialElection struct {
	Href  string // of the upload form; "" if the election takes no batches now
	Title string
	State kit.Mark
	Marks []kit.Mark
	Ends  Moment
	// Turnout is the address to report the turnout; "" if the election has no turnout reports now.
	Turnout string
	Until   *Moment          // when batches begin to be late; nil for no such time
	Places  messages.Message // for which constituencies the official uploads; none if there is one and no choice
	Over    bool             // voting has ended, batches still come in
	// Protocols is the address of the protocols of polling stations; "" if the election has no stations.
	Protocols string
	Expected  []ExpectedPlace // of an election with polling stations
}

// ExpectedPlace is a constituency of an official: how many of its polling stations have sent something, and which have not.
type ExpectedPlace struct {
	Progress kit.Progress
	Awaited  []Link // the first ones, each to the form for its files
	More     int64  // further ones
}
