package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// StationBatches returns the newest batches of a polling station, at most a thousand; an official's own.
func (c *Client) StationBatches(ctx context.Context, electionID, stationID int64) ([]BatchState, error) {
	var page struct {
		Items []BatchState `json:"items"`
	}
	_, err := c.do(ctx, call{
		method: http.MethodGet, path: idPath("/elections", electionID) + "/batches", out: &page,
		query: url.Values{"station_id": {strconv.FormatInt(stationID, 10)}, "limit": {"1000"}},
	})
	return page.Items, err
}

// RetractBatch takes a batch out of the count, for a public reason. If a second administrator must approve that, the error
// is *WaitingError. If the answer was lost, a batch that is found retracted counts as retracted by the call.
func (c *Client) RetractBatch(ctx context.Context, id int64, reason string) error {
	repeated, err := c.do(ctx, call{method: http.MethodPost, path: idPath("/batches", id) + "/retraction", in: map[string]string{"reason": reason}})
	refusal, refused := errors.AsType[*ProblemError](err)
	if !repeated || !refused || refusal.Status != http.StatusConflict {
		return err
	}
	if found, lookup := c.Batch(ctx, id); lookup != nil || found.State != "retracting" && found.State != "retracted" {
		return err
	}
	return nil
}
