package kit

import "urna/internal/messages"

// Mark is a word in a frame: a state, or a warning such as "Rehearsal".
type Mark struct {
	Class string
	Text  messages.Message
}

// icon returns the icon of a state that a person must not overlook, "" for any other.
func (m Mark) icon() string {
	switch m.Class {
	case "certified":
		return "badge-check"
	case "failed":
		return "triangle-alert"
	default:
		return ""
	}
}
