package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// LogPage shows everybody the head of the audit log and its witnesses.
type LogPage struct {
	Page      Page
	Events    int64
	Head      string // the hash of the last event
	Root      string // of the tree
	Key       string // the verifier key of the log
	Zone      messages.Message
	Witnesses []WitnessRow
}

// WitnessRow is a witness of the audit log.
type WitnessRow struct {
	ID       string
	Operator string
	Name     string
	Key      string
	State    kit.Mark

	Size       int64 // events of the last checkpoint that it countersigned; 0 before the first
	SignedAt   Moment
	ReceivedAt Moment

	ConflictSize int64 // of a checkpoint that the log does not contain; 0 for none
	ConflictAt   Moment
}

// WitnessesPage lets administrators register and remove witnesses.
type WitnessesPage struct {
	Page          Page
	Notice        messages.Message
	Zone          messages.Message
	Rows          []WitnessRow
	Key, Operator kit.Field
	Problems      kit.Problems
}
