package client

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// ProtocolEntry is what one person types of a polling station's protocol. Which fields exist is the election's form.
type ProtocolEntry struct {
	Fields       map[string]int64  `json:"fields"` // by name, such as "found_in_box"
	Votes        map[string]int64  `json:"votes"`  // by poll number
	Explanations map[string]string `json:"explanations,omitempty"`
	LateReason   string            `json:"late_reason,omitempty"`
}

// Finding is an error or a warning of a protocol.
type Finding struct {
	Code    string `json:"code"`
	Field   string `json:"field"` // such as "fields.invalid" or "votes.2"
	Message string `json:"message"`
}

// EnteredProtocol is what became of an entry.
type EnteredProtocol struct {
	Entry       int       `json:"entry"` // 1 or 2
	State       string    `json:"state"`
	Warnings    []Finding `json:"warnings"`
	Differences []string  `json:"differences"`
}

// Protocol is a station's protocol as the caller may see it: numbers that may not be shown yet are nil.
type Protocol struct {
	State   string `json:"state"`
	Round   int    `json:"round"`
	Entries []struct {
		Entry  int              `json:"entry"`
		Typist string           `json:"typist"`
		Fields map[string]int64 `json:"fields"`
		Votes  map[string]int64 `json:"votes"`
	} `json:"entries"`
	Differences []string         `json:"differences"`
	Fields      map[string]int64 `json:"fields"`
	Votes       map[string]int64 `json:"votes"`
	Warnings    []Finding        `json:"warnings"`
	Unexplained []string         `json:"unexplained"`
}

// ProtocolSettlement is what the paper says where two entries differ; nil values say that it has no number.
type ProtocolSettlement struct {
	Fields map[string]*int64 `json:"fields,omitempty"`
	Votes  map[string]*int64 `json:"votes,omitempty"`
}

// EnteredProtocols is what became of a list of protocols.
type EnteredProtocols struct {
	Protocols     int `json:"protocols"`
	FirstEntries  int `json:"first_entries"`
	SecondEntries int `json:"second_entries"`
	Different     int `json:"different"`
	Definitive    int `json:"definitive"`
}

// EnterProtocol enters a station's protocol as the caller's entry, the first or the second one. If the answer was lost and
// the repeated call finds the entry made, it returns the state that the protocol has.
func (c *Client) EnterProtocol(ctx context.Context, election, station int64, entry ProtocolEntry) (answer EnteredProtocol, err error) {
	repeated, err := c.do(ctx, call{method: http.MethodPost, path: stationPath(election, station, "/protocol-entries"), in: entry, out: &answer})
	refusal, refused := errors.AsType[*ProblemError](err)
	if !repeated || !refused || refusal.Code != "same-person" && refusal.Code != "protocol-entered" {
		return answer, err
	}
	p, lookup := c.Protocol(ctx, election, station)
	if lookup != nil || len(p.Entries) == 0 || p.Entries[len(p.Entries)-1].Fields == nil {
		return answer, err
	}
	return EnteredProtocol{Entry: p.Entries[len(p.Entries)-1].Entry, State: p.State, Differences: p.Differences}, nil
}

// Protocol returns a station's protocol.
func (c *Client) Protocol(ctx context.Context, election, station int64) (p Protocol, err error) {
	_, err = c.do(ctx, call{method: http.MethodGet, path: stationPath(election, station, "/protocol"), out: &p})
	return p, err
}

// SettleProtocol records what the paper says where the entries of a station's protocol differ. If the answer was lost and
// the repeated call finds the numbers settled, it returns the protocol.
func (c *Client) SettleProtocol(ctx context.Context, election, station int64, s ProtocolSettlement) (p Protocol, err error) {
	repeated, err := c.do(ctx, call{method: http.MethodPost, path: stationPath(election, station, "/protocol/settlement"), in: s, out: &p})
	if refusal, refused := errors.AsType[*ProblemError](err); repeated && refused && refusal.Code == "protocol-not-different" {
		if found, lookup := c.Protocol(ctx, election, station); lookup == nil && found.State != "different" {
			return found, nil
		}
	}
	return p, err
}

// ReopenProtocol has a station's protocol typed again by two people. If a second administrator must approve that, the
// error is *WaitingError. If the answer was lost, a protocol that is found reopened counts as reopened by the call.
func (c *Client) ReopenProtocol(ctx context.Context, election, station int64, reason string) error {
	repeated, err := c.do(ctx, call{
		method: http.MethodPost, path: stationPath(election, station, "/protocol/reopening"), in: map[string]string{"reason": reason},
	})
	refusal, refused := errors.AsType[*ProblemError](err)
	if !repeated || !refused || refusal.Code != "protocol-not-reopenable" {
		return err
	}
	if found, lookup := c.Protocol(ctx, election, station); lookup != nil || found.State != "reopened" {
		return err
	}
	return nil
}

// ExplainProtocol records an explanation of a warning, by the code of its check.
func (c *Client) ExplainProtocol(ctx context.Context, election, station int64, code, explanation string) error {
	_, err := c.do(ctx, call{
		method: http.MethodPost, path: stationPath(election, station, "/protocol/explanations"),
		in: map[string]string{"code": code, "explanation": explanation},
	})
	return err
}

// EnterProtocols enters a CSV list of protocols as the caller's entries: all, or none. The caller sends it once: a list whose
// answer was lost is looked up with Protocol, or sent again, and is refused if it was entered.
func (c *Client) EnterProtocols(ctx context.Context, election int64, size int64, open func() io.ReadCloser) (answer EnteredProtocols, err error) {
	_, err = c.do(ctx, call{
		method: http.MethodPost, path: idPath("/elections", election) + "/protocols", body: open, size: size, out: &answer,
	})
	return answer, err
}
