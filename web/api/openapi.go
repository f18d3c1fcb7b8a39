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
	}
}

type operation struct {
	Summary, Description string
	Tags                 []string
	Security             *[]json.RawMessage
	Responses            map[string]json.RawMessage
	RequestBody          *struct {
		Content map[string]json.RawMessage
	}
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
// writes them and with the base: /api/v1/users/:id → GET, PATCH.
func Described() map[string][]string {
	d := parseDescription()
	routes := make(map[string][]string, len(d.Paths))
	for path := range d.Paths {
		route := Base + pathParameter.ReplaceAllString(path, ":$1")
		for method := range d.methods(path) {
			routes[route] = append(routes[route], strings.ToUpper(method))
		}
	}
	return routes
}
