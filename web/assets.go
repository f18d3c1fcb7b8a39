package web

import (
	"bytes"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/assets"
	"urna/web/respond"
)

// asset serves an embedded file for a year: its address changes with its content.
func (s *server) asset(c *gin.Context) {
	a, ok := assets.Open(c.Param("file"))
	if !ok {
		respond.Error(c, errNowhere)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("Content-Type", a.ContentType)
	c.Header("ETag", `"`+a.Hash+`"`)
	http.ServeContent(c.Writer, c.Request, a.Name, time.Time{}, bytes.NewReader(a.Content))
}
