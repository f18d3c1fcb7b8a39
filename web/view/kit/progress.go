package kit

import "urna/internal/messages"

// Progress is how far something has come.
type Progress struct {
	Label  messages.Message
	Value  messages.Message // in words or numbers, at the right; none if the page says it elsewhere
	Done   int64
	Of     int64 // the whole; 0 if it is not known yet
	TestID string
}

// StepState says where in an act a step is.
type StepState int

// The states.
const (
	StepNext StepState = iota
	StepNow
	StepDone
)

// Step is a part of an act that has several pages.
type Step struct {
	Name  messages.Message
	State StepState
	Href  string // its page; "" if it cannot be opened from here
}

// StepsTo returns the steps of an act of which the given one, counted from 0, is to be done now.
func StepsTo(now int, names ...messages.Message) []Step {
	steps := make([]Step, len(names))
	for i, name := range names {
		steps[i] = Step{Name: name}
		switch {
		case i < now:
			steps[i].State = StepDone
		case i == now:
			steps[i].State = StepNow
		}
	}
	return steps
}

// Task is something to do.
type Task struct {
	Name   messages.Message
	About  string // what it belongs to, on pages of several; "" for none
	Href   string // "" if it cannot be done yet
	Hint   messages.Message
	State  Mark // no word for none
	TestID string
}
