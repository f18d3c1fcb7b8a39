package api_test

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is the description, with which the tests of this package compare every answer that they get.
type contract struct {
	mutex    sync.Mutex
	document map[string]any
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
	paths    map[string]*regexp.Regexp
}

var readContract = sync.OnceValues(func() (*contract, error) {
	raw, err := os.ReadFile("openapi.json")
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := &contract{compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}, paths: map[string]*regexp.Regexp{}}
	c.document, _ = document.(map[string]any)
	c.compiler.AssertFormat()
	paths, _ := c.document["paths"].(map[string]any)
	for path := range paths {
		c.paths[path] = regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$")
	}
	return c, c.compiler.AddResource("urn:openapi", document)
})

// in walks into the document.
func (c *contract) in(path ...string) map[string]any {
	at := c.document
	for _, step := range path {
		at, _ = at[step].(map[string]any)
	}
	return at
}

// call returns the way to the described call of a request, nil for none.
func (c *contract) call(method, path string) []string {
	for template, pattern := range c.paths {
		steps := []string{"paths", template, strings.ToLower(method)}
		if pattern.MatchString(path) && c.in(steps...) != nil {
			return steps
		}
	}
	return nil
}

// check compares an answer with the description. It returns the call, and why the answer does not fit. A call that
// is not described, such as one of an address that does not exist, is left out.
func (c *contract) check(method, path string, status int, contentType string, raw []byte) (call string, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	steps := c.call(method, path)
	kind, _, _ := mime.ParseMediaType(contentType)
	if steps == nil || !strings.HasSuffix(kind, "json") || len(raw) == 0 {
		return "", nil
	}
	call = method + " " + steps[1] + " " + strconv.Itoa(status)
	steps = append(steps, "responses", strconv.Itoa(status))
	answer := c.in(steps...)
	if answer == nil {
		return call, fmt.Errorf("the status is not described: %s", raw)
	}
	if reference, ok := answer["$ref"].(string); ok {
		steps = strings.Split(strings.TrimPrefix(reference, "#/"), "/")
	}
	steps = append(steps, "content", kind, "schema")
	if c.in(steps...) == nil {
		return call, fmt.Errorf("%s is not described", kind)
	}
	schema, err := c.schema(steps)
	if err != nil {
		return call, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		return call, fmt.Errorf("the answer does not fit: %w\n%s", err, raw)
	}
	return call, nil
}

func (c *contract) schema(steps []string) (*jsonschema.Schema, error) {
	var written []string
	for _, step := range steps {
		written = append(written, strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
	}
	pointer := "/" + strings.Join(written, "/")
	if known := c.compiled[pointer]; known != nil {
		return known, nil
	}
	schema, err := c.compiler.Compile("urn:openapi#" + (&url.URL{Path: pointer}).EscapedPath())
	c.compiled[pointer] = schema
	return schema, err
}

// fits compares an answer with the description, in every test of this package.
func (s *env) fits(request *http.Request, r *reply) {
	s.t.Helper()
	c, err := readContract()
	must(s.t, err)
	call, err := c.check(request.Method, request.URL.Path, r.status, r.header.Get("Content-Type"), r.raw)
	if err != nil {
		s.t.Errorf("%s: %v", call, err)
	}
	if call != "" {
		s.mutex.Lock()
		s.compared = append(s.compared, call)
		s.mutex.Unlock()
	}
}

// TestDescription_RealAnswersFitTheirSchemas asks a server with an election that is counted; every answer of these and of
// all other tests is compared with its schema. A wrong answer is found.
func TestDescription_RealAnswersFitTheirSchemas(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	s.counted(s.csv(s.first, path, "", lines(0, 3, 1)+lines(0, 1, 2)).want(http.StatusAccepted).str("id"))
	s.compared = nil
	for _, ask := range []struct{ token, path string }{
		{s.first, "/me"},
		{s.administrator, "/users"},
		{s.administrator, "/users/1"},
		{s.administrator, "/participants"},
		{"", "/elections"},
		{"", path},
		{"", path + "/results"},
		{"", path + "/turnout"},
		{s.administrator, path + "/batches"},
		{s.administrator, "/batches/1"},
		{s.administrator, "/batches/1/invalid"},
		{s.administrator, path + "/voter-keys"},
		{s.administrator, path + "/voter-information"},
		{s.administrator, path + "/certification"},
		{"", path + "/lots"},
		{"", path + "/amendments"},
		{"", path + "/corrections"},
		{s.administrator, "/audit-events"},
		{s.administrator, "/approvals"},
		{"", "/log"},
	} {
		s.get(ask.token, ask.path).want(http.StatusOK)
	}
	if len(s.compared) < 19 {
		t.Errorf("want each answer compared, got %v", s.compared)
	}
	c, err := readContract()
	must(t, err)
	for name, wrong := range map[string]struct {
		status int
		body   string
	}{
		"a field is missing": {http.StatusOK, `{"id":1}`}, "a type is wrong": {http.StatusNotFound, `{"type":7,"title":"","status":404,"detail":""}`},
		"the status is not described": {http.StatusTeapot, `{}`},
	} {
		if _, err := c.check(http.MethodGet, "/api/v1/batches/1", wrong.status, "application/problem+json", []byte(wrong.body)); err == nil {
			if _, err := c.check(http.MethodGet, "/api/v1/batches/1", wrong.status, "application/json", []byte(wrong.body)); err == nil {
				t.Errorf("%s: want it found", name)
			}
		}
	}
}
