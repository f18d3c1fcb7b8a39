package web

import "github.com/gin-gonic/gin"

// routes is a group of routes on which GET answers HEAD as well, so that no route can have one without the other.
type routes struct{ *gin.RouterGroup }

// GET adds a route that answers GET, and HEAD with the same status and headers. The handlers see which of the two it
// is: one that records something, or opens a connection, must not do so for HEAD. net/http drops the body.
func (r routes) GET(path string, handlers ...gin.HandlerFunc) {
	r.RouterGroup.GET(path, handlers...)
	r.RouterGroup.HEAD(path, handlers...)
}
