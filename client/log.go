package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// logTimeout bounds one call about the log, with its answer.
	logTimeout = 30 * time.Second
	// maxLogAnswer bounds an answer: a proof has at most 63 hashes, a checkpoint 64 KiB.
	maxLogAnswer = 72 << 10
)

// Log reads the checkpoints of a server's audit log and sends countersignatures, without a sign-in. Nothing in its answers
// is verified. A call is made once, follows no redirect and ends after half a minute; a refusal is a *ProblemError.
type Log struct {
	base string
	http *http.Client
}

// NewLog returns the log of the server at an address such as "https://vote.example.org".
func NewLog(address string) (*Log, error) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not the address of a server, such as https://vote.example.org", address)
	}
	return &Log{u.String(), &http.Client{
		Timeout: logTimeout,
		// Another address is for a person to decide on.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Key returns the verifier key of the log.
func (l *Log) Key(ctx context.Context) (string, error) {
	key, err := l.call(ctx, http.MethodGet, "/log/key", nil)
	return strings.TrimSpace(string(key)), err
}

// Checkpoint returns the signed checkpoint of the whole log.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) {
	return l.call(ctx, http.MethodGet, "/log/checkpoint", nil)
}

// Consistency returns the proof that the tree of one size begins with that of an earlier one, with the signed checkpoint.
func (l *Log) Consistency(ctx context.Context, earlier, later int64) ([]byte, error) {
	return l.call(ctx, http.MethodGet, fmt.Sprintf("/log/consistency?old=%d&new=%d", earlier, later), nil)
}

// Countersign sends a countersigned checkpoint.
func (l *Log) Countersign(ctx context.Context, signed []byte) error {
	_, err := l.call(ctx, http.MethodPost, "/log/countersignatures", signed)
	return err
}

func (l *Log) call(ctx context.Context, method, path string, body []byte) (_ []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, l.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("call the server: %w", err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	answer, err := l.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("call the server: %w", err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxLogAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case answer.StatusCode/100 != 2:
		return nil, readProblem(answer.StatusCode, content)
	case len(content) > maxLogAnswer:
		return nil, errors.New("the answer is longer than a checkpoint can be")
	}
	return content, nil
}
