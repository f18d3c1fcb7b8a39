package kit

import "urna/internal/messages"

// Figure is a number with its name.
type Figure struct {
	Label  messages.Message
	Value  messages.Message
	Note   messages.Message
	TestID string
	Live   string // the name by which live.js finds the figure to speak it, "" if it is not spoken
}
