package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
)

// healthy answers that the process runs.
func (s *server) healthy(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// ready answers whether the server can work: 200, or 503 with nothing but the fact.
func (s *server) ready(c *gin.Context) {
	if err := s.services.Ready(c.Request.Context()); err != nil {
		respond.Error(c, problem.New(problem.Busy, "not-ready", messages.RefusalNotReady()))
		return
	}
	// Warnings are reported with status 200: with 503 a proxy would turn voters away.
	var answer strings.Builder
	answer.WriteString("ready\n")
	if s.services.Clock != nil {
		if p, parted := s.services.Clock.ClockParted(); parted && !p.Since.IsZero() {
			answer.WriteString(messages.ClockReadiness().String() + "\n")
		}
	}
	if s.services.Warnings != nil {
		for _, w := range s.services.Warnings(c.Request.Context()) {
			answer.WriteString(w.Code + ": " + w.Sentence.String() + "\n")
		}
	}
	c.String(http.StatusOK, "%s", answer.String())
}
