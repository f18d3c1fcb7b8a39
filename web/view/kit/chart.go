package kit

import "urna/internal/messages"

// Chart is a picture with its heading. The same numbers are in a table of the page.
type Chart struct {
	ID         string // of its heading, without "-heading"
	Heading    messages.Message
	Note       messages.Message // what it shows, below it; none if the drawing says it
	Wide       bool             // it takes the whole width beside others
	NotPrinted bool
}
