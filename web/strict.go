package web

import (
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/epms"
	"urna/web/respond"
)

// apiRoutes are routes of the API. One that may change something takes no query parameter unless Taking named it: a
// parameter that is misspelt, doubled or empty is refused before anything is read or stored.
type apiRoutes struct {
	routes

	parameters []string
}

// Taking returns the same routes for a line that takes the named query parameters.
func (r apiRoutes) Taking(parameters ...string) apiRoutes { return apiRoutes{r.routes, parameters} }

// POST adds a route.
func (r apiRoutes) POST(path string, handlers ...gin.HandlerFunc) {
	r.write(http.MethodPost, path, handlers)
}

// PUT adds a route.
func (r apiRoutes) PUT(path string, handlers ...gin.HandlerFunc) {
	r.write(http.MethodPut, path, handlers)
}

// PATCH adds a route.
func (r apiRoutes) PATCH(path string, handlers ...gin.HandlerFunc) {
	r.write(http.MethodPatch, path, handlers)
}

// DELETE adds a route.
func (r apiRoutes) DELETE(path string, handlers ...gin.HandlerFunc) {
	r.write(http.MethodDelete, path, handlers)
}

// write adds a route whose query is checked once it is known that the caller may use the route.
func (r apiRoutes) write(method, path string, handlers []gin.HandlerFunc) {
	check := func(c *gin.Context) {
		if err := checkQuery(c.Request.URL.RawQuery, r.parameters); err != nil {
			respond.Error(c, err)
		}
	}
	r.Handle(method, path, slices.Insert(slices.Clone(handlers), len(handlers)-1, check)...)
}

// checkQuery returns the problems of the query of a request that may change something.
func checkQuery(query string, parameters []string) error {
	if query == "" {
		return nil
	}
	var checks problem.Checks
	values, err := url.ParseQuery(query)
	if err != nil {
		checks.Add("query", messages.FieldQueryUndecodable(err.Error()))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		given := values[name]
		switch {
		case !slices.Contains(parameters, name) && len(parameters) == 0:
			checks.Add(name, messages.FieldNoQueryParameters())
		case !slices.Contains(parameters, name):
			checks.Add(name, messages.FieldUnknownQueryParameter(strings.Join(parameters, ", ")))
		case len(given) > 1:
			checks.Add(name, messages.FieldQueryParameterTwice())
		case given[0] == "":
			checks.Add(name, messages.FieldQueryParameterEmpty())
		}
	}
	return checks.Err()
}

// errCrossOrigin answers an unsafe request that another site made a browser send.
var errCrossOrigin = problem.New(problem.Forbidden, "cross-origin", messages.RefusalCrossOrigin())

// crossOrigin refuses unsafe requests that another site made a browser send, in the form of the path.
func (s *server) crossOrigin() gin.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c *gin.Context) {
		if protection.Check(c.Request) == nil {
			return
		}
		slog.WarnContext(c.Request.Context(), "cross-origin request refused", "method", c.Request.Method)
		s.refuse(c, errCrossOrigin)
	}
}

// astray refuses a request that no route answers, in the form of the path: a page to people, a problem to programs,
// the EPMS contract's own form to its clients.
func (s *server) refuse(c *gin.Context, err error) {
	switch path := c.Request.URL.Path; {
	case inFolder(path, "/api"), path == votePath:
	case inFolder(path, epmsBase):
		epms.Form(c)
	default:
		respond.Pages(s.pages.ErrorPage)(c)
	}
	respond.Error(c, err)
}

// inFolder reports whether a path is the folder or something in it.
func inFolder(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }
