package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// PlacesPage gives an official places.
type PlacesPage struct {
	Page    Page
	Heading string           // the official's name
	User    string           // address of the official's page
	Path    string           // of this page
	Summary messages.Message // where the official uploads now
	Notice  messages.Message // what was just done
	Bound   bool

	Elections []PlacesElection
	Chosen    *PlacesChoice // nil before an election is chosen
}

// PlacesElection is an election of which places can be given.
type PlacesElection struct {
	Href   string
	Title  string
	Chosen messages.Message // how many of its constituencies
	Open   bool             // its constituencies are shown
}

// PlacesChoice are the constituencies of an election to choose from.
type PlacesChoice struct {
	Election string    // id
	Of       string    // "stations" for polling stations, else ""
	Other    kit.Crumb // leads to the other choice; no text for none
	Heading  messages.Message
	Search   kit.Field
	From     string // position of the first one
	Shown    string // ids of those that are shown, with commas
	Range    messages.Message
	Boxes    []PlaceBox
	All      int64 // found by the search
	Next     string
}

// PlaceBox is a constituency to tick.
type PlaceBox struct {
	ID     string
	Name   messages.Message
	Ticked bool
}

// OfficialsPage says who uploads for an election.
type OfficialsPage struct {
	Page       Page
	Title      string // of the election
	Election   string // address of its page
	Path       string
	Everywhere []OfficialLink
	More       messages.Message // how many more upload everywhere; none for none
	Search     kit.Field
	Rows       []OfficialsRow
	Range      messages.Message
	Next       string
}

// OfficialsRow is a constituency with those officials who have it as a place.
type OfficialsRow struct {
	Name      string
	Officials []OfficialLink
}

// OfficialLink leads to an official's account.
type OfficialLink struct {
	Href string
	Name string
}

// WaitingAccounts are registered accounts that an administrator accepts or refuses.
type WaitingAccounts struct {
	Rows   []WaitingAccount
	More   messages.Message // how many more wait; none for none
	Scope  kit.Field        // where accepted accounts upload
	Scopes []kit.Option
}

// WaitingAccount is one of them.
type WaitingAccount struct {
	ID    string
	Name  string
	Email string
	JMBG  string
	Since Moment
}
