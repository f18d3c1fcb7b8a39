package kit

import "urna/internal/messages"

// Crumb is a step of the way to a page.
type Crumb struct {
	Text messages.Message
	Href string
}
