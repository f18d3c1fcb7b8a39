package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/web/connections"
	"urna/web/respond"
)

// routes is a group of routes on which GET answers HEAD as well, so that no route can have one without the other.
type routes struct{ *gin.RouterGroup }

// GET adds a route that answers GET, and HEAD with the same status and headers. The handlers see which of the two it
// is: one that records something, or opens a connection, must not do so for HEAD. net/http drops the body.
func (r routes) GET(path string, handlers ...gin.HandlerFunc) {
	r.RouterGroup.GET(path, handlers...)
	r.HEAD(path, handlers...)
}

// Public adds a GET route of the API whose answers scripts of every other site may read, refusals among them. An
// answer to a request with Authorization is for this origin alone.
func (r routes) Public(path string, handler gin.HandlerFunc) {
	r.GET(path, forAllOrigins, shared, handler)
	r.OPTIONS(path, preflight)
}

// Open adds a GET route of public files whose answers scripts of every other site may read, unless a browser with a
// session asks. It belongs into a group with shared.
func (r routes) Open(path string, handler gin.HandlerFunc) {
	r.GET(path, forAllWithoutSession, handler)
	r.OPTIONS(path, preflight)
}

// forAllWithoutSession is forAllOrigins for a request without a session.
func forAllWithoutSession(c *gin.Context) {
	if !c.GetBool(hasSession) {
		forAllOrigins(c)
	}
}

// hasSession is the key of requests from browsers that have a session, signed in or on the way there.
const hasSession = "urna.has-session"

// shared makes the answer everybody's, unless it is for a session or a token: then no cache keeps it, and it is not
// compressed.
func shared(c *gin.Context) {
	if c.GetBool(hasSession) || c.GetHeader("Authorization") != "" {
		c.Header("Cache-Control", "no-store")
		return
	}
	respond.Shared(c)
}

// forAllOrigins lets scripts of other sites read the answer, without credentials. The API reads no cookie, so that
// what they get is what anybody gets.
func forAllOrigins(c *gin.Context) {
	if c.GetHeader("Authorization") != "" {
		return
	}
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Access-Control-Expose-Headers", "Content-Disposition, ETag, Retry-After")
	c.Header("Cross-Origin-Resource-Policy", "cross-origin")
}

// preflight tells a browser that it may send a reading request with headers of the site's own. Authorization is not
// among them.
func preflight(c *gin.Context) {
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Access-Control-Allow-Methods", "GET, HEAD")
	c.Header("Access-Control-Allow-Headers", "Content-Type, If-None-Match")
	c.Header("Access-Control-Max-Age", "86400")
	c.Status(http.StatusNoContent)
}

// feed keeps a live feed from counting among the connections: package live bounds its feeds.
func feed(c *gin.Context) { connections.Apart(c.Request.Context()) }
