package respond

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/internal/approval"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/requestid"
)

const (
	renderKey   = "urna.render-error"
	wordsKey    = "urna.refusal-in-own-words"
	unloggedKey = "urna.unlogged"
)

// The types of pages and of JSON.
const (
	HTML     = "text/html; charset=utf-8"
	JSONType = "application/json; charset=utf-8"
)

// ErrorPage draws the page for a refusal.
type ErrorPage func(c *gin.Context, status int, f *problem.Error) templ.Component

// Pages is middleware for routes that people visit: their refusals become pages.
func Pages(draw ErrorPage) gin.HandlerFunc {
	return func(c *gin.Context) { c.Set(renderKey, draw) }
}

// Words returns the JSON of a refusal in the words of another contract.
type Words func(status int, f *problem.Error) any

// InWords is middleware for routes of another contract: their refusals become JSON of its own form.
func InWords(words Words) gin.HandlerFunc {
	return func(c *gin.Context) { c.Set(wordsKey, words) }
}

// Unlogged keeps the refusals of a request out of the log: where nothing may be written down of who made
// it. Unexpected errors are logged still.
func Unlogged(c *gin.Context) { c.Set(unloggedKey, true) }

// Page writes a component as an HTML page, after rendering it whole, so that an error while rendering
// never leaves half a page.
func Page(c *gin.Context, status int, page templ.Component) {
	var b bytes.Buffer
	if err := page.Render(c.Request.Context(), &b); err != nil {
		if c.Request.Context().Err() != nil { // the client disconnected meanwhile
			c.Status(http.StatusBadRequest)
			return
		}
		slog.ErrorContext(c.Request.Context(), "render page", "path", c.FullPath(), "error", err)
		c.Data(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("Something went wrong on our side."))
		return
	}
	c.Header("Content-Language", messages.From(c.Request.Context()).Language())
	if status >= http.StatusBadRequest { // a form that was refused, too
		numbered(c)
	}
	Body(c, status, HTML, b.Bytes())
}

// JSON writes a value as JSON, after encoding it whole: a value that cannot be encoded is answered with a logged 500
// and never with an empty or broken-off success.
func JSON(c *gin.Context, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		c.Writer.Header().Del("Location") // of what the answer does not describe
		Error(c, fmt.Errorf("encode the answer: %w", err))
		return
	}
	Body(c, status, JSONType, body)
}

// Body writes an answer that is there as a whole, with its length, which HEAD tells too.
func Body(c *gin.Context, status int, contentType string, body []byte) {
	if status == http.StatusOK && c.GetBool(sharedKey) {
		share(c, contentType, body)
		return
	}
	whole(c, status, contentType, body)
}

func whole(c *gin.Context, status int, contentType string, body []byte) {
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Data(status, contentType, body)
}

// SeeOther sends a browser on after a form was taken.
func SeeOther(c *gin.Context, location string) {
	// htmx follows a redirect inside the fragment; this header makes it a whole page.
	if c.GetHeader("HX-Request") == "true" {
		c.Header("HX-Redirect", location)
		c.Status(http.StatusNoContent)
		return
	}
	c.Redirect(http.StatusSeeOther, location)
}

// Encoded returns the refusal of a body with a Content-Encoding, nil for one as it is. Nothing here but an upload of
// ballots unpacks what it gets: read as it came, compressed JSON would be refused without the reason.
func Encoded(c *gin.Context) error {
	for _, encoding := range c.Request.Header.Values("Content-Encoding") {
		if encoding = strings.TrimSpace(encoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
			c.Header("Accept-Encoding", "identity")
			return errEncoded
		}
	}
	return nil
}

// errEncoded is returned by Encoded.
var errEncoded = problem.New(problem.Unsupported, "unsupported-encoding", messages.RefusalUnsupportedEncoding())

// Error answers with a refusal and ends the request: a page on routes under Pages, else problem+json. An act that waits
// for a second administrator is no refusal: the answer leads to its approval. A refusal has the number of its request, with
// which an operator finds it in the log.
func Error(c *gin.Context, err error) {
	if w, ok := errors.AsType[*approval.Waiting](err); ok {
		waiting(c, w)
		return
	}
	f := asProblem(c, err)
	status := Status(f.Kind)
	if status == http.StatusTooManyRequests && !c.GetBool(unloggedKey) {
		slog.WarnContext(c.Request.Context(), "made to wait", "route", c.FullPath(), "from", c.ClientIP())
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		seconds := int64(5)
		if s, ok := f.Extra["retry_after"].(int64); ok {
			seconds = s
		}
		c.Header("Retry-After", strconv.FormatInt(seconds, 10))
	}
	numbered(c)
	c.Abort()
	if v, ok := c.Get(renderKey); ok {
		if draw, ok := v.(ErrorPage); ok {
			Page(c, status, draw(c, status, f))
			return
		}
	}
	if v, ok := c.Get(wordsKey); ok {
		if words, ok := v.(Words); ok {
			c.JSON(status, words(status, f))
			return
		}
	}
	writeProblem(c, status, f)
}

// numbered gives an answer the number of its request.
func numbered(c *gin.Context) {
	if id := requestid.Of(c.Request.Context()); id != "" {
		c.Header(requestid.Header, id)
	}
}

// asProblem returns the refusal in err; an unexpected error is logged and becomes a bland one.
func asProblem(c *gin.Context, err error) *problem.Error {
	if f, ok := errors.AsType[*problem.Error](err); ok && f.Kind != problem.Internal {
		if f.Kind == problem.Full || f.Kind == problem.Unsure { // the machine's fault: the operator must see it
			slog.ErrorContext(c.Request.Context(), "no space, or a fault of the disk", "method", c.Request.Method, "route", c.FullPath(), "error", err)
		}
		return f
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem.New(problem.TooLarge, "too-large", messages.RefusalTooLarge())
	}
	if c.Request.Context().Err() != nil || errors.Is(err, io.ErrUnexpectedEOF) {
		// The client disconnected: this is no fault, and the answer is not read.
		return problem.New(problem.Malformed, "broken-off", messages.RefusalBrokenOff())
	}
	slog.ErrorContext(c.Request.Context(), "request failed", "method", c.Request.Method, "route", c.FullPath(), "error", err)
	return problem.New(problem.Internal, "internal", messages.RefusalInternal())
}

// Status returns the HTTP status for a kind of refusal.
func Status(k problem.Kind) int {
	switch k {
	case problem.Malformed:
		return http.StatusBadRequest
	case problem.Invalid:
		return http.StatusUnprocessableEntity
	case problem.Unauthenticated:
		return http.StatusUnauthorized
	case problem.Forbidden:
		return http.StatusForbidden
	case problem.NotFound:
		return http.StatusNotFound
	case problem.NotAllowed:
		return http.StatusMethodNotAllowed
	case problem.Conflict:
		return http.StatusConflict
	case problem.TooLarge:
		return http.StatusRequestEntityTooLarge
	case problem.Unsupported:
		return http.StatusUnsupportedMediaType
	case problem.TooMany:
		return http.StatusTooManyRequests
	case problem.Busy:
		return http.StatusServiceUnavailable
	case problem.Full:
		return http.StatusInsufficientStorage
	case problem.Internal, problem.Unsure:
		return http.StatusInternalServerError
	default:
		return http.StatusInternalServerError
	}
}

// fieldProblem is one entry of the member "errors".
type fieldProblem struct {
	Code    string `json:"code,omitempty"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// fieldsIn returns the problems with single fields in the language of the context.
func fieldsIn(ctx context.Context, fields []problem.Field) []fieldProblem {
	all := make([]fieldProblem, 0, len(fields))
	for _, field := range fields {
		all = append(all, fieldProblem{Code: field.Code, Field: field.Name, Message: field.Message.In(ctx)})
	}
	return all
}

// writeProblem writes application/problem+json (RFC 9457). Its type is a path under /problems, relative to
// the server, so that it ends in the stable code.
func writeProblem(c *gin.Context, status int, f *problem.Error) {
	body := map[string]any{}
	maps.Copy(body, f.Extra)
	body["type"] = "/problems/" + f.Code
	body["title"] = http.StatusText(status)
	body["status"] = status
	body["detail"] = f.Message.In(c.Request.Context())
	if len(f.Fields) > 0 {
		body["errors"] = fieldsIn(c.Request.Context(), f.Fields)
	}
	encoded, err := json.Marshal(body)
	if err != nil { // of an extra member
		slog.ErrorContext(c.Request.Context(), "encode a refusal", "route", c.FullPath(), "error", err)
		encoded = []byte(`{"type":"/problems/internal","title":"Internal Server Error","status":500}`)
		status = http.StatusInternalServerError
	}
	c.Header("Content-Type", "application/problem+json") // which stays, whatever was to come
	Body(c, status, "application/problem+json", encoded)
}
