package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ParticipantsPage lists who can stand in elections.
type ParticipantsPage struct {
	Page   Page
	Notice messages.Message // what was just done
	Groups []ParticipantGroup
}

// ParticipantGroup is the participants of one kind.
type ParticipantGroup struct {
	Heading messages.Message
	Empty   messages.Message // said if the list is empty
	New     string           // address of the form for another one
	NewText messages.Message
	Rows    []ParticipantRow
}

// ParticipantRow is one participant.
type ParticipantRow struct {
	Href      string
	Name      string
	ShortName string
	Color     string // "#rrggbb", or "none" for no colour of its own
}

// ParticipantFormPage asks for a participant, or for a change to one.
type ParticipantFormPage struct {
	ID int64 // 0 for a new one
	// Stays says why the participant cannot be deleted; none if it can.
	Stays    messages.Message
	Page     Page
	Heading  messages.Message
	Action   string
	New      bool
	Kind     kit.Field
	Kinds    []kit.Option
	Name     kit.Field
	Short    kit.Field
	Names    kit.Field        // in other languages
	Color    string           // as typed; "" for none
	Added    messages.Message // which participant was just added, before another one
	Problems kit.Problems
	Alike    *AlikeQuestion // nil where nothing is asked
}

// AlikeQuestion asks whether a participant is another one than those who look the same.
type AlikeQuestion struct {
	Name    string // as typed
	Others  []AlikeRow
	Seen    string // the others' ids, which the confirmation sends back
	Another bool   // the form is wanted once more afterwards
}

// AlikeRow is a registered participant.
type AlikeRow struct {
	Href, Name, ShortName, ID string
}
