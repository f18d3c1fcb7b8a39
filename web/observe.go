package web

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// observe passes on each request when it is answered.
func (s *server) observe(c *gin.Context) {
	begun := time.Now() //nolint:forbidigo // a duration alone
	c.Next()
	route := c.FullPath()
	s.options.Observe(Answered{
		Method: c.Request.Method, Route: route, Status: c.Writer.Status(), Took: time.Since(begun), //nolint:forbidigo // a duration alone
		Feed: strings.HasSuffix(route, "/live"), Voter: route == votePath || strings.HasPrefix(route, votePath+"/"),
	})
}
