package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// TurnoutReport is how many voters have come so far at a place, at one of the hours that the election names.
type TurnoutReport struct {
	StationID      int64     `json:"-"` // of a polling station
	ConstituencyID int64     `json:"-"` // of a constituency without polling stations, if StationID is 0
	At             time.Time `json:"at"`
	Voters         int64     `json:"voters"`
	Reason         string    `json:"reason,omitempty"` // the server says if it needs one
}

// Turnout is an election's turnout.
type Turnout struct {
	State string `json:"state"`
	// Ballots is the turnout by counted ballots; nil before the opening.
	Ballots *struct {
		Cast int64 `json:"cast"`
	} `json:"ballots"`
	Hours          []TurnoutHour `json:"hours"` // of all constituencies
	Corrections    int           `json:"corrections"`
	Constituencies []struct {
		ID    int64         `json:"id"`
		Name  string        `json:"name"`
		Hours []TurnoutHour `json:"hours"`
	} `json:"constituencies"`
}

// TurnoutHour sums up what was reported for one hour.
type TurnoutHour struct {
	At               time.Time    `json:"at"`
	Places           int          `json:"places"`
	Reported         int          `json:"places_reported"`
	Voters           int64        `json:"voters"`
	RegisteredVoters *int64       `json:"registered_voters"` // of the places that have reported
	Turnout          *json.Number `json:"turnout"`
}

// ReportTurnout reports a figure, as an official of the place. Sent again, it changes nothing.
func (c *Client) ReportTurnout(ctx context.Context, electionID int64, r TurnoutReport) error {
	path := idPath("/elections", electionID)
	if r.StationID != 0 {
		path += idPath("/stations", r.StationID)
	} else {
		path += idPath("/constituencies", r.ConstituencyID)
	}
	_, err := c.do(ctx, call{method: http.MethodPost, path: path + "/turnout", in: r})
	return err
}

// Turnout returns an election's turnout.
func (c *Client) Turnout(ctx context.Context, electionID int64) (Turnout, error) {
	var t Turnout
	_, err := c.do(ctx, call{method: http.MethodGet, path: idPath("/elections", electionID) + "/turnout", out: &t})
	return t, err
}
