package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// AdminPage is where an administrator starts.
type AdminPage struct {
	Page      Page
	Figures   []kit.Figure
	Steps     []Step        // the way to a first election; empty once it was walked
	Waiting   []WaitingItem // what waits for this administrator, and for others
	Elections []AdminElectionRow
	Batches   BatchTable

	// Registration warns that anybody can register; none if not. Open says that such accounts work at once.
	Registration messages.Message
	Open         bool
}

// Step is one act on the way to a first election.
type Step struct {
	Done bool
	Text messages.Message
	Href string
	Why  messages.Message
}

// WaitingItem is something that waits for a person.
type WaitingItem struct {
	Kind  string   // for tests
	Mark  kit.Mark // what it is
	Title string   // of the election
	Text  []messages.Message
	Href  string
	Link  messages.Message
}

// tasks are the first steps, each with its state.
func (p AdminPage) tasks() []kit.Task {
	tasks := make([]kit.Task, len(p.Steps))
	for i, step := range p.Steps {
		tasks[i] = kit.Task{Name: step.Text, Href: step.Href, Hint: step.Why}
		if step.Done {
			tasks[i].State = kit.Mark{Class: "counted", Text: messages.AdminHomeDone()}
		}
	}
	return tasks
}
