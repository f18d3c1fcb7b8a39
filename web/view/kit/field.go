package kit

import (
	"strings"

	"urna/internal/messages"
)

// Option is one choice of a list.
type Option struct {
	Value string
	Text  messages.Message
	Hint  messages.Message
}

// Field is one input of a form with what was typed into it.
type Field struct {
	Name     string
	ID       string // of the input, where a page has two of the name; "" is the name
	Label    messages.Message
	Hint     messages.Message
	Type     string // of the input; "" is text
	Value    string
	Problem  messages.Message
	Optional bool
	// Filter fields are neither asked for nor marked as optional.
	Filter bool
	// Complete is the input's autocomplete attribute, Mode its inputmode; "" leaves them out.
	Complete string
	Mode     string
	List     string // id of the datalist with suggestions
	TestID   string
	Step     string // of a time with seconds
	Focus    bool   // the page begins here; a page has one such field at most
	// Clocks are the instants of a time that clocks show twice, Clock the one that is meant.
	Clocks []Option
	Clock  string
}

// OffsetSuffix ends the name of the input that tells which of two instants is meant.
const OffsetSuffix = "_offset"

// DescribedBy returns the ids of the texts that explain the input.
func (f Field) DescribedBy() string {
	id := f.ElementID()
	switch {
	case !f.Problem.IsZero() && !f.Hint.IsZero():
		return id + "-error " + id + "-hint"
	case !f.Problem.IsZero():
		return id + "-error"
	case !f.Hint.IsZero():
		return id + "-hint"
	default:
		return ""
	}
}

// name is what tells the input from all others of the page.
func (f Field) name() string {
	if f.ID == "" {
		return f.Name
	}
	return f.ID
}

// ElementID returns the id of the input.
func (f Field) ElementID() string { return FieldID(f.name()) }

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// TestName returns the name by which tests find the input.
func (f Field) TestName() string {
	if f.TestID == "" {
		return "field-" + f.Name
	}
	return f.TestID
}

// FieldID returns the id of the input for a field; names with brackets and dots make poor anchors.
func FieldID(name string) string {
	return "field-" + strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, name), "-")
}
