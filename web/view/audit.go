package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// AuditHead is the head of the audit log's chain.
type AuditHead struct {
	Short  string // its first digits
	Hash   string
	Events int64 // how many lead to it

	Witnesses []WitnessLine // what witnesses have countersigned, on the page of an election
}

// WitnessLine says what a witness has countersigned.
type WitnessLine struct {
	Text messages.Message
	Bad  bool // it contradicts the log
}

// AuditPage is the log of who did what.
type AuditPage struct {
	Page     Page
	Head     AuditHead
	Problems kit.Problems

	Action                   kit.Field
	Actions                  []kit.Option
	Subject, Actor, From, To kit.Field
	Filtered                 bool

	EventLog

	CSV, JSONL string // addresses of the exports with the same filter
}

// EventLog is a page of events, the newest first.
type EventLog struct {
	Zone   messages.Message // of all times
	Rows   []EventRow
	Newest string // address of the first page, "" on it
	Older  string // address of the next page, "" where this is the last
}

// EventRow is one event.
type EventRow struct {
	ID      string
	At      Moment
	Who     string
	Email   string
	From    string
	What    messages.Message
	Subject Subject
	Hash    string
	Changes []Change
	More    messages.Message // how many changes are not shown, none for none
	Fold    bool             // too many to stand in the table unasked
	Folded  messages.Message // how many, in words
}

// Subject is the thing that an event is about.
type Subject struct {
	Text     messages.Message // its name now
	Href     string           // its page, "" where it has none
	Recorded string           // as the log has it
}

// Change is one line of what an event changed.
type Change struct {
	Name     string
	Compared bool             // Before says something
	Before   messages.Message // zero for an empty value
	After    messages.Message
}
