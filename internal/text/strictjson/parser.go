package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parser walks through a JSON text once, beside the Go type that it is for; a nil type takes anything.
type parser struct {
	data   []byte
	at     int
	depth  int
	rules  rules
	fields map[reflect.Type]map[string]reflect.Type
}

// fail returns an error at the present byte.
func (p *parser) fail(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Offset: p.at, Message: fmt.Sprintf(format, args...)}
}

// under puts a step before the path of an error from inside.
func (e *Error) under(step string) *Error {
	if e != nil {
		e.Path = step + e.Path
	}
	return e
}

func (p *parser) blanks() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// next returns the present byte, 0 at the end.
func (p *parser) next() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

// unexpected reports the character at the present byte and the expected one.
func (p *parser) unexpected(want string) *Error {
	if p.at >= len(p.data) {
		return p.fail(Syntax, "The JSON text ends where %s is expected.", want)
	}
	r, size := utf8.DecodeRune(p.data[p.at:])
	if r == utf8.RuneError && size <= 1 {
		return p.fail(Text, "The byte 0x%02x is no UTF-8. Send the text in UTF-8.", p.data[p.at])
	}
	return p.fail(Syntax, "Found %q where %s is expected.", r, want)
}

// value reads one value.
func (p *parser) value(into reflect.Type) *Error {
	start := p.at
	into, nullable := settle(into)
	if p.next() == 'n' {
		err := p.literal("null")
		if err == nil && into != nil && !nullable && p.rules.known {
			p.at = start
			return p.fail(Type, "This must not be null: leave the field out, or give it a value.")
		}
		return err
	}
	if p.rules.known {
		if err := p.fits(into); err != nil {
			return err
		}
	}
	if into != nil && readsItself(into) {
		into = nil
	}
	switch c := p.next(); {
	case c == '{':
		return p.object(into)
	case c == '[':
		return p.array(into)
	case c == '"':
		_, err := p.text()
		return err
	case c == 't':
		return p.literal("true")
	case c == 'f':
		return p.literal("false")
	case c == '-' || '0' <= c && c <= '9':
		return p.number(into)
	default:
		return p.unexpected("a value")
	}
}

func (p *parser) literal(word string) *Error {
	for i := range len(word) {
		if p.next() != word[i] {
			return p.unexpected("the rest of " + word)
		}
		p.at++
	}
	return nil
}

func (p *parser) descend() *Error {
	if p.depth++; p.depth > MaxDepth {
		return p.fail(Depth, "The JSON text is nested deeper than %d levels.", MaxDepth)
	}
	p.at++
	p.blanks()
	return nil
}

func (p *parser) array(into reflect.Type) *Error {
	if err := p.descend(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if p.next() == ']' {
		p.at++
		return nil
	}
	for i := 0; ; i++ {
		if err := p.value(element(into)); err != nil {
			return err.under("[" + strconv.Itoa(i) + "]")
		}
		p.blanks()
		switch p.next() {
		case ',':
			p.at++
			p.blanks()
		case ']':
			p.at++
			return nil
		default:
			return p.unexpected("a comma or the end of the list")
		}
	}
}

func (p *parser) object(into reflect.Type) *Error {
	if err := p.descend(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if p.next() == '}' {
		p.at++
		return nil
	}
	seen := map[string]bool{}
	for {
		if err := p.member(into, seen); err != nil {
			return err
		}
		p.blanks()
		switch p.next() {
		case ',':
			p.at++
			p.blanks()
		case '}':
			p.at++
			return nil
		default:
			return p.unexpected("a comma or the end of the object")
		}
	}
}

// member reads a name and its value.
func (p *parser) member(into reflect.Type, seen map[string]bool) *Error {
	start := p.at
	if p.next() != '"' {
		return p.unexpected("a name in double quotes")
	}
	name, err := p.text()
	if err != nil {
		return err
	}
	of, err := p.named(into, name, seen)
	if err != nil {
		err.Offset = start
		return err.under("." + name)
	}
	p.blanks()
	if p.next() != ':' {
		return p.unexpected("a colon").under("." + name)
	}
	p.at++
	p.blanks()
	return p.value(of).under("." + name)
}

// named returns the type of a member's value, or the problem with its name.
func (p *parser) named(into reflect.Type, name string, seen map[string]bool) (reflect.Type, *Error) {
	if !p.rules.names {
		return nil, nil //nolint:nilnil // no type is any type
	}
	if seen[name] {
		return nil, p.fail(Names, "This object has the field twice. Leave out one of them.")
	}
	seen[name] = true
	if into == nil || into.Kind() != reflect.Struct {
		return element(into), nil
	}
	known := p.known(into)
	if of, ok := known[name]; ok {
		return of, nil
	}
	for other := range known {
		if strings.EqualFold(other, name) {
			return nil, p.fail(Names, "There is no such field. Write its name as %q.", other)
		}
	}
	if p.rules.known {
		return nil, p.fail(Names, "There is no such field.")
	}
	return nil, nil //nolint:nilnil // no type is any type
}

// text reads a string and returns what it says.
func (p *parser) text() (string, *Error) {
	start := p.at
	if p.next() != '"' {
		return "", p.unexpected("a string")
	}
	plain := true
	for p.at++; p.at < len(p.data); {
		switch c := p.data[p.at]; {
		case c == '"':
			p.at++
			return p.said(start, plain), nil
		case c == '\\':
			plain = false
			if err := p.escape(); err != nil {
				return "", err
			}
		case c < ' ':
			return "", p.fail(Syntax, "A string contains a control character; write it as \\u%04x.", c)
		case c < utf8.RuneSelf:
			p.at++
		default:
			r, size := utf8.DecodeRune(p.data[p.at:])
			if r == utf8.RuneError && size == 1 {
				return "", p.fail(Text, "The byte 0x%02x is no UTF-8. Send the text in UTF-8.", c)
			}
			p.at += size
		}
	}
	return "", p.fail(Syntax, "The JSON text ends within a string.")
}

// said returns the string that ends before the present byte.
func (p *parser) said(start int, plain bool) string {
	if plain {
		return string(p.data[start+1 : p.at-1])
	}
	var s string
	_ = json.Unmarshal(p.data[start:p.at], &s) // it was just found to be in order
	return s
}

// escape reads a backslash and what belongs to it.
func (p *parser) escape() *Error {
	start := p.at
	p.at++
	switch p.next() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.at++
		return nil
	case 'u':
	default:
		return p.unexpected("an escape such as \\n or \\u0041")
	}
	unit, err := p.unit()
	if err != nil {
		return err
	}
	switch {
	case unit == 0 && !p.rules.null:
		p.at = start
		return p.fail(Text, "Leave out the character U+0000.")
	case !utf16.IsSurrogate(unit):
		return nil
	}
	if p.next() == '\\' && p.at+1 < len(p.data) && p.data[p.at+1] == 'u' {
		p.at++
		low, err := p.unit()
		if err != nil {
			return err
		}
		if utf16.DecodeRune(unit, low) != utf8.RuneError {
			return nil
		}
	}
	p.at = start
	return p.fail(Text, "%s is half of a surrogate pair, which is no character. Write both halves, or the character itself.", p.data[start:start+6])
}

// unit reads "u" and four hexadecimal digits.
func (p *parser) unit() (rune, *Error) {
	p.at++
	var unit rune
	for range 4 {
		digit, err := strconv.ParseUint(string(rune(p.next())), 16, 8)
		if err != nil {
			return 0, p.unexpected("a hexadecimal digit")
		}
		unit = unit<<4 | rune(digit)
		p.at++
	}
	return unit, nil
}

// number reads a number.
func (p *parser) number(into reflect.Type) *Error {
	start := p.at
	if p.next() == '-' {
		p.at++
	}
	if p.next() == '0' {
		p.at++
	} else if err := p.digits(); err != nil {
		return err
	}
	if p.next() == '.' {
		p.at++
		if err := p.digits(); err != nil {
			return err
		}
	}
	if c := p.next(); c == 'e' || c == 'E' {
		p.at++
		if c := p.next(); c == '+' || c == '-' {
			p.at++
		}
		if err := p.digits(); err != nil {
			return err
		}
	}
	if !p.rules.known || into == nil || !isWhole(into.Kind()) {
		return nil
	}
	if _, err := strconv.ParseInt(string(p.data[start:p.at]), 10, into.Bits()); err != nil {
		p.at = start
		return p.fail(Type, "This must be a whole number.")
	}
	return nil
}

// digits reads one digit or more.
func (p *parser) digits() *Error {
	if c := p.next(); c < '0' || '9' < c {
		return p.unexpected("a digit")
	}
	for '0' <= p.next() && p.next() <= '9' {
		p.at++
	}
	return nil
}
