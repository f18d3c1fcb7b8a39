package kit

import "urna/internal/messages"

// Problem is something wrong with a form. Field is the name of the input, "" for none; Where says which input that is,
// and the place of it, for the list above the form.
type Problem struct {
	Field   string
	Message messages.Message
	Where   messages.Message
}

// text is the problem as a list of problems shows it, where nothing around it says what it is about.
func (p Problem) text() messages.Message {
	if p.Where.IsZero() {
		return p.Message
	}
	return messages.ComponentsProblemAt(p.Where, p.Message)
}

// Problems are all that is wrong with a form as it was sent.
type Problems struct {
	Summary messages.Message // none if nothing is wrong
	List    []Problem
}

// Any reports whether there is anything wrong.
func (p Problems) Any() bool { return !p.Summary.IsZero() }

// Of returns the problem of a field, or no sentence if there is none.
func (p Problems) Of(field string) messages.Message {
	for _, problem := range p.List {
		if problem.Field == field {
			return problem.Message
		}
	}
	return messages.Message{}
}
