package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// StationResult is a polling station as anyone may see it.
type StationResult struct {
	ID             int64  `json:"id"`
	Number         string `json:"number"`
	Name           string `json:"name"`
	ConstituencyID int64  `json:"constituency_id"`
	Kind           string `json:"kind"`
	State          string `json:"state"`
	Registered     *int64 `json:"registered_voters"`
	Withheld       string `json:"withheld"` // why there are no candidacies: "embargoed", "not-counted", "small", "reopened" or ""
	Candidacies    []struct {
		PollNumber int   `json:"poll_number"`
		Votes      int64 `json:"votes"`
	} `json:"candidacies"`
}

func stationPath(election, station int64, rest string) string {
	return idPath(idPath("/elections", election)+"/stations", station) + rest
}

// Stations returns the polling stations of an election with their counts, as far as these may be shown.
func (c *Client) Stations(ctx context.Context, electionID int64) ([]StationResult, error) {
	return all[StationResult](ctx, c, idPath("/elections", electionID)+"/stations")
}

// CloseStation records, for a public reason, that no ballots come from a polling station of an election that has opened.
func (c *Client) CloseStation(ctx context.Context, electionID, stationID int64, reason string) error {
	return c.exclude(ctx, electionID, stationID, "/closure", "closed", reason)
}

// AnnulStation records, for a public reason, that the ballots of a polling station do not count. If a second administrator
// must approve that, the error is *WaitingError.
func (c *Client) AnnulStation(ctx context.Context, electionID, stationID int64, reason string) error {
	return c.exclude(ctx, electionID, stationID, "/annulment", "annulled", reason)
}

// exclude closes or annuls a station. If the answer was lost, a station that is found in the state counts as brought there.
func (c *Client) exclude(ctx context.Context, electionID, stationID int64, act, state, reason string) error {
	repeated, err := c.do(ctx, call{
		method: http.MethodPost, path: stationPath(electionID, stationID, act), in: map[string]string{"reason": reason},
	})
	refusal, refused := errors.AsType[*ProblemError](err)
	if !repeated || !refused || refusal.Code != "station-excluded" {
		return err
	}
	var found struct {
		Exclusion *struct {
			State string `json:"state"`
		} `json:"exclusion"`
	}
	_, lookup := c.do(ctx, call{method: http.MethodGet, path: stationPath(electionID, stationID, ""), out: &found})
	if lookup != nil || found.Exclusion == nil || found.Exclusion.State != state {
		return err
	}
	return nil
}

// UploadStations sends a file with the ballots of several polling stations of a constituency, which its column "station"
// names. The server makes a batch for each, all or none. open is as for Upload. A repeated upload that the server already
// has counts as accepted.
func (c *Client) UploadStations(ctx context.Context, electionID, constituencyID int64, name string, size int64, open func() io.ReadCloser) error {
	repeated, err := c.do(ctx, call{
		method: http.MethodPost, path: idPath("/elections", electionID) + "/batches",
		query: url.Values{"constituency_id": {strconv.FormatInt(constituencyID, 10)}, "file_name": {name}}, body: open, size: size,
	})
	if refusal, refused := errors.AsType[*ProblemError](err); refused && repeated && refusal.Code == "same-file" {
		return nil
	}
	return err
}
