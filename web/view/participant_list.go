package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ParticipantListPage takes a list of participants.
type ParticipantListPage struct {
	Page     Page
	Problems kit.Problems
	Kind     kit.Field // of lines without one
	Kinds    []kit.Option
	List     kit.Field
	Columns  []string
	Example  string
	Again    messages.Message // why a confirmed list is shown once more; no message for a first preview
	Preview  *ParticipantPreview
}

// ParticipantPreview shows what a list makes of each of its participants.
type ParticipantPreview struct {
	Sum      messages.Message
	KnownSum messages.Message // of those that are registered already; no message without one
	Table    kit.Table
	Fresh    int    // participants to be registered
	Alike    int    // those of them that look the same as others
	Seen     string // the ids of the others, which the confirmation sends back
}
