package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"urna/assets"
	"urna/web/respond"
)

//go:embed docs.html
var docsSource string

//nolint:gochecknoglobals // a table, never written
var docsTemplate = template.Must(template.New("docs").Parse(docsSource))

// docsBody is the page. It is drawn once: it is the same for everybody.
//
//nolint:gochecknoglobals // a constant that takes some milliseconds to compute
var docsBody = sync.OnceValues(func() ([]byte, error) {
	var b bytes.Buffer
	err := docsTemplate.Execute(&b, drawDocs())
	return b.Bytes(), err
})

type docsPage struct {
	Title, Lead, Stylesheet, Source string
	Rules                           []string // what holds for all calls, a paragraph each
	Groups                          []docsGroup
	Types                           []docsType
}

type docsGroup struct {
	ID, Name, Title string
	Calls           []docsCall
}

type docsCall struct {
	Method, Path, Summary, Description string
	Public                             bool
	Parameters                         []docsField
	Takes, Answers                     []docsBodyOf
	Refusals                           []string // statuses
	Curl                               string
}

// docsBodyOf is a kind of body that a call takes or answers.
type docsBodyOf struct {
	Kind, Status, Text, Example string
	Fields                      []docsField
}

// docsType is a component: a type that fields of several calls have.
type docsType struct {
	Name, Text string
	Words      []docsWord
	Fields     []docsField
}

// Docs answers GET /docs: the description as a page that needs neither scripts nor a network.
func (a *API) Docs(c *gin.Context) {
	page, err := docsBody()
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.Body(c, http.StatusOK, "text/html; charset=utf-8", page)
}

// drawDocs arranges the description for reading: by tag, then by path and method.
func drawDocs() docsPage {
	d := parseDescription()
	paragraphs := strings.Split(d.Info.Description, "\n\n")
	page := docsPage{
		Title: d.Info.Title, Lead: paragraphs[0], Rules: paragraphs[1:],
		Stylesheet: assets.URL("urna.css"), Source: Base + "/openapi.json",
	}
	for _, tag := range d.Tags {
		group := docsGroup{
			ID: strings.ReplaceAll(tag.Name, " ", "-"), Name: tag.Name, Title: strings.TrimSuffix(tag.Description, "."),
		}
		for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
			operations := d.methods(path)
			for _, method := range slices.Sorted(maps.Keys(operations)) {
				if op := operations[method]; slices.Contains(op.Tags, tag.Name) {
					group.Calls = append(group.Calls, d.drawCall(method, path, op))
				}
			}
		}
		page.Groups = append(page.Groups, group)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		s := d.Components.Schemas[name]
		page.Types = append(page.Types, docsType{
			Name: name, Text: s.Description, Words: typeOf(s), Fields: d.fieldsOf(s, ""),
		})
	}
	return page
}

func (d openAPI) drawCall(method, path string, op *operation) docsCall {
	call := docsCall{
		Method: method, Path: path, Summary: op.Summary, Description: op.Description, Public: isPublic(op),
		Curl: curlLine(method, path, op, d.parametersOf(path, op)),
	}
	for _, p := range d.parametersOf(path, op) {
		call.Parameters = append(call.Parameters, docsField{
			Name: p.Name, Text: p.Description, Type: typeOf(p.Schema), Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			call.Takes = append(call.Takes, d.drawBody(kind, op.RequestBody.Content[kind]))
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		answered := op.Responses[status]
		if status[0] != '2' {
			call.Refusals = append(call.Refusals, status)
			continue
		}
		if answered.Ref != "" {
			answered = d.Components.Responses[lastOf(answered.Ref)]
		}
		if len(answered.Content) == 0 {
			call.Answers = append(call.Answers, docsBodyOf{Status: status, Text: answered.Description})
		}
		for _, kind := range slices.Sorted(maps.Keys(answered.Content)) {
			body := d.drawBody(kind, answered.Content[kind])
			body.Status, body.Text = status, answered.Description
			call.Answers = append(call.Answers, body)
		}
	}
	return call
}

func (d openAPI) drawBody(kind string, c content) docsBodyOf {
	return docsBodyOf{Kind: kind, Example: readable(c.Example), Fields: d.fieldsOf(c.Schema, "")}
}
