package epms

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"urna/internal/problem"
	"urna/internal/text/strictjson"
)

// maxBody is the largest JSON body, in bytes.
const maxBody = 1 << 20

// fields is the JSON object that a request carries.
type fields map[string]json.RawMessage

// readFields reads the request's body, whatever type it claims to be. A missing body, or one that is not
// a JSON object, has no fields. The errors are those of reading, and of a body over the limit.
func readFields(c *gin.Context) (fields, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	if err != nil {
		return nil, err
	}
	var f fields
	if !utf8.Valid(raw) || json.Unmarshal(raw, &f) != nil {
		f = nil
	}
	return f, nil
}

// readWith reads the request's fields and refuses where one of the names is missing, the first one first.
// It returns false where the request is answered already.
func readWith(c *gin.Context, names ...string) (fields, bool) {
	f, err := readFields(c)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
			err = errIncomplete // the client hung up, or sent no whole body
		}
		fail(c, err)
		return nil, false
	}
	for _, name := range names {
		if raw, there := f[name]; !there || string(raw) == "null" || string(raw) == `""` {
			fail(c, missing(name))
			return nil, false
		}
	}
	return f, true
}

// text returns a field that is a string. One with half a surrogate pair or U+0000 in it is no text: encoding/json
// would put another character there, and two passwords would be one.
func (f fields) text(name string) (value string, ok bool) {
	if !strictjson.IsText(f[name]) {
		return "", false
	}
	err := json.Unmarshal(f[name], &value)
	return value, err == nil
}

// truth returns a field that is a boolean, or a number that means one.
func (f fields) truth(name string) (value, ok bool) {
	switch string(f[name]) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	default:
		return false, false
	}
}

// ids returns a field that is a list of whole numbers above 0.
func (f fields) ids(name string) ([]int64, bool) {
	var found []int64
	if err := json.Unmarshal(f[name], &found); err != nil {
		return nil, false
	}
	for _, id := range found {
		if id < 1 { // null among them is 0
			return nil, false
		}
	}
	return found, true
}

// name returns a field that is a person's or participant's name, without blanks around it. A field that is no string, and
// a name that no text of one line may be, is "Invalid ..."; a name of blanks alone is "".
func (f fields) name(field string) (string, error) {
	value, ok := f.text(field)
	if !ok {
		return "", invalid(field)
	}
	value = strings.Trim(value, " ")
	if value != "" && !problem.InText(value).IsZero() {
		return "", invalid(field)
	}
	return strings.TrimSpace(value), nil
}
