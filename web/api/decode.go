package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	wording "urna/internal/text"
	"urna/internal/text/strictjson"
	"urna/web/respond"
)

// maxBody is the largest body of a request that is not an upload.
const maxBody = 1 << 20

// maxDefinition is the largest definition of an election: that of a nation with 50,000 polling stations.
const maxDefinition = 16 << 20

// target takes one field's value and returns its mistake. The names of the problems are
// relative to the field: "" is the field itself, ".id" a field of it, "[2]" an entry.
type target func(raw json.RawMessage) []problem.Field

// wrong returns one problem with a field itself.
func wrong(message messages.Message) []problem.Field {
	return []problem.Field{{Message: message}}
}

// inside returns the problems with their names under a step of the path.
func inside(step string, problems []problem.Field) []problem.Field {
	for i := range problems {
		problems[i].Name = step + problems[i].Name
	}
	return problems
}

// object names the fields that a JSON object may have and where their values go.
type object map[string]target

// readBody reads the request's body as one JSON object into the targets. Every problem is named.
func readBody(c *gin.Context, into object) error { return readUpTo(c, maxBody, into) }

func readUpTo(c *gin.Context, most int64, into object) error {
	if err := respond.Encoded(c); err != nil {
		return err
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, most))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return problem.New(problem.Malformed, "malformed-body", messages.RefusalMalformedBody())
	}
	if err := checkSyntax(raw); err != nil {
		return err
	}
	var checks problem.Checks
	for _, problem := range into.read(raw) {
		checks.Add(strings.TrimPrefix(problem.Name, "."), problem.Message)
	}
	return checks.Err()
}

// checkSyntax accepts only exactly one JSON object whose strings are text.
func checkSyntax(raw []byte) error {
	if err := strictjson.Check(raw); err != nil {
		return problem.New(problem.Malformed, "malformed-json", messages.RefusalMalformedJsonReason(err.Error()))
	}
	if whole := bytes.TrimSpace(raw); whole[0] != '{' {
		return problem.New(problem.Malformed, "malformed-json", messages.RefusalMalformedJson())
	}
	return nil
}

// nested takes an object.
func nested(o object) target { return o.read }

// read takes an object's fields; raw is known to be well-formed JSON.
func (o object) read(raw json.RawMessage) []problem.Field {
	seen := map[string]bool{}
	return eachName(func(name string, value json.RawMessage) []problem.Field {
		problems := o.set(name, value, seen[name])
		seen[name] = true
		return problems
	})(raw)
}

// byName takes an object with names of the client's choice, each once.
func byName(read func(name string, raw json.RawMessage) []problem.Field) target {
	return func(raw json.RawMessage) []problem.Field {
		seen := map[string]bool{}
		return eachName(func(name string, value json.RawMessage) []problem.Field {
			if seen[name] {
				return wrong(messages.JsonRepeated())
			}
			seen[name] = true
			return read(name, value)
		})(raw)
	}
}

// eachName takes an object's fields one by one.
func eachName(read func(name string, raw json.RawMessage) []problem.Field) target {
	return func(raw json.RawMessage) []problem.Field {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
			return wrong(messages.JsonObject())
		}
		var problems []problem.Field
		for decoder.More() {
			var value json.RawMessage
			token, err := decoder.Token()
			name, isName := token.(string)
			if err != nil || !isName || decoder.Decode(&value) != nil {
				return wrong(messages.JsonUnreadable()) // cannot be: the syntax was checked
			}
			problems = append(problems, inside("."+name, read(name, value))...)
		}
		return problems
	}
}

func (o object) set(name string, value json.RawMessage, again bool) []problem.Field {
	into, known := o[name]
	if !known {
		return wrong(messages.JsonUnknown())
	}
	if again {
		return wrong(messages.JsonRepeated())
	}
	return into(value)
}

// isNull reports whether a value is JSON's null.
func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// scalar takes a value of a Go type that encoding/json can read; otherwise is the sentence for any other value.
func scalar[T any](into *T, otherwise messages.Message) target {
	return func(raw json.RawMessage) []problem.Field {
		if isNull(raw) || json.Unmarshal(raw, into) != nil {
			return wrong(otherwise)
		}
		return nil
	}
}

// text takes a string.
func text(into *string) target { return scalar(into, messages.JsonString()) }

// named takes a string of a named type, such as a role; the domain says which ones there are.
func named[T ~string](into *T) target { return scalar(into, messages.JsonString()) }

// truth takes true or false.
func truth(into *bool) target { return scalar(into, messages.JsonTrueOrFalse()) }

// integer takes an integer.
func integer[T int | int64](into *T) target { return scalar(into, messages.JsonInteger()) }

// set takes a value that may be absent: into stays nil unless the field is there.
func set[T any](into **T, read func(*T) target) target {
	return func(raw json.RawMessage) []problem.Field {
		value := new(T)
		if problems := read(value)(raw); len(problems) > 0 {
			return problems
		}
		*into = value
		return nil
	}
}

// orNone is set for a value that null removes.
func orNone[T any](into **T, read func(*T) target) target {
	return func(raw json.RawMessage) []problem.Field {
		if isNull(raw) {
			*into = nil
			return nil
		}
		return set(into, read)(raw)
	}
}

// nullable lets null stand for absent.
func nullable(read target) target {
	return func(raw json.RawMessage) []problem.Field {
		if isNull(raw) {
			return nil
		}
		return read(raw)
	}
}

// instant takes a time as RFC 3339 has it, with any offset.
func instant(into *time.Time) target {
	return func(raw json.RawMessage) []problem.Field {
		var s string
		if !isNull(raw) && json.Unmarshal(raw, &s) == nil {
			if t, ok := strictjson.Time(s); ok {
				*into = t
				return nil
			}
		}
		return wrong(messages.JsonTime())
	}
}

// number takes a number and keeps its digits, so that 0.1 stays a tenth.
func number(into *string) target {
	return func(raw json.RawMessage) []problem.Field {
		var n json.Number
		// A quoted number would pass as a json.Number too.
		if isNull(raw) || raw[0] == '"' || json.Unmarshal(raw, &n) != nil {
			return wrong(messages.JsonNumber())
		}
		*into = n.String()
		return nil
	}
}

// erasable takes a string, or null to empty what was there.
func erasable(into *string) target {
	return func(raw json.RawMessage) []problem.Field {
		if isNull(raw) {
			*into = ""
			return nil
		}
		return text(into)(raw)
	}
}

// names takes an object of names by language; null or an empty one leaves none.
func names(into *wording.Names) target {
	return func(raw json.RawMessage) []problem.Field {
		*into = ""
		if isNull(raw) {
			return nil
		}
		byTag := map[string]string{}
		problems := byName(func(tag string, raw json.RawMessage) []problem.Field {
			var name string
			problems := text(&name)(raw)
			byTag[tag] = name
			return problems
		})(raw)
		*into = wording.NewNames(byTag)
		return problems
	}
}

// namesIDs reports whether an entry of an array is an object with an id.
func namesIDs(raw json.RawMessage) bool {
	var entries []map[string]json.RawMessage
	return json.Unmarshal(raw, &entries) == nil &&
		slices.ContainsFunc(entries, func(entry map[string]json.RawMessage) bool { return entry["id"] != nil })
}

// changeByID reads an array of objects, each with one of the ids, into the fields of the thing with that id.
func changeByID(raw json.RawMessage, ids []int64, unknown messages.Message, fieldsOf func(i int) object) []problem.Field {
	var entries []object
	seen := map[int]bool{}
	return each(&entries, func(*object) target {
		return func(entry json.RawMessage) []problem.Field {
			var named struct {
				ID int64 `json:"id"`
			}
			at := -1
			if json.Unmarshal(entry, &named) == nil {
				at = slices.Index(ids, named.ID)
			}
			switch {
			case at < 0:
				return inside(".id", wrong(unknown))
			case seen[at]:
				return inside(".id", wrong(messages.JsonRepeated()))
			}
			seen[at] = true
			fields := fieldsOf(at)
			fields["id"] = integer(&named.ID)
			return nested(fields)(entry)
		}
	})(raw)
}
