package client

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// NewCorrection reopens named polling stations of a certified election.
type NewCorrection struct {
	Reason    string           `json:"reason"`
	OrderedBy string           `json:"ordered_by"` // such as a court, with the number of its decision
	Stations  []CorrectedPlace `json:"stations"`
	// Constituencies are those whose online votes are annulled by a repetition.
	Constituencies []int64 `json:"constituencies,omitempty"`
	// Password and OTP prove who asks; they are needed if no second administrator has to approve.
	Password string `json:"password,omitempty"`
	OTP      string `json:"otp,omitempty"`
}

// CorrectedPlace is a polling station that a correction names, or a constituency that has none.
type CorrectedPlace struct {
	StationID      int64  `json:"id,omitempty"`
	ConstituencyID int64  `json:"constituency_id,omitempty"`
	Act            string `json:"act"` // "annul", "recount" or "repeat"
}

// Change is a number before and after a correction.
type Change struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// Correction is a correction of a certified result.
type Correction struct {
	Number      int              `json:"number"` // of the certification that it leads to, from 2
	State       string           `json:"state"`  // "open", "ended" or "certified"
	Reason      string           `json:"reason"`
	OrderedBy   string           `json:"ordered_by"`
	Corrects    string           `json:"corrects"` // the SHA-256 of the figures before
	OpenedAt    time.Time        `json:"opened_at"`
	Stations    []CorrectedPlace `json:"stations"`
	CertifiedAt *time.Time       `json:"certified_at"`
	// Changes are nil before the corrected figures are certified.
	Changes *struct {
		Figures      string `json:"figures"`
		Participants []struct {
			ParticipantID int64  `json:"participant_id"`
			Name          string `json:"name"`
			Votes         Change `json:"votes"`
			Seats         Change `json:"seats"`
		} `json:"participants"`
	} `json:"changes"`
}

func correctionsPath(electionID int64) string {
	return idPath("/elections", electionID) + "/corrections"
}

// OpenCorrection reopens polling stations. If a second administrator has to approve, the error is *Waiting.
func (c *Client) OpenCorrection(ctx context.Context, electionID int64, n NewCorrection) (opened Correction, err error) {
	repeated, err := c.do(ctx, call{method: http.MethodPost, path: correctionsPath(electionID), in: n, out: &opened})
	refusal, refused := errors.AsType[*ProblemError](err)
	if !repeated || !refused || refusal.Code != "correction-open" {
		return opened, err
	}
	all, lookup := c.Corrections(ctx, electionID)
	if last := len(all) - 1; lookup == nil && last >= 0 && all[last].State == "open" && all[last].Reason == n.Reason && all[last].OrderedBy == n.OrderedBy {
		return all[last], nil // the answer to the first request was lost
	}
	return opened, err
}

// EndCorrection ends a correction that changed nothing, for a public reason.
func (c *Client) EndCorrection(ctx context.Context, electionID int64, number int, reason string) (ended Correction, err error) {
	path := correctionsPath(electionID) + "/" + strconv.Itoa(number) + "/end"
	_, err = c.do(ctx, call{method: http.MethodPost, path: path, in: map[string]string{"reason": reason}, out: &ended})
	return ended, err
}

// Corrections returns the corrections of an election, the first one first.
func (c *Client) Corrections(ctx context.Context, electionID int64) ([]Correction, error) {
	return all[Correction](ctx, c, correctionsPath(electionID))
}
