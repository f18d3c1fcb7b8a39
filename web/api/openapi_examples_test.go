package api_test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// opaque are the kinds of bodies of which JSON can hold no example.
var opaque = []string{"application/zip", "application/pdf", "application/octet-stream"}

// visit calls see with every object of a document, and with the JSON pointer to it.
func visit(value any, pointer string, see func(object map[string]any, pointer string)) {
	switch v := value.(type) {
	case map[string]any:
		see(v, pointer)
		for name, inside := range v {
			if name != "example" {
				visit(inside, pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), see)
			}
		}
	case []any:
		for i, inside := range v {
			visit(inside, pointer+"/"+strconv.Itoa(i), see)
		}
	}
}

// TestDescription_DescribesEveryField wants a description of each component, each field of an object, and each
// parameter. A reference is described by what it refers to.
func TestDescription_DescribesEveryField(t *testing.T) {
	s := newEnv(t)
	document := s.get("", "/openapi.json").want(http.StatusOK)
	schemas := document.at("components", "schemas").(map[string]any)
	described := func(of any) bool {
		object, _ := of.(map[string]any)
		if reference, ok := object["$ref"].(string); ok && object["description"] == nil {
			name, isComponent := strings.CutPrefix(reference, "#/components/schemas/")
			object, _ = schemas[name].(map[string]any)
			if !isComponent || object == nil {
				return false
			}
		}
		text, _ := object["description"].(string)
		return strings.TrimSpace(text) != ""
	}
	for name, schema := range schemas {
		if !described(schema) {
			t.Errorf("%s has no description", name)
		}
	}
	fields := 0
	visit(document.body, "", func(object map[string]any, pointer string) {
		properties, _ := object["properties"].(map[string]any)
		for name, field := range properties {
			fields++
			if !described(field) {
				t.Errorf("%s/properties/%s has no description", pointer, name)
			}
		}
		if object["in"] != nil && object["schema"] != nil && !described(object) {
			t.Errorf("%s: the parameter %v has no description", pointer, object["name"])
		}
	})
	if fields < 700 {
		t.Errorf("want all fields seen, got %d", fields)
	}
}

// TestDescription_ExamplesFitTheirSchemas wants an example of each body that a call takes or answers, which its own
// schema accepts, formats included.
func TestDescription_ExamplesFitTheirSchemas(t *testing.T) {
	s := newEnv(t)
	raw := s.get("", "/openapi.json").want(http.StatusOK).raw
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("urn:openapi", document); err != nil {
		t.Fatal(err)
	}
	seen := 0
	visit(document, "", func(object map[string]any, pointer string) {
		kinds, _ := object["content"].(map[string]any)
		for kind, body := range kinds {
			where := pointer + "/content/" + strings.ReplaceAll(kind, "/", "~1") + "/schema"
			example, given := body.(map[string]any)["example"]
			if slices.Contains(opaque, kind) {
				continue
			}
			if !given {
				t.Errorf("%s has no example", where)
				continue
			}
			schema, err := compiler.Compile("urn:openapi#" + (&url.URL{Path: where}).EscapedPath())
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(example); err != nil {
				t.Errorf("%s: the example does not fit: %v", where, err)
			}
			seen++
		}
	})
	if seen < 140 {
		t.Errorf("want the examples of all calls seen, got %d", seen)
	}
}

// TestDocs_ShowFieldsExamplesAndCommands looks for a call's fields, example and command on the page.
func TestDocs_ShowFieldsExamplesAndCommands(t *testing.T) {
	s := newEnv(t)
	page := string(s.get("", "/docs").want(http.StatusOK).raw)
	for _, want := range []string{
		`<dt><code>official.name</code>`, `The number of the batch.`, `<a href="#type-Ballots">Ballots</a>`, `id="type-Ballots"`,
		`&#34;title&#34;: &#34;Parliamentary election 2027&#34;`,
		`curl -H &#34;Authorization: Bearer $TOKEN&#34; &#34;$URNA/api/v1/batches/31&#34;`,
		`--data-binary @file.csv &#34;$URNA/api/v1/elections/7/batches?station_id=102&#34;`,
		`curl -N &#34;$URNA/elections/7/live&#34;`, `curl -O &#34;$URNA/elections/7/protocol.pdf&#34;`,
		`-X DELETE &#34;$URNA/api/v1/tokens&#34;`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q on the page", want)
		}
	}
	if n := strings.Count(page, "$URNA/"); n != strings.Count(page, "<h3><code>") {
		t.Errorf("want a command for each call, got %d", n)
	}
}
