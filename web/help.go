package web

import (
	"github.com/gin-gonic/gin"

	"urna/web/help"
	"urna/web/view"
)

// explained is middleware: it tells a page where the handbook explains it.
func explained(c *gin.Context) {
	if address := help.For(c.FullPath()); address != "" {
		c.Request = c.Request.WithContext(view.WithHelp(c.Request.Context(), address))
	}
}
