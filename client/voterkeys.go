package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// ageIntro is the first line of an age file. No line of the CSV of keys is like it: each has two fields.
const ageIntro = "age-encryption.org/v1\n"

// SealedKeysError is returned by IssueKeys if the election wants its keys sealed. The keys are in force, and File is the
// only copy of them.
type SealedKeysError struct {
	File []byte // an age file with a CSV table of the keys, as IssueSealedKeys returns it
}

// Error says what to do.
func (*SealedKeysError) Error() string {
	return "the keys were issued, and are sealed to the election's recipients: the answer is an age file, not CSV. Keep SealedKeysError.File; " +
		"IssueSealedKeys returns such a file without an error"
}

// IssueKeys sends a roll of voters (CSV, a voter a line) and returns their keys as CSV, which the server shows once. If the
// election has SealKeysTo, the keys are sealed and the error is *SealedKeysError. After the opening a second administrator
// may have to approve them: the error is *WaitingError then, and IssueApprovedKeys sends the roll again.
//
// The call cannot be repeated: if the answer was lost, the keys are lost too.
func (c *Client) IssueKeys(ctx context.Context, electionID int64, roll []byte) ([]byte, error) {
	keys, err := c.issue(ctx, electionID, nil, roll)
	if err == nil && isAge(keys) {
		return nil, &SealedKeysError{File: keys}
	}
	return keys, err
}

// IssueSealedKeys is IssueKeys with keys that are sealed to recipients of age, of which there must be one or more. It
// returns an age file; the clear text is a CSV table with a header, whose first columns are personal_id and guid. If the
// election has SealKeysTo, the recipients must be the same.
func (c *Client) IssueSealedKeys(ctx context.Context, electionID int64, sealTo []string, roll []byte) ([]byte, error) {
	if len(sealTo) == 0 {
		return nil, errors.New("client: sealed keys need a recipient")
	}
	file, err := c.issue(ctx, electionID, url.Values{"seal_to": {strings.Join(sealTo, " ")}}, roll)
	switch {
	case err != nil:
		return nil, err
	case !isAge(file):
		return nil, errors.New("the server issued the keys, and its answer is no age file: withdraw the roll")
	}
	return file, nil
}

// IssueApprovedKeys sends the roll again that a second administrator has approved, within an hour of the approval whose
// number *WaitingError had. sealTo are the recipients that it was sent with, none if it was sent without. It returns the
// file with the keys: CSV, or an age file if they are sealed.
func (c *Client) IssueApprovedKeys(ctx context.Context, electionID, approval int64, sealTo []string, roll []byte) ([]byte, error) {
	query := url.Values{"approval": {strconv.FormatInt(approval, 10)}}
	if len(sealTo) > 0 {
		query.Set("seal_to", strings.Join(sealTo, " "))
	}
	return c.issue(ctx, electionID, query, roll)
}

func isAge(file []byte) bool { return bytes.HasPrefix(file, []byte(ageIntro)) }

func (c *Client) issue(ctx context.Context, electionID int64, query url.Values, roll []byte) ([]byte, error) {
	var keys []byte
	_, err := c.do(ctx, call{
		method: http.MethodPost, path: idPath("/elections", electionID) + "/voter-keys", query: query, raw: &keys,
		body: func() io.ReadCloser { return io.NopCloser(bytes.NewReader(roll)) }, size: int64(len(roll)),
	})
	return keys, err
}

// RevokeKey revokes the unused key of a person. While the election is open a second administrator has to approve it: the
// error is *WaitingError then, and the same is sent again with the number of the approval, which is 0 at first.
func (c *Client) RevokeKey(ctx context.Context, electionID int64, personalID, reason string, approval int64) error {
	in := map[string]any{"personal_id": personalID, "reason": reason}
	if approval != 0 {
		in["approval"] = approval
	}
	_, err := c.do(ctx, call{method: http.MethodPost, path: idPath("/elections", electionID) + "/voter-keys/revocations", in: in})
	return err
}

// WithdrawRoll withdraws the unused keys of a roll. While the election is open a second administrator has to approve it:
// the error is *WaitingError then, and the roll is withdrawn with the approval.
func (c *Client) WithdrawRoll(ctx context.Context, electionID, rollID int64, reason string) error {
	in := map[string]any{"roll_id": rollID, "reason": reason}
	_, err := c.do(ctx, call{method: http.MethodPost, path: idPath("/elections", electionID) + "/voter-keys/withdrawals", in: in})
	return err
}
