package kit

import "urna/internal/messages"

// Mark is a word in a frame: a state, or a warning such as "Rehearsal".
type Mark struct {
	Class string
	Text  messages.Message
}
