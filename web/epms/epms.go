package epms

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/results"
	"urna/web/respond"
)

// Services are what the contract's calls translate to.
type Services struct {
	Auth         *auth.Service
	Elections    *elections.Service
	Participants *participants.Service
	Batches      *batch.Service
	Results      *results.Service
	DB           *database.DB
	// Registration says whether everybody may register as an official, and whether such accounts wait.
	Registration auth.Registration
	// MaxUpload is the largest body of an upload, in bytes.
	MaxUpload int64
	// TimeZone is the server's, in which times without an offset are read and all are given back.
	TimeZone *time.Location
}

// EPMS holds one handler per route, and the middleware for who may use it.
type EPMS struct {
	services Services
	store    store
}

// New returns the contract over the given services.
func New(services Services) *EPMS {
	return &EPMS{services: services, store: store{db: services.DB}}
}

// refusal is one of the contract's messages.
type refusal string

// Error returns the message.
func (r refusal) Error() string { return string(r) }

// The messages that do not depend on a field's or line's name.
const (
	errJMBG           refusal = "Invalid jmbg."
	errEmail          refusal = "Invalid email."
	errPassword       refusal = "Invalid password."
	errEmailTaken     refusal = "Email already exists."
	errJMBGTaken      refusal = "JMBG already exists."
	errCredentials    refusal = "Invalid credentials." //nolint:gosec // a message, no password
	errUnknownUser    refusal = "Unknown user."
	errApproval       refusal = "Needs another administrator's approval."
	errTimes          refusal = "Invalid date and time."
	errParticipants   refusal = "Invalid participants."
	errNoSuchElection refusal = "Election does not exist."
	errOngoing        refusal = "Election is ongoing."
	errNoneOngoing    refusal = "No election is ongoing."
	errNoFile         refusal = "Field file is missing."
	// errIncomplete is no part of the contract: the old system's server cut such a request off itself.
	errIncomplete refusal = "The request ended early; nothing of it was stored."
)

// missing is the refusal of a field that is not there.
func missing(field string) refusal { return refusal("Field " + field + " is missing.") }

// invalid is the refusal of a field that has no message of its own in the contract.
func invalid(field string) refusal { return refusal("Invalid " + field + ".") }

type messageView struct {
	Message string `json:"message"`
}

type msgView struct {
	Msg string `json:"msg"`
}

// Form is middleware: refusals of paths under the contract, those that no handler of this package made among them,
// have the contract's form.
func Form(c *gin.Context) {
	respond.InWords(func(status int, f *problem.Error) any {
		if status == http.StatusUnauthorized || status == http.StatusTooManyRequests {
			return msgView{Msg: f.Message.String()}
		}
		return messageView{Message: f.Message.String()}
	})(c)
}

// Refuse answers a call that never came to its handler, in the contract's form.
func (e *EPMS) Refuse(c *gin.Context, err error) {
	c.Abort()
	fail(c, err)
}

// fail answers with a refusal in the contract's form and ends the request. An unexpected error leaves
// through the one exit of all errors, which logs it.
func fail(c *gin.Context, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		message(c, http.StatusRequestEntityTooLarge, "The request is larger than this server takes.")
		return
	}
	if r, ok := errors.AsType[refusal](err); ok {
		message(c, http.StatusBadRequest, string(r))
		return
	}
	f, ok := errors.AsType[*problem.Error](err)
	if !ok {
		respond.Error(c, err)
		return
	}
	switch f.Kind {
	case problem.TooMany:
		if seconds, ok := f.Extra["retry_after"].(int64); ok {
			c.Header("Retry-After", strconv.FormatInt(seconds, 10))
		}
		unauthorized(c, http.StatusTooManyRequests, f.Message.String())
	case problem.Malformed, problem.Invalid, problem.Conflict, problem.NotFound, problem.Forbidden:
		message(c, http.StatusBadRequest, f.Message.String())
	default:
		respond.Error(c, err)
	}
}

func message(c *gin.Context, status int, text string) {
	c.Abort()
	respond.JSON(c, status, messageView{Message: text})
}
