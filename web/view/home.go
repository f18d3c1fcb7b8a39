package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// HomePage lists the elections.
type HomePage struct {
	Page      Page
	Elections []ElectionCard
	// SetUp offers the administrator the first step where there is no election yet.
	SetUp bool
}

// ElectionCard is an election on the front page.
type ElectionCard struct {
	Href    string
	Title   string
	Struck  bool // the election was withdrawn
	Kind    messages.Message
	State   kit.Mark
	Marks   []kit.Mark
	Starts  Moment
	Ends    Moment
	Until   *Moment // when batches begin to be late; nil for no such time
	Figures []kit.Figure
	// Progress is the turnout in millionths, -1 where nothing can be said.
	Progress int64
	Waiting  messages.Message // batches that wait to be counted
	Action   messages.Message // the link's text
}
