package pages

import (
	"urna/elections"
	"urna/internal/messages"
	"urna/web/view/kit"
)

// A step is a part of the definition of an election, on a page of its own.
type step string

// The steps, in their order.
const (
	basicsStep         step = "name"
	rulesStep          step = "rules"
	constituenciesStep step = "constituencies"
	candidaciesStep    step = "candidacies"
	datesStep          step = "dates"
)

// editPath is the address of a step of an election's form; "" if the definition cannot change any more.
func (p *Pages) editPath(e *elections.Election, at step) string {
	if !e.Editable(p.Now()) {
		return ""
	}
	return adminPath(e.ID, "edit/"+string(at))
}
func (p *Pages) draftTasks(e *elections.Election) []kit.Task { return nil }
var _ = messages.Verbatim
