package strictjson

import (
	"encoding"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// rfc3339 is narrower than time.Parse, which takes hours of one digit, decimal commas and offsets of 24 hours too.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// notTime is the sentence for a value that is no time.
const notTime = "This must be a time as RFC 3339 has it, such as 2027-04-11T07:00:00+02:00."

// Time reads a time as RFC 3339 has it, with any offset.
func Time(s string) (t time.Time, ok bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil && rfc3339.MatchString(s)
}

// settle follows pointers; a type that reads itself is nil, which takes anything. nullable reports a pointer, an
// interface or a map, which null empties.
func settle(t reflect.Type) (into reflect.Type, nullable bool) {
	for t != nil && t.Kind() == reflect.Pointer {
		t, nullable = t.Elem(), true
	}
	if t == nil || t.Kind() == reflect.Interface {
		return nil, true
	}
	return t, nullable
}

// readsItself reports whether values of the type have their own way of being read.
func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// element returns the type of the values of a list or a map.
func element(t reflect.Type) reflect.Type {
	if t == nil || readsItself(t) {
		return nil
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return t.Elem()
	default:
		return nil
	}
}

func isWhole(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Int64 }

// fits refuses a value whose first byte tells that it is of another type than wanted.
func (p *parser) fits(t reflect.Type) *Error {
	if t == reflect.TypeFor[time.Time]() {
		return p.isTime()
	}
	if t == nil || readsItself(t) {
		return nil
	}
	c := p.next()
	number := c == '-' || '0' <= c && c <= '9'
	switch k := t.Kind(); {
	case k == reflect.String && c != '"':
		return p.fail(Type, "This must be a string.")
	case k == reflect.Bool && c != 't' && c != 'f':
		return p.fail(Type, "This must be true or false.")
	case isWhole(k) && !number:
		return p.fail(Type, "This must be a whole number.")
	case (k == reflect.Slice || k == reflect.Array) && c != '[':
		return p.fail(Type, "This must be a list.")
	case (k == reflect.Struct || k == reflect.Map) && c != '{':
		return p.fail(Type, "This must be an object.")
	default:
		return nil
	}
}

// isTime refuses a value that is no time, and does not move on.
func (p *parser) isTime() *Error {
	start := p.at
	defer func() { p.at = start }()
	if p.next() == '"' {
		if _, err := p.text(); err != nil {
			return err
		}
		// As it is written: time.Time reads no escapes.
		if _, ok := Time(string(p.data[start+1 : p.at-1])); ok {
			return nil
		}
	}
	p.at = start
	return p.fail(Type, notTime)
}

// known returns the fields of a struct by their names in JSON.
func (p *parser) known(t reflect.Type) map[string]reflect.Type {
	if found, ok := p.fields[t]; ok {
		return found
	}
	found := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !field.IsExported() || field.Tag.Get("json") == "-" || field.Anonymous && name == "":
		case name != "":
			found[name] = field.Type
		default:
			found[field.Name] = field.Type
		}
	}
	p.fields[t] = found
	return found
}
