package client

import (
	"context"
	"errors"
	"net/http"
)

// Approval is an act that needs a second administrator.
type Approval struct {
	ID    int64  `json:"id"`
	Act   string `json:"act"`
	State string `json:"state"` // such as "waiting" or "done"
}

// Approval returns an act that was proposed.
func (c *Client) Approval(ctx context.Context, id int64) (a Approval, err error) {
	_, err = c.do(ctx, call{method: http.MethodGet, path: idPath("/approvals", id), out: &a})
	return a, err
}

// Approve approves the act of another administrator. The server does the act in the same transaction. If the answer was
// lost and the repeated call finds the act done, it returns that.
func (c *Client) Approve(ctx context.Context, id int64, reason string) (a Approval, err error) {
	repeated, err := c.do(ctx, call{
		method: http.MethodPost, path: idPath("/approvals", id), in: map[string]any{"approve": true, "reason": reason}, out: &a,
	})
	refusal, refused := errors.AsType[*ProblemError](err)
	if !repeated || !refused || refusal.Code != "approval-decided" {
		return a, err
	}
	found, lookup := c.Approval(ctx, id)
	if lookup != nil || found.State != "done" {
		return a, err
	}
	return found, nil
}
