package web

import (
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
)

// How many uploads may be under way at once: of one account, and of all. Each holds some memory and a file;
// a page sends its files one after another.
const (
	uploadsAtOnce    = 4
	allUploadsAtOnce = 64
)

var (
	errUploadsOfAccount = problem.New(problem.TooMany, "too-many-uploads",
		messages.ProblemTooManyUploadsAccount(uploadsAtOnce)).
		WithExtra("retry_after", int64(10))
	errUploadsOfAll = problem.New(problem.TooMany, "too-many-uploads",
		messages.ProblemTooManyUploads()).
		WithExtra("retry_after", int64(30))
)

// places bounds the uploads under way. The zero value is ready.
type places struct {
	mutex sync.Mutex
	taken map[int64]int // by account
	all   int
}

// take takes a place for an account, or says why there is none.
func (p *places) take(account int64) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch {
	case p.taken[account] >= uploadsAtOnce:
		return errUploadsOfAccount
	case p.all >= allUploadsAtOnce:
		return errUploadsOfAll
	}
	if p.taken == nil {
		p.taken = map[int64]int{}
	}
	p.taken[account]++
	p.all++
	return nil
}

// leave gives a place back.
func (p *places) leave(account int64) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.all--
	if p.taken[account]--; p.taken[account] == 0 {
		delete(p.taken, account)
	}
}

// place lets an upload in while there is a place for it. It is held until the answer: the deadlines of
// package patient end an upload that does not get on.
func (s *server) place(c *gin.Context) {
	account := principal.Actor(c).ID
	if err := s.uploads.take(account); err != nil {
		// The body is not read; the connection ends with the answer.
		c.Header("Connection", "close")
		if strings.HasPrefix(c.FullPath(), epmsBase+"/") {
			s.services.EPMS.Refuse(c, err)
			return
		}
		respond.Error(c, err)
		return
	}
	defer s.uploads.leave(account)
	c.Next()
}
