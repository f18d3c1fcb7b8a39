package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
)

// errStandby is the refusal of a server on standby.
var errStandby = problem.New(problem.Busy, "standby", messages.RefusalStandby())

// NewStandby returns the server of a process that waits until no other one leads the database. It answers /healthz with
// 200 and all else with 503, /readyz with the body "standby". It closes each connection after its answer, so that the
// client's next one can lead to another server.
func NewStandby(o Options) *Server {
	if o.Languages == nil {
		o.Languages = messages.NewChoice(messages.Offered(), "en")
	}
	s := &server{options: o}
	r := s.engine()
	r.GET("/healthz", s.healthy)
	r.GET("/readyz", func(c *gin.Context) { c.String(http.StatusServiceUnavailable, "standby\n") })
	r.NoRoute(s.standby)
	r.NoMethod(s.standby)
	answer := s.headers(r)
	closing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		w.Header().Set("Cache-Control", "no-store")
		answer.ServeHTTP(w, r)
	})
	return newHTTP(closing, o)
}

// standby refuses a request for anything else.
func (s *server) standby(c *gin.Context) {
	if forPrograms(c.Request) {
		respond.Error(c, errStandby)
		return
	}
	c.Header("Retry-After", "5")
	c.String(http.StatusServiceUnavailable, "%s\n", errStandby.Message.In(c.Request.Context()))
	c.Abort()
}
