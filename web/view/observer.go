package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ObserverPage is where an observer starts.
type ObserverPage struct {
	Page      Page
	Elections []ObservedElection
	None      messages.Message // why there is no election; none if there is one
}

// ObservedElection is an election with the addresses of what an observer reads of it.
type ObservedElection struct {
	ID, Title string
	State     kit.Mark
	Marks     []kit.Mark

	Batches, OpenPoints, History, Results string
	Protocols                             string // "" if the election has no protocols
	Certified                             bool   // it has a results bundle
}

// ObservedPage chooses the elections that an observer's account reads.
type ObservedPage struct {
	Page    Page
	Heading string           // the observer's name
	User    string           // address of the observer's page
	Path    string           // of this page
	Summary messages.Message // what the account reads now
	Notice  messages.Message // what was just done
	Bound   bool
	Shown   string // ids of the elections of the list, with commas
	Boxes   []PlaceBox
}
