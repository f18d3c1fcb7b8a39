package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// MaxDepth is how deep arrays and objects may be nested.
const MaxDepth = 100

// Reason says what sort of problem an Error is.
type Reason int

// The reasons.
const (
	// Syntax is anything that is not exactly one JSON value.
	Syntax Reason = iota
	// Text is a string that cannot be kept as text: no UTF-8, half a surrogate pair, U+0000, a byte order mark.
	Text
	// Depth is a value nested deeper than MaxDepth.
	Depth
	// Names is a doubled name, an unknown one, or one in other capitals.
	Names
	// Type is a value of another type than the field has.
	Type
)

// Error is the first problem of a JSON text.
type Error struct {
	Reason Reason
	// Path is the field, such as "constituencies[1].seats"; "" is the whole value.
	Path string
	// Offset counts bytes from 0, Line and Column count from 1.
	Offset, Line, Column int
	// Message is a sentence that names the problem and the remedy.
	Message string
}

// Error returns the place and the sentence.
func (e *Error) Error() string {
	place := fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	if e.Path != "" {
		place += e.Path + ": "
	}
	return place + e.Message
}

// mark is the UTF-8 byte order mark.
const mark = "\xef\xbb\xbf"

// WithoutMark returns the text of a file without the byte order mark that some editors write.
func WithoutMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte(mark)) }

// Check returns an *Error unless data is exactly one JSON value whose strings are text. Doubled names pass.
func Check(data []byte) error { return check(data, rules{}, nil) }

// Unmarshal is json.Unmarshal for data that passes Check and in which no name is doubled and none differs from a
// field of into by capitals alone. Unknown names are passed over. An *Error names the first problem.
func Unmarshal(data []byte, into any) error {
	return unmarshal(data, into, rules{names: true})
}

// UnmarshalStored is Unmarshal for what Urna wrote itself: strings may have U+0000, which names of accounts could have
// in earlier versions.
func UnmarshalStored(data []byte, into any) error {
	return unmarshal(data, into, rules{names: true, null: true})
}

// UnmarshalKnown is Unmarshal that also refuses unknown names, null for anything but a pointer, and values of
// another type than the field's, naming the field. A time.Time is as Time reads it.
func UnmarshalKnown(data []byte, into any) error {
	return unmarshal(data, into, rules{names: true, known: true})
}

func unmarshal(data []byte, into any, r rules) error {
	if err := check(data, r, reflect.TypeOf(into).Elem()); err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &Error{Reason: Type, Line: 1, Column: 1, Message: typeMessage(err)}
	}
	return nil
}

// typeMessage says what encoding/json refused, without Go's own words where it can.
func typeMessage(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return fmt.Sprintf("%s cannot be a %s.", wrong.Field, wrong.Value)
	}
	return err.Error() + "."
}

// rules are the checks beside the grammar and the text; null lets U+0000 pass.
type rules struct{ names, known, null bool }

func check(data []byte, r rules, into reflect.Type) error {
	p := &parser{data: data, rules: r, fields: map[reflect.Type]map[string]reflect.Type{}}
	if bytes.HasPrefix(data, []byte(mark)) {
		return p.placed(p.fail(Text, "Leave out the byte order mark before the JSON text."))
	}
	p.blanks()
	err := p.value(into)
	if err == nil {
		if p.blanks(); p.at < len(data) {
			err = p.fail(Syntax, "Something follows the JSON value.")
		}
	}
	if err != nil {
		return p.placed(err)
	}
	return nil
}

// placed fills in the line and column of an error's offset.
func (p *parser) placed(e *Error) error {
	e.Path = strings.TrimPrefix(e.Path, ".")
	before := p.data[:min(e.Offset, len(p.data))]
	e.Line = 1 + bytes.Count(before, []byte("\n"))
	e.Column = 1 + len(before) - (1 + bytes.LastIndexByte(before, '\n'))
	return e
}

// IsText reports whether a JSON string, in its quotes, is text: whether it decodes to what was meant. It is for
// callers that split an object themselves.
func IsText(raw []byte) bool {
	p := &parser{data: raw}
	_, err := p.text()
	return err == nil && p.at == len(raw)
}
