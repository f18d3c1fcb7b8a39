package vote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"urna/ballots/online"
	"urna/internal/messages"
	"urna/internal/text/strictjson"
	"urna/web/respond"
)

// mostBytes bounds a request's body: the longest fields, every character escaped, fit well.
const mostBytes = 16 << 10

// bodyTimeout is how long a request's body may take to arrive.
const bodyTimeout = 10 * time.Second

// clock is the real time, which the kernel uses for deadlines of connections.
func clock() time.Time { return time.Now() } //nolint:forbidigo // deadlines go by the kernel's clock

// ballotBox is what this package asks of online.
type ballotBox interface {
	Cast(ctx context.Context, v online.Vote) error
}

// Handler answers the contract.
type Handler struct{ votes ballotBox }

// New returns the handler over the service that takes votes.
func New(votes ballotBox) *Handler { return &Handler{votes: votes} }

// accepted is the one good answer.
const accepted = `{"status":"accepted"}`

// Cast answers POST /vote.
func (h *Handler) Cast(c *gin.Context) {
	respond.Unlogged(c)
	c.Header("Cache-Control", "no-store")
	v, err := read(c)
	if err == nil {
		v.Origin = c.ClientIP()
		err = h.votes.Cast(c.Request.Context(), v)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Data(http.StatusOK, "application/json; charset=utf-8", []byte(accepted))
}

// errForm is returned for a request that is no vote.
var errForm = online.ErrMalformedVote.With(messages.RefusalMalformedVoteForm(int64(mostBytes >> 10)))

// errQuery is returned for a vote whose address has a query.
var errQuery = online.ErrMalformedVote.With(messages.RefusalMalformedVoteQuery())

// ballot is the body of a request.
type ballot struct {
	PersonalID words     `json:"personal_id"`
	GUID       words     `json:"guid"`
	Candidate  candidate `json:"candidate"`
}

// words is a field that holds a string. If it occurs twice, its meaning is ambiguous.
type words struct {
	value string
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(written []byte) error {
	if w.given {
		return errForm
	}
	w.given = true
	if last := len(written) - 1; written[0] == '"' && bytes.IndexByte(written, '\\') < 0 {
		w.value = string(written[1:last]) // as nearly all are; to read each once more costs half of all the reading
		return nil
	}
	return json.Unmarshal(written, &w.value)
}

// candidate is a field that holds a string or, as it was written, a number, which is a poll number and never a name.
type candidate struct {
	words

	number bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *candidate) UnmarshalJSON(written []byte) error {
	if first := written[0]; first != '-' && (first < '0' || '9' < first) {
		return c.words.UnmarshalJSON(written)
	}
	if c.given {
		return errForm
	}
	c.value, c.given, c.number = string(written), true, true
	return nil
}

// read returns the vote in a request's body; whatever is not of the contract's form is
// online.ErrMalformedVote.
func read(c *gin.Context) (online.Vote, error) {
	if c.Request.URL.RawQuery != "" { // a parameter such as dry_run would be passed over, and the vote counted
		return online.Vote{}, errQuery
	}
	if err := respond.Encoded(c); err != nil {
		return online.Vote{}, err
	}
	connection := http.NewResponseController(c.Writer)
	_ = connection.SetReadDeadline(clock().Add(bodyTimeout)) // an error means that there is none to set, in tests
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, mostBytes))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return online.Vote{}, errForm
	}
	if err != nil {
		return online.Vote{}, err
	}
	_ = connection.SetReadDeadline(time.Time{}) // else it would end the vote, which may wait longer for its group
	var b ballot
	// Without an escape, which nearly no vote has, UTF-8 is text; encoding/json would put U+FFFD for half a surrogate pair.
	if !utf8.Valid(body) || bytes.IndexByte(body, '\\') >= 0 && strictjson.Check(body) != nil || json.Unmarshal(body, &b) != nil {
		return online.Vote{}, errForm
	}
	return online.Vote{
		Credentials: online.Credentials{PersonalID: b.PersonalID.value, GUID: b.GUID.value},
		Candidate:   b.Candidate.value, ByNumber: b.Candidate.number,
	}, nil
}
