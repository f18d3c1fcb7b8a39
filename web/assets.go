package web

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/assets"
	"urna/web/negotiate"
	"urna/web/respond"
)

// asset serves an embedded file for a year: its address changes with its content. What gets smaller by compression
// was compressed once for all.
func (s *server) asset(c *gin.Context) {
	a, ok := assets.Open(c.Param("file"))
	if !ok {
		respond.Error(c, errNotFound)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("Content-Type", a.ContentType)
	c.Header("Vary", "Accept-Encoding")
	content, tag := a.Content, `"`+a.Hash+`"`
	if packed := a.Packed(); packed != nil && negotiate.Gzip(c.Request.Header) {
		content, tag = packed, `"`+a.Hash+`-gzip"`
		c.Header("Content-Encoding", "gzip")
		c.Header("Content-Length", strconv.Itoa(len(content))) // ServeContent leaves it out of encoded answers
	}
	c.Header("ETag", tag)
	http.ServeContent(c.Writer, c.Request, a.Name, time.Time{}, bytes.NewReader(content))
}
