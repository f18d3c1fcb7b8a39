package vote

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/ballots/online"
	"urna/web/respond"
)

// mostBytes bounds a request's body: the longest fields, every character escaped, fit well.
const mostBytes = 16 << 10

// ballotBox is what this package asks of online.
type ballotBox interface {
	Cast(ctx context.Context, v online.Vote) error
}

// Desk answers the contract.
type Desk struct{ votes ballotBox }

// New returns the desk over the service that takes votes.
func New(votes ballotBox) *Desk { return &Desk{votes: votes} }

// accepted is the one good answer.
const accepted = `{"status":"accepted"}`

// Cast answers POST /vote.
func (d *Desk) Cast(c *gin.Context) {
	respond.Unlogged(c)
	c.Header("Cache-Control", "no-store")
	v, err := read(c)
	if err == nil {
		v.Origin = c.ClientIP()
		err = d.votes.Cast(c.Request.Context(), v)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Data(http.StatusOK, "application/json; charset=utf-8", []byte(accepted))
}

// ballot is the body of a request. The candidate stays as it was written.
type ballot struct {
	PersonalID string          `json:"personal_id"`
	GUID       string          `json:"guid"`
	Candidate  json.RawMessage `json:"candidate"`
}

// read returns the vote in a request's body; whatever is not of the contract's form is
// online.ErrMalformedVote.
func read(c *gin.Context) (online.Vote, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, mostBytes))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return online.Vote{}, online.ErrMalformedVote
	}
	if err != nil {
		return online.Vote{}, err
	}
	var b ballot
	if err := json.Unmarshal(body, &b); err != nil || len(b.Candidate) == 0 {
		return online.Vote{}, online.ErrMalformedVote
	}
	v := online.Vote{Credentials: online.Credentials{PersonalID: b.PersonalID, GUID: b.GUID}}
	switch first := b.Candidate[0]; {
	case first == '"':
		err = json.Unmarshal(b.Candidate, &v.Candidate)
	case first == '-' || '0' <= first && first <= '9':
		v.Candidate = string(b.Candidate)
	default:
		err = online.ErrMalformedVote
	}
	return v, err
}
