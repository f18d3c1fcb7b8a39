package client

import (
	"context"
	"net/http"
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
	Withheld       string `json:"withheld"` // why there are no candidacies: "embargoed", "not-counted", "small" or ""
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
	_, err := c.do(ctx, call{
		method: http.MethodPost, path: stationPath(electionID, stationID, "/closure"), in: map[string]string{"reason": reason},
	})
	return err
}
