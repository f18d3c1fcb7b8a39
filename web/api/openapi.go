package api

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/web/respond"
)

//go:embed openapi.json
var description []byte

// openAPI is what this package reads of its own description.
type openAPI struct {
	Info struct {
		Title, Description string
	}
	Tags []struct {
		Name, Description string
	}
	Paths map[string]struct {
		Get, Post, Patch, Put, Delete *operation
		Parameters                    []*parameterView
	}
	Components struct {
		Schemas    map[string]*schema
		Parameters map[string]*parameterView
		Responses  map[string]*answer
	}
}

type operation struct {
	Summary, Description string
	Tags                 []string
	Security             *[]json.RawMessage
	Parameters           []*parameterView
	Responses            map[string]*answer
	RequestBody          *struct {
		Content map[string]content
	}
}

// parameterView is a parameter of a path or query, or a reference to one.
type parameterView struct {
	Ref         string `json:"$ref"`
	Name, In    string
	Description string
	Required    bool
	Schema      *schema
	Example     json.RawMessage
}

// answer is an answer to a call, or a reference to one.
type answer struct {
	Ref         string `json:"$ref"`
	Description string
	Content     map[string]content
}

type content struct {
	Schema  *schema
	Example json.RawMessage
}

// methods returns the operations of a path by HTTP method.
func (d openAPI) methods(path string) map[string]*operation {
	p := d.Paths[path]
	all := map[string]*operation{
		http.MethodGet: p.Get, http.MethodPost: p.Post, http.MethodPatch: p.Patch,
		http.MethodPut: p.Put, http.MethodDelete: p.Delete,
	}
	for method, op := range all {
		if op == nil {
			delete(all, method)
		}
	}
	return all
}

// parametersOf returns the parameters of an operation: those of its path, then its own.
func (d openAPI) parametersOf(path string, op *operation) []*parameterView {
	var all []*parameterView
	for _, from := range [][]*parameterView{d.Paths[path].Parameters, op.Parameters} {
		for _, p := range from {
			if p.Ref != "" {
				p = d.Components.Parameters[lastOf(p.Ref)]
			}
			all = append(all, p)
		}
	}
	return all
}

// lastOf returns the name at the end of a reference.
func lastOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func parseDescription() openAPI {
	var d openAPI
	if err := json.Unmarshal(description, &d); err != nil {
		panic("api: openapi.json: " + err.Error()) // embedded at build time; a test reads it
	}
	return d
}

// OpenAPI answers GET /openapi.json with the API's description.
func (a *API) OpenAPI(c *gin.Context) {
	respond.Body(c, http.StatusOK, "application/json; charset=utf-8", description)
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// Described returns the methods by path that the description knows, the paths written as the router
// writes them: /api/v1/users/:id → GET, PATCH. Paths outside of Base are among them.
func Described() map[string][]string {
	d := parseDescription()
	routes := make(map[string][]string, len(d.Paths))
	for path := range d.Paths {
		route := pathParameter.ReplaceAllString(path, ":$1")
		for method := range d.methods(path) {
			routes[route] = append(routes[route], strings.ToUpper(method))
		}
	}
	return routes
}
