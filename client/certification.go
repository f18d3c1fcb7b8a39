package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
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
	StationID      int64  `json:"station_id"`      // of a polling station, 0 for all others
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
	return c.CertifyDespite(ctx, electionID, by, nil)
}

// CertifyDespite is Certify with the public reasons that lift open points, by the code of a point, "code:constituency" or
// "code:station".
func (c *Client) CertifyDespite(ctx context.Context, electionID int64, by Proof, reasons map[string]string) (Certification, error) {
	var at Certification
	_, err := c.do(ctx, call{
		method: http.MethodPost, path: idPath("/elections", electionID) + "/certification", out: &at,
		in: struct {
			Proof

			Reasons map[string]string `json:"reasons,omitempty"`
		}{by, reasons},
	})
	return at, err
}

// Bundle returns the signed results bundle of an election's certification with a number, 0 for the last one, as a zip file:
// the public form, or the full one, which is for administrators.
func (c *Client) Bundle(ctx context.Context, electionID int64, number int, full bool) (bundle []byte, err error) {
	k := call{method: http.MethodGet, path: idPath("/elections", electionID) + "/bundle.zip", raw: &bundle}
	if full {
		k.path = idPath("/elections", electionID) + "/bundle-full.zip"
	}
	if number != 0 {
		k.query = url.Values{"certification": {strconv.Itoa(number)}}
	}
	_, err = c.do(ctx, k)
	return bundle, err
}
