package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// AdminPage is where an administrator starts.
type AdminPage struct {
	Page      Page
	Steps     []Step        // the way to a first election; empty once it was walked
	Needed    []WaitingItem // what waits for this administrator
	Others    []WaitingItem // what waits for others
	Elections []kit.Task    // those that are not over, with the step of each
	More      bool          // there are other elections
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

// waitingTasks are things that wait, each with its state; with the title of their election on pages of several.
func waitingTasks(items []WaitingItem, titled bool) []kit.Task {
	tasks := make([]kit.Task, len(items))
	for i, item := range items {
		tasks[i] = kit.Task{Name: item.Link, Href: item.Href, Hint: messages.Sentences(item.Text...), State: item.Mark, TestID: "waits-" + item.Kind}
		if titled {
			tasks[i].About = item.Title
		}
	}
	return tasks
}
