package resultsfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"urna/results/apportion"
)

// object is a JSON object whose fields are read one by one. Fields are found by their exact names:
// decoding into structs would also take "Votes" for "votes". The first field of a wrong form is
// kept in problem, and everything after it is read as missing or as it is.
type object struct {
	fields  map[string]json.RawMessage
	where   string // for messages
	problem *error
}

// newObject reads data as an object. problem, which may be shared by several objects, must not be
// nil.
func newObject(data json.RawMessage, where string, problem *error) object {
	o := object{where: where, problem: problem}
	if err := json.Unmarshal(data, &o.fields); err != nil || o.fields == nil {
		o.fail("", "an object")
	}
	return o
}

// fail notes that a field does not have the form that it should have.
func (o object) fail(field, wanted string) {
	if *o.problem == nil {
		*o.problem = fmt.Errorf("%w: %s%s must be %s", ErrFormat, o.prefix(), field, wanted)
	}
}

func (o object) prefix() string {
	if o.where == "" {
		return ""
	}
	return o.where + ": "
}

// has reports whether the field is there and not null.
func (o object) has(field string) bool {
	value, ok := o.fields[field]
	return ok && !bytes.Equal(value, []byte("null"))
}

// text reads a string; anything else that is there reads as its JSON.
func (o object) text(field string) string {
	if !o.has(field) {
		return ""
	}
	var text string
	if err := json.Unmarshal(o.fields[field], &text); err != nil {
		return string(o.fields[field])
	}
	return text
}

func (o object) flag(field string) bool {
	flag := false
	if o.has(field) && json.Unmarshal(o.fields[field], &flag) != nil {
		o.fail(field, "true or false")
	}
	return flag
}

// number reads an exact number: a JSON number, or the same as a string.
func (o object) number(field string) *apportion.Ratio {
	if !o.has(field) {
		return nil
	}
	value, err := apportion.ParseRatio(o.text(field))
	if err != nil {
		o.fail(field, fmt.Sprintf("a number of 0 or more, not %.40s", o.fields[field]))
		return nil
	}
	return &value
}

// count reads a whole number of 0 or more; 0 where it is missing. A negative one is let through for
// the calculation to refuse by its name.
func (o object) count(field string) int64 {
	if !o.has(field) {
		return 0
	}
	var number json.Number
	if json.Unmarshal(o.fields[field], &number) == nil {
		if whole, err := number.Int64(); err == nil {
			return whole
		}
	}
	value, err := apportion.ParseRatio(o.text(field))
	if err != nil || value.Denominator() != 1 {
		o.fail(field, fmt.Sprintf("a whole number, not %.40s", o.fields[field]))
		return 0
	}
	return value.Numerator()
}

// seats reads a count of seats, or nil where it is missing.
func (o object) seats(field string) *int {
	if !o.has(field) {
		return nil
	}
	count := o.count(field)
	if count > math.MaxInt32 || count < math.MinInt32 {
		o.fail(field, "a number of seats")
		count = 0
	}
	seats := int(count)
	return &seats
}

// names reads a list of strings; a single string is a list of one.
func (o object) names(field string) []string {
	if !o.has(field) {
		return nil
	}
	var names []string
	if json.Unmarshal(o.fields[field], &names) == nil {
		return names
	}
	var name string
	if json.Unmarshal(o.fields[field], &name) != nil {
		o.fail(field, "a list of names")
		return nil
	}
	return []string{name}
}

// list reads a list of anything.
func (o object) list(field string) []json.RawMessage {
	var items []json.RawMessage
	if o.has(field) && json.Unmarshal(o.fields[field], &items) != nil {
		o.fail(field, "a list")
	}
	return items
}
