package client

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

// VoterKey is a voter's one-time key.
type VoterKey struct{ PersonalID, GUID string }

// Voting casts votes with POST /vote. It may be used concurrently.
type Voting struct {
	address string
	http    *http.Client
}

// Voting returns what casts votes at the client's server, with connections for so many votes at once. Close it after
// use.
func (c *Client) Voting(atOnce int) *Voting {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = atOnce, atOnce
	transport.ResponseHeaderTimeout = 2 * time.Minute
	return &Voting{address: strings.TrimSuffix(c.base, "/api/v1") + "/vote", http: &http.Client{Transport: transport}}
}

// Close closes idle connections.
func (v *Voting) Close() { v.http.CloseIdleConnections() }

// VoteAnswer is the server's answer to a vote.
type VoteAnswer struct {
	Refusal string // the problem's code, "" for an accepted vote
	Lost    bool   // an earlier try got no answer, so that it may have been accepted
	Took    time.Duration
}

// Cast sends a vote until it is answered. It repeats the vote if the connection broke or the server was overloaded, as
// the contract allows.
func (v *Voting) Cast(ctx context.Context, key VoterKey, pollNumber int) (VoteAnswer, error) {
	body, err := json.Marshal(map[string]any{"personal_id": key.PersonalID, "guid": key.GUID, "candidate": pollNumber})
	if err != nil {
		return VoteAnswer{}, err
	}
	return v.Send(ctx, body)
}

// Send is Cast with a request body of the caller's own.
func (v *Voting) Send(ctx context.Context, body []byte) (VoteAnswer, error) {
	a, wait, begun := VoteAnswer{}, firstWait, time.Now()
	for {
		sent := time.Now()
		refusal, pause, err := v.once(ctx, body)
		if err == nil && refusal != "overloaded" {
			a.Refusal, a.Took = refusal, time.Since(sent)
			return a, nil
		}
		if ctx.Err() != nil {
			return a, ctx.Err()
		}
		if err != nil {
			if _, broken := errors.AsType[*url.Error](err); !broken || time.Since(begun) > outage {
				return a, err
			}
			a.Lost = true
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
func (v *Voting) once(ctx context.Context, body []byte) (refusal string, pause time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.address, bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := v.http.Do(request)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return "", 0, &url.Error{Op: http.MethodPost, URL: v.address, Err: err}
	}
	if response.StatusCode == http.StatusOK {
		return "", 0, nil
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		pause = time.Duration(seconds) * time.Second
	}
	found, _ := errors.AsType[*ProblemError](readProblem(response.StatusCode, content))
	if found.Code == "" {
		return "status-" + strconv.Itoa(response.StatusCode), pause, nil
	}
	return found.Code, pause, nil
}
