package rehearsal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// voterKey is a voter's one-time key.
type voterKey struct{ personalID, guid string }

// box is what a played voter sees of a server: POST /vote.
type box struct {
	address string
	http    *http.Client
}

// newBox returns a box with room for so many voters at once.
func (c *Client) newBox(atOnce int) *box {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = atOnce, atOnce
	transport.ResponseHeaderTimeout = 2 * time.Minute
	return &box{address: strings.TrimSuffix(c.base, "/api/v1") + "/vote", http: &http.Client{Transport: transport}}
}

func (b *box) close() { b.http.CloseIdleConnections() }

// reply is what became of one try.
type reply struct {
	refusal string // the problem's code, "" for an accepted vote
	lost    bool   // an earlier sending of the same try got no answer, so that it may have been accepted
	took    time.Duration
}

// cast sends a vote until it is answered: again where the connection broke or the server was full, as
// the contract allows.
func (b *box) cast(ctx context.Context, key voterKey, pollNumber int) (reply, error) {
	body, err := json.Marshal(map[string]any{"personal_id": key.personalID, "guid": key.guid, "candidate": pollNumber})
	if err != nil {
		return reply{}, err
	}
	return b.send(ctx, body)
}

func (b *box) send(ctx context.Context, body []byte) (reply, error) {
	a, wait, begun := reply{}, firstWait, time.Now()
	for {
		sent := time.Now()
		refusal, pause, err := b.once(ctx, body)
		if err == nil && refusal != "overloaded" {
			a.refusal, a.took = refusal, time.Since(sent)
			return a, nil
		}
		if ctx.Err() != nil {
			return a, ctx.Err()
		}
		if err != nil {
			if _, broken := errors.AsType[*url.Error](err); !broken || time.Since(begun) > outage {
				return a, err
			}
			a.lost = true
		}
		select {
		case <-ctx.Done():
			return a, ctx.Err()
		case <-time.After(max(wait, pause)):
		}
		wait = min(2*wait, longWait)
	}
}

// once sends a vote once; pause is what the server asks for before the next try.
func (b *box) once(ctx context.Context, body []byte) (refusal string, pause time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.address, bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := b.http.Do(request)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return "", 0, &url.Error{Op: http.MethodPost, URL: b.address, Err: err}
	}
	if response.StatusCode == http.StatusOK {
		return "", 0, nil
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		pause = time.Duration(seconds) * time.Second
	}
	found, _ := errors.AsType[*RefusalError](readRefusal(response.StatusCode, content))
	if found.Code == "" {
		return "status-" + strconv.Itoa(response.StatusCode), pause, nil
	}
	return found.Code, pause, nil
}
