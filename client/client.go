package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	firstWait = 100 * time.Millisecond
	longWait  = 5 * time.Second
	// outage is how long a server may stay away, for a restart, before a call gives up.
	outage = 2 * time.Minute
	// maxAnswer bounds the size of one answer in JSON, and maxRaw that of a file, such as the keys of a roll of three million.
	maxAnswer = 64 << 20
	maxRaw    = 4 << 30
)

// Client calls one Urna server as one person. It repeats calls while the server is away or busy, and signs in again
// when its token has expired. It may be used concurrently.
type Client struct {
	base            string
	http            *http.Client
	email, password string

	signIn sync.Mutex // held while a new token is fetched
	mu     sync.Mutex // guards token
	token  string
}

// New returns a client of the server at an address such as "https://vote.example.org".
func New(address string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("%q is not the address of a server, such as https://vote.example.org", address)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = 2 * time.Minute
	return &Client{base: strings.TrimRight(u.String(), "/") + "/api/v1", http: &http.Client{Transport: transport}}, nil
}

// As returns another client of the same server, which is not signed in.
func (c *Client) As() *Client { return &Client{base: c.base, http: c.http} }

// Close closes idle connections, also those of the clients made with As.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// ProblemError is an answer of the server that says no, as application/problem+json (RFC 9457) or, if another program
// answered, by its status alone.
type ProblemError struct {
	Status  int
	Code    string // the last part of the problem's type, such as "same-file"
	Detail  string
	Errors  []FieldError
	BatchID int64 // of the batch that has the same file, with the code same-file
}

// FieldError is one problem with one field.
type FieldError struct {
	Code    string `json:"code,omitempty"` // of the check that found it, if it has one
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error returns the server's sentence and its fields.
func (r *ProblemError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the server answers %d: %s", r.Status, r.Detail)
	for _, f := range r.Errors {
		fmt.Fprintf(&b, " %s: %s", f.Field, f.Message)
	}
	return b.String()
}

// WaitingError is the answer to an act that needs a second administrator: it is proposed, and nothing is done yet. Another
// administrator approves it at /api/v1/approvals/{id} or on the page Approvals.
type WaitingError struct {
	ID     int64     `json:"id"` // of the approval
	Act    string    `json:"act"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`    // the proposer's name
	Until  time.Time `json:"until"` // when the proposal expires
}

// Error names the approval.
func (w *WaitingError) Error() string {
	return fmt.Sprintf("approval %d: a second administrator must approve this until %s", w.ID, w.Until.UTC().Format(time.RFC3339))
}

// readWaiting reads the answer to an act that waits for an approval; nil for any other answer.
func readWaiting(answer []byte) *WaitingError {
	var waiting struct{ Approval *WaitingError }
	if err := json.Unmarshal(answer, &waiting); err == nil {
		return waiting.Approval
	}
	return nil
}

// SignIn signs the client in. It does not wait for a server that does not answer, because the address may be wrong.
func (c *Client) SignIn(ctx context.Context, email, password string) error {
	c.email, c.password = email, password
	if err := c.once(ctx, call{method: http.MethodGet, path: "/me", anonymous: true}); err != nil {
		if _, answered := errors.AsType[*ProblemError](err); !answered {
			return fmt.Errorf("no server answers: %w", err)
		}
	}
	return c.renew(ctx, "")
}

// renew fetches a token, unless another call has replaced the stale one already.
func (c *Client) renew(ctx context.Context, stale string) error {
	c.signIn.Lock()
	defer c.signIn.Unlock()
	if c.bearer() != stale {
		return nil
	}
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	_, err := c.try(ctx, call{
		method: http.MethodPost, path: "/tokens", in: map[string]string{"email": c.email, "password": c.password},
		out: &tokens, anonymous: true,
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = tokens.AccessToken
	return nil
}

func (c *Client) bearer() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

// call is one request, which can be made again.
type call struct {
	method, path string
	query        url.Values
	in           any // sent as JSON, unless there is a body
	body         func() io.ReadCloser
	kind         string // the media type of the body; "" for text/csv
	size         int64
	out          any     // where the answer's JSON goes
	raw          *[]byte // where an answer goes that is not JSON
	anonymous    bool
	// carriedOut reports whether a try whose answer was lost did its work; nil if repeating is safe.
	carriedOut func(ctx context.Context) (bool, error)
}

// do makes a call until it is answered. repeated reports that an earlier try may have been carried out
// although its answer was lost.
func (c *Client) do(ctx context.Context, k call) (repeated bool, err error) {
	token := c.bearer()
	repeated, err = c.try(ctx, k)
	var refusal *ProblemError
	if errors.As(err, &refusal) && refusal.Status == http.StatusUnauthorized && c.email != "" {
		if err := c.renew(ctx, token); err != nil {
			return repeated, err
		}
		again, err := c.try(ctx, k)
		return repeated || again, err
	}
	return repeated, err
}

// try makes a call with one token, waiting longer and longer while the server is away or busy.
func (c *Client) try(ctx context.Context, k call) (repeated bool, err error) {
	wait, since := firstWait, time.Now()
	for {
		err := c.once(ctx, k)
		if err == nil || !temporary(err) || ctx.Err() != nil {
			return repeated, err
		}
		if _, ok := errors.AsType[*ProblemError](err); !ok {
			repeated = true
		}
		if time.Since(since) > outage {
			return repeated, fmt.Errorf("the server stayed away for %s: %w", outage, err)
		}
		select {
		case <-ctx.Done():
			return repeated, ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, longWait)
		if repeated && k.carriedOut != nil {
			if done, err := k.carriedOut(ctx); done || err != nil {
				return repeated, err
			}
		}
	}
}

// temporary reports whether a repeated call may succeed: after a lost connection, or with a busy server.
func temporary(err error) bool {
	if refusal, ok := errors.AsType[*ProblemError](err); ok {
		return refusal.Status == http.StatusServiceUnavailable || refusal.Status == http.StatusTooManyRequests
	}
	var lost *url.Error
	return errors.As(err, &lost) || errors.Is(err, io.ErrUnexpectedEOF)
}

func (c *Client) once(ctx context.Context, k call) error {
	request, err := c.request(ctx, k)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	most := int64(maxAnswer)
	if k.raw != nil {
		most = maxRaw
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return &url.Error{Op: k.method, URL: request.URL.String(), Err: err}
	}
	if int64(len(answer)) > most {
		return fmt.Errorf("%s %s: the answer is larger than %d bytes", k.method, request.URL, most)
	}
	if response.StatusCode >= 300 {
		return readProblem(response.StatusCode, answer)
	}
	if response.StatusCode == http.StatusAccepted {
		if waiting := readWaiting(answer); waiting != nil {
			return waiting
		}
	}
	if k.raw != nil {
		*k.raw = answer
	}
	if k.out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, k.out); err != nil {
		return fmt.Errorf("%s %s: this is not an answer of Urna: %w", k.method, request.URL, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	target := c.base + k.path
	if len(k.query) > 0 {
		target += "?" + k.query.Encode()
	}
	var body io.Reader
	kind := ""
	switch {
	case k.body != nil:
		body, kind = k.body(), cmp.Or(k.kind, "text/csv")
	case k.in != nil:
		raw, err := json.Marshal(k.in)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(raw), "application/json"
	}
	request, err := http.NewRequestWithContext(ctx, k.method, target, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if k.body != nil {
		request.ContentLength = k.size
		// A refusal then comes before the file is sent, not as a connection broken off in the middle of it.
		request.Header.Set("Expect", "100-continue")
		request.GetBody = func() (io.ReadCloser, error) { return k.body(), nil }
	}
	if token := c.bearer(); token != "" && !k.anonymous {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}

// readProblem reads problem+json; of any other answer only the status is kept.
func readProblem(status int, answer []byte) error {
	var problem struct {
		Type    string       `json:"type"`
		Detail  string       `json:"detail"`
		Errors  []FieldError `json:"errors"`
		BatchID int64        `json:"batch_id"`
	}
	if json.Unmarshal(answer, &problem) != nil || problem.Type == "" {
		return &ProblemError{Status: status, Detail: http.StatusText(status) + "."}
	}
	return &ProblemError{
		Status: status, Code: problem.Type[strings.LastIndexByte(problem.Type, '/')+1:],
		Detail: problem.Detail, Errors: problem.Errors, BatchID: problem.BatchID,
	}
}

// all reads every page of a list.
func all[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	var items []T
	query := url.Values{"limit": {"1000"}}
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		if _, err := c.do(ctx, call{method: http.MethodGet, path: path, query: query, out: &page}); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			return items, nil
		}
		query.Set("cursor", page.Next)
	}
}

func idPath(collection string, id int64) string { return collection + "/" + strconv.FormatInt(id, 10) }
