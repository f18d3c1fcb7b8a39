// Package principal carries the signed-in person through a request. Middleware of package web sets it,
// handlers read it; who may make a call is decided on the route's own line, not here.
package principal

import (
	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/audit"
)

const key = "urna.caller"

// Set records who makes the request.
func Set(c *gin.Context, u auth.User) { c.Set(key, u) }

// Of returns who makes the request; false if it is not signed in.
func Of(c *gin.Context) (auth.User, bool) {
	v, ok := c.Get(key)
	if !ok {
		return auth.User{}, false
	}
	u, ok := v.(auth.User)
	return u, ok
}

// Actor returns the caller as the audit log names them; an actor without a name if it is not signed in.
func Actor(c *gin.Context) audit.Actor {
	u, ok := Of(c)
	if !ok {
		return audit.Actor{From: c.ClientIP()}
	}
	return u.Actor(c.ClientIP())
}
