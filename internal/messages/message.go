package messages

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"reflect"
)

// A Message is one sentence of the catalogue with its arguments. Its zero value is no sentence and renders as "".
// Messages are immutable and may be shared.
type Message struct {
	id     string
	text   string    // of a message that is not in the catalogue
	value  localized // of a message that is a number or a time
	plural bool      // the argument Count chooses the form
	args   []Arg
}

// An Arg is one argument of a message. Generated functions make them.
type Arg struct {
	// Name is the placeholder's name in the catalogue.
	Name string
	// Value is a string, Quoted, Number, Plain, Message, Component or Tag.
	Value any
}

// Quoted is an argument that is shown in quotation marks, with control characters escaped.
type Quoted string

// Number is an argument whose digits are shown in groups.
type Number int64

// Plain is an argument that is shown as bare digits.
type Plain int64

// Component is markup that a page makes; every templ component is one.
type Component interface {
	Render(ctx context.Context, w io.Writer) error
}

// Verbatim returns a message that is the same in every language: a name, a number, what a person typed.
func Verbatim(text string) Message { return Message{text: text} }

// FromEnglish returns that of the sentences which a text is in English, else the text as it is. Records keep a few sentences of
// the program in English.
func FromEnglish(text string, sentences ...Message) Message {
	for _, m := range sentences {
		if m.String() == text {
			return m
		}
	}
	return Verbatim(text)
}

func message(id string, args ...Arg) Message { return Message{id: id, args: args} }

func plural(id string, args ...Arg) Message { return Message{id: id, args: args, plural: true} }

// IsZero reports whether m is no sentence.
func (m Message) IsZero() bool { return m.id == "" && m.text == "" && m.value == nil }

// ID returns the sentence's place in the catalogue, such as "vote.until"; "" for a text that is not in it.
func (m Message) ID() string { return m.id }

// In returns the sentence in the language of the context.
func (m Message) In(ctx context.Context) string {
	if m.id == "" && m.value == nil {
		return m.text
	}
	return From(ctx).Text(m)
}

// String returns the sentence in English.
func (m Message) String() string { return English().Text(m) }

// Render writes the sentence, escaped, in the language of the context: a Message is a component of a page.
func (m Message) Render(ctx context.Context, w io.Writer) error {
	_, err := io.WriteString(w, html.EscapeString(m.In(ctx)))
	return err
}

// Equal reports whether two messages are the same sentence with the same arguments.
func (m Message) Equal(other Message) bool {
	return m.id == other.id && m.text == other.text && reflect.DeepEqual(m.value, other.value) && reflect.DeepEqual(m.args, other.args)
}

// MarshalJSON writes the sentence in English.
func (m Message) MarshalJSON() ([]byte, error) { return json.Marshal(m.String()) }

// A Markup is a sentence with elements in it. It can only be drawn on a page.
type Markup struct{ m Message }

func markup(id string, args ...Arg) Markup { return Markup{message(id, args...)} }

func pluralMarkup(id string, args ...Arg) Markup { return Markup{plural(id, args...)} }

// IsZero reports whether m is no sentence.
func (m Markup) IsZero() bool { return m.m.IsZero() }

// Render writes the sentence in the language of the context. Texts are escaped; components and tags are not.
func (m Markup) Render(ctx context.Context, w io.Writer) error {
	if m.m.IsZero() {
		return nil
	}
	text, err := From(ctx).markup(ctx, m.m)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}
