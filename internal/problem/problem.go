package problem

import (
	"errors"
	"maps"
	"strings"

	"urna/internal/messages"
)

// Kind says what sort of refusal an error is.
type Kind int

// The kinds of refusal.
const (
	// Internal is an unexpected error; its text is for the log only.
	Internal Kind = iota
	// Malformed is input that cannot be read at all: not JSON, not CSV.
	Malformed
	// Invalid is input that can be read and breaks a rule; Fields names the places.
	Invalid
	// Unauthenticated is a call without a valid sign-in.
	Unauthenticated
	// Forbidden is a call that this person may not make, or not yet.
	Forbidden
	// NotFound is a thing that does not exist.
	NotFound
	// NotAllowed is a use that a thing is not there for.
	NotAllowed
	// Conflict is a call that the present state of things forbids.
	Conflict
	// TooLarge is input over a stated limit.
	TooLarge
	// Unsupported is input in an encoding that is not read here.
	Unsupported
	// TooMany is a call over a rate limit.
	TooMany
	// Busy is a call that the machine cannot take now; trying again later may work.
	Busy
	// Full is a call that needs space on a disk that has none left. People with access to the log see why.
	Full
	// Unsure is a call whose outcome could not be learnt, because the machine failed meanwhile.
	Unsure
)

// Field is one problem with one named part of the input.
type Field struct {
	// Name is the field as the caller knows it, such as "email", or "line 17" in a file.
	Name string `json:"field"`
	// Message is a whole sentence that says what went wrong and what to do.
	Message messages.Message `json:"message"`
	// Code names the check that found the problem, if it has a name of its own.
	Code string `json:"code,omitempty"`
}

// Error is a refusal. Sentinels are compared with errors.Is, by Code.
type Error struct {
	Kind Kind
	// Code is stable and lower-case with dashes, such as "same-file"; clients may branch on it.
	Code string
	// Message is one sentence for the person who asked. It never holds a secret.
	Message messages.Message
	// Fields are the problems with single parts of the input.
	Fields []Field
	// Extra are further members for machines, such as the id of the batch already there.
	Extra map[string]any
}

// New returns a refusal of the given kind.
func New(kind Kind, code string, message messages.Message) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Error returns the sentence in English, followed by the fields' own.
func (e *Error) Error() string {
	if len(e.Fields) == 0 {
		return e.Message.String()
	}
	parts := make([]string, 0, len(e.Fields))
	for _, f := range e.Fields {
		parts = append(parts, f.Name+": "+f.Message.String())
	}
	return e.Message.String() + " " + strings.Join(parts, " ")
}

// Is reports whether target is a refusal with the same code.
func (e *Error) Is(target error) bool {
	other, ok := errors.AsType[*Error](target)
	return ok && other.Code == e.Code
}

// With returns a copy of the refusal with another sentence.
func (e *Error) With(message messages.Message) *Error {
	c := *e
	c.Message = message
	return &c
}

// WithExtra returns a copy of the refusal with one more member for machines.
func (e *Error) WithExtra(key string, value any) *Error {
	c := *e
	c.Extra = map[string]any{key: value}
	maps.Copy(c.Extra, e.Extra)
	return &c
}

// KindOf returns the kind of the first refusal in err's chain, or Internal if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Checks collects the problems of one input, so that a person sees all of them at once.
type Checks struct{ fields []Field }

// Add records a problem with the named field.
func (c *Checks) Add(field string, message messages.Message) {
	c.fields = append(c.fields, Field{Name: field, Message: message})
}

// Err returns nil where no problem was recorded, else a refusal of kind Invalid with all of them.
func (c *Checks) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "invalid-input", Message: messages.RefusalInvalidInput(), Fields: c.fields}
}
