package web

import (
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/connections"
	"urna/web/principal"
	"urna/web/respond"
)

// The maximum number of concurrent uploads: of one account, and of all accounts. Each needs some memory and an open
// file. A page sends its files one after another.
const (
	maxUploadsOfAccount = 4
	maxUploads          = 64
)

var (
	errUploadsOfAccount = problem.New(problem.TooMany, "too-many-uploads",
		messages.RefusalTooManyUploadsAccount(maxUploadsOfAccount)).
		WithExtra("retry_after", int64(10))
	errUploadsOfAll = problem.New(problem.TooMany, "too-many-uploads",
		messages.RefusalTooManyUploads()).
		WithExtra("retry_after", int64(30))
)

// uploadLimit limits concurrent uploads. The zero value is ready for use.
type uploadLimit struct {
	mutex sync.Mutex
	count map[int64]int // by account
	all   int
}

// acquire counts an upload of an account, or returns the refusal if the limit is reached.
func (l *uploadLimit) acquire(account int64) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	switch {
	case l.count[account] >= maxUploadsOfAccount:
		return errUploadsOfAccount
	case l.all >= maxUploads:
		return errUploadsOfAll
	}
	if l.count == nil {
		l.count = map[int64]int{}
	}
	l.count[account]++
	l.all++
	return nil
}

// release counts the end of an upload.
func (l *uploadLimit) release(account int64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.all--
	if l.count[account]--; l.count[account] == 0 {
		delete(l.count, account)
	}
}

// limitUploads refuses an upload above the limit. An upload counts until its answer; the deadlines of package deadline
// end one that makes no progress.
func (s *server) limitUploads(c *gin.Context) {
	account := principal.Actor(c).ID
	if err := s.uploads.acquire(account); err != nil {
		// The body is not read; the connection ends with the answer.
		c.Header("Connection", "close")
		if strings.HasPrefix(c.FullPath(), epmsBase+"/") {
			s.services.EPMS.Refuse(c, err)
			return
		}
		respond.Error(c, err)
		return
	}
	defer s.uploads.release(account)
	connections.Protect(c.Request.Context())
	c.Next()
}
