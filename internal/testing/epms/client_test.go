package epms

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// object is a JSON object as a client writes it.
type object = map[string]any

// client calls the program as one person, or without a token.
type client struct {
	base  string
	token string
	http  *http.Client
}

func newClient(base string) *client {
	return &client{base: base, http: &http.Client{Timeout: time.Minute}}
}

// with returns the client with another token.
func (c *client) with(token string) *client { return &client{base: c.base, token: token, http: c.http} }

// answer is what came back.
type answer struct {
	call   string
	status int
	kind   string
	body   string
}

// call sends a JSON body; nil sends none, a string is sent as it is.
func (c *client) call(t *testing.T, method, path string, body any) answer {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return c.send(t, method, path, "", nil)
	case string:
		return c.send(t, method, path, "application/json", []byte(b))
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		return c.send(t, method, path, "application/json", encoded)
	}
}

func (c *client) post(t *testing.T, path string, body any) answer {
	t.Helper()
	return c.call(t, http.MethodPost, path, body)
}

func (c *client) get(t *testing.T, path string) answer {
	t.Helper()
	return c.call(t, http.MethodGet, path, nil)
}

func (c *client) send(t *testing.T, method, path, kind string, body []byte) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, c.base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.do(t, request)
}

func (c *client) do(t *testing.T, request *http.Request) answer {
	t.Helper()
	response, err := c.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{
		call: request.Method + " " + request.URL.Path, status: response.StatusCode,
		kind: response.Header.Get("Content-Type"), body: string(read),
	}
}

// is wants a status and a JSON body, to the last member.
func (a answer) is(t *testing.T, status int, want any) {
	t.Helper()
	if a.status != status || !reflect.DeepEqual(a.decoded(t), plain(t, want)) {
		t.Errorf("%s: want %d %v, got %d %s", a.call, status, want, a.status, a.body)
	}
	if !strings.HasPrefix(a.kind, "application/json") {
		t.Errorf("%s: want application/json, got %q", a.call, a.kind)
	}
}

// refused wants 400 with the message.
func (a answer) refused(t *testing.T, message string) {
	t.Helper()
	a.is(t, http.StatusBadRequest, object{"message": message})
}

// headerMissing wants the answer to a caller without a token, or not one of the role.
func (a answer) headerMissing(t *testing.T) {
	t.Helper()
	a.is(t, http.StatusUnauthorized, object{"msg": "Missing Authorization Header"})
}

// tokenRefused wants 401 or 422 with a msg.
func (a answer) tokenRefused(t *testing.T) {
	t.Helper()
	var said struct {
		Msg string `json:"msg"`
	}
	err := json.Unmarshal([]byte(a.body), &said)
	if err != nil || said.Msg == "" || a.status != http.StatusUnauthorized && a.status != http.StatusUnprocessableEntity {
		t.Errorf("%s: want 401 or 422 with a msg, got %d %s", a.call, a.status, a.body)
	}
}

// empty wants 200 without a body.
func (a answer) empty(t *testing.T) {
	t.Helper()
	if a.status != http.StatusOK || a.body != "" {
		t.Errorf("%s: want 200 without a body, got %d %s", a.call, a.status, a.body)
	}
}

// into wants 200 and decodes the body.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%s: want 200, got %d %s", a.call, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%s: %v in %s", a.call, err, a.body)
	}
}

func (a answer) decoded(t *testing.T) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Errorf("%s: want JSON, got %d %s", a.call, a.status, a.body)
	}
	return v
}

// plain returns a value as JSON decodes it.
func plain(t *testing.T, v any) (decoded any) {
	t.Helper()
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// copyWith returns the object with one field changed.
func copyWith(o object, field string, value any) object {
	c := maps.Clone(o)
	c[field] = value
	return c
}

// checkMissing wants each field to be called missing where it is absent, null or empty, before anything is
// said of the fields' contents and before any later field: those before it hold a blank, which is present.
func checkMissing(t *testing.T, c *client, path string, names ...string) {
	t.Helper()
	body := object{}
	for i, name := range names {
		message := "Field " + name + " is missing."
		c.post(t, path, body).refused(t, message)
		for _, nothing := range []any{nil, ""} {
			c.post(t, path, copyWith(body, name, nothing)).refused(t, message)
		}
		if i == 0 {
			for _, anonymous := range []any{nil, "", "null", "[]", `"text"`, "7", "{", `{"` + name + `": "x"`, "name=x"} {
				c.post(t, path, anonymous).refused(t, message)
			}
		}
		body[name] = " "
	}
}
