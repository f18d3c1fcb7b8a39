package kit

import "urna/internal/messages"

// ForReaders is an element that only screen readers read.
func ForReaders() messages.Tag {
	return messages.Element("span", "class", "hidden-visually")
}
