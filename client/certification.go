package client

import (
	"context"
	"net/http"
)

// Certification is the state of an election's certification.
type Certification struct {
	State     string   `json:"state"`
	Obstacles []string `json:"obstacles"` // sentences about open points
	// OpenPoints are the same by code, and those that a reason lifted.
	OpenPoints []OpenPoint `json:"open_points"`
}

// OpenPoint is something that must be settled, or be lifted by a written reason, before a certification.
type OpenPoint struct {
	Code           string `json:"code"`
	ConstituencyID int64  `json:"constituency_id"` // 0: the whole election
	Message        string `json:"message"`
	Liftable       bool   `json:"liftable"`
	Lifted         *struct {
		Reason string `json:"reason"`
		By     string `json:"by"`
	} `json:"lifted"`
}

// Certification returns the state of an election's certification.
func (c *Client) Certification(ctx context.Context, electionID int64) (Certification, error) {
	var at Certification
	_, err := c.do(ctx, call{method: http.MethodGet, path: idPath("/elections", electionID) + "/certification", out: &at})
	return at, err
}

// Proof shows again who the signed-in person is, for an act that a token alone must not do.
type Proof struct {
	Password string `json:"password"`
	OTP      string `json:"otp,omitempty"` // a code of the second factor, if the account has one
}

// Certify confirms an election's figures as they are, as one of its certifiers. If the answer was lost, a second
// confirmation of the same figures changes nothing.
func (c *Client) Certify(ctx context.Context, electionID int64, by Proof) (Certification, error) {
	var at Certification
	_, err := c.do(ctx, call{
		method: http.MethodPost, path: idPath("/elections", electionID) + "/certification", in: by, out: &at,
	})
	return at, err
}
