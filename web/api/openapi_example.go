package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// inlineBody is the longest body that a curl line shows; a longer one is in a file.
const inlineBody = 200

const (
	jsonType = "application/json"
	formType = "multipart/form-data"
)

// exampleIDs are the numbers in the examples, by the part of the path before them.
//
//nolint:gochecknoglobals // a table, never written
var exampleIDs = map[string]string{
	"users": "4", "approvals": "5", "participants": "1", "elections": "7", "batches": "31", "witnesses": "1",
	"stations": "101", "constituencies": "12", "corrections": "2",
}

// examplePath returns a path with the numbers of the examples.
func examplePath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = exampleIDs[parts[i-1]]
		}
	}
	return strings.Join(parts, "/")
}

// readable writes an example as people read it: JSON with indents, a text as it is.
func readable(example json.RawMessage) string {
	if len(example) == 0 {
		return ""
	}
	var text string
	if json.Unmarshal(example, &text) == nil {
		return strings.TrimSuffix(text, "\n")
	}
	var b bytes.Buffer
	if json.Indent(&b, example, "", "  ") != nil {
		return string(example)
	}
	return b.String()
}

// curlLine returns a command that makes the call with the values of its examples. $URNA is the address of the
// server, and $TOKEN an access token.
func curlLine(method, path string, op *operation, parameters []*parameterView) string {
	words := []string{"curl"}
	answers := okContent(op)
	if _, stream := answers["text/event-stream"]; stream {
		words = append(words, "-N")
	}
	for kind := range answers {
		if kind != jsonType && kind != "text/event-stream" && strings.Contains(lastOf(path), ".") {
			words = append(words, "-O")
		}
	}
	if !isPublic(op) {
		words = append(words, `-H "Authorization: Bearer $TOKEN"`)
	}
	body := bodyWords(op)
	if method != http.MethodGet && (method != http.MethodPost || body == nil) {
		words = append(words, "-X "+method)
	}
	words = append(words, body...)
	address := "$URNA" + examplePath(path)
	var query []string
	for _, p := range parameters {
		if p.In == "query" && len(p.Example) > 0 {
			query = append(query, p.Name+"="+readable(p.Example))
		}
	}
	if query != nil {
		address += "?" + strings.Join(query, "&")
	}
	return strings.Join(append(words, `"`+address+`"`), " ")
}

// bodyWords are the words of a curl line that send the body.
func bodyWords(op *operation) []string {
	if op.RequestBody == nil {
		return nil
	}
	kinds := slices.Sorted(maps.Keys(op.RequestBody.Content))
	kind := kinds[len(kinds)-1] // a table as the body itself rather than in a form
	switch kind {
	case formType:
		return []string{"-F file=@protocol-1.pdf"}
	case jsonType:
		var b bytes.Buffer
		if json.Compact(&b, op.RequestBody.Content[kind].Example) != nil || b.Len() > inlineBody {
			return []string{`-H "Content-Type: application/json"`, "-d @request.json"}
		}
		return []string{`-H "Content-Type: application/json"`, "-d '" + strings.ReplaceAll(b.String(), "'", `'\''`) + "'"}
	}
	return []string{`-H "Content-Type: ` + kind + `"`, "--data-binary @file.csv"}
}

// okContent returns the contents of the first answer that is a success.
func okContent(op *operation) map[string]content {
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if status[0] == '2' && len(op.Responses[status].Content) > 0 {
			return op.Responses[status].Content
		}
	}
	return nil
}

func isPublic(op *operation) bool { return op.Security != nil && len(*op.Security) == 0 }
