package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/assets"
	"urna/web/respond"
)

//go:embed docs.html
var docsSource string

//nolint:gochecknoglobals // a table, never written
var docsTemplate = template.Must(template.New("docs").Parse(docsSource))

type docsPage struct {
	Title, Description, Stylesheet, Source string
	Groups                                 []docsGroup
}

type docsGroup struct {
	Name, Title string
	Calls       []docsCall
}

type docsCall struct {
	Method, Path, Summary, Description string
	Public                             bool
	Takes, Answers                     []string
}

// Docs answers GET /docs: the description as a page that needs neither scripts nor a network.
func (a *API) Docs(c *gin.Context) {
	var b bytes.Buffer
	if err := docsTemplate.Execute(&b, drawDocs()); err != nil {
		respond.Error(c, err)
		return
	}
	respond.Body(c, http.StatusOK, "text/html; charset=utf-8", b.Bytes())
}

// drawDocs arranges the description for reading: by tag, then by path and method.
func drawDocs() docsPage {
	d := parseDescription()
	page := docsPage{
		Title: d.Info.Title, Description: d.Info.Description,
		Stylesheet: assets.URL("urna.css"), Source: Base + "/openapi.json",
	}
	for _, tag := range d.Tags {
		group := docsGroup{Name: tag.Name, Title: tag.Description}
		for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
			operations := d.methods(path)
			for _, method := range slices.Sorted(maps.Keys(operations)) {
				if op := operations[method]; slices.Contains(op.Tags, tag.Name) {
					group.Calls = append(group.Calls, drawCall(method, path, op))
				}
			}
		}
		page.Groups = append(page.Groups, group)
	}
	return page
}

func drawCall(method, path string, op *operation) docsCall {
	call := docsCall{
		Method: method, Path: Base + path, Summary: op.Summary, Description: op.Description,
		Public: op.Security != nil && len(*op.Security) == 0, Answers: slices.Sorted(maps.Keys(op.Responses)),
	}
	if op.RequestBody != nil {
		call.Takes = slices.Sorted(maps.Keys(op.RequestBody.Content))
	}
	return call
}
