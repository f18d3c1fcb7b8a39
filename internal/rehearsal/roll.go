package rehearsal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"urna/client"
	"urna/internal/sealed"
	"urna/internal/text/csvtext"
)

// newRoll returns a roll with one line for each voter: a personal id and, if there are several constituencies, the voter's.
func newRoll(prefix string, election client.Election, e electorate) []byte {
	var b bytes.Buffer
	w := csvtext.NewWriter(&b)
	for i, voter := range e.voters {
		line := []any{prefix + "-" + strconv.Itoa(i+1)}
		if len(election.Constituencies) > 1 {
			line = append(line, election.Constituencies[voter.place].Name)
		}
		_ = w.Write(line...) // writing to a buffer never fails
	}
	_ = w.Flush()
	return b.Bytes()
}

// issueKeys uploads a roll of new personal ids and returns their keys, in the order of the voters.
func (p *play) issueKeys(ctx context.Context, c *client.Client) ([]client.VoterKey, error) {
	voters := len(p.voting.electorate.voters)
	if voters == 0 {
		return nil, nil
	}
	roll := newRoll("P"+strings.ToLower(rand.Text()[:8]), p.election, p.voting.electorate)
	if len(p.election.SealKeysTo) == 0 {
		answer, err := c.IssueKeys(ctx, p.election.ID, roll)
		if err != nil {
			return nil, err
		}
		return readKeys(bytes.NewReader(answer), voters)
	}
	file, err := c.IssueSealedKeys(ctx, p.election.ID, p.election.SealKeysTo, roll)
	if err != nil {
		return nil, err
	}
	table, err := sealed.Open(bytes.NewReader(file), p.Identities)
	if err != nil {
		return nil, err
	}
	return readKeys(table, voters)
}

// readable reports whether keys that are sealed to the recipients can be read with the identities. Keys that are not sealed can.
func readable(sealTo []string, with sealed.Identities) bool {
	return len(sealTo) == 0 || slices.ContainsFunc(with.Recipients().Names(), func(name string) bool { return slices.Contains(sealTo, name) })
}

// readKeys reads the table of the keys of a roll.
func readKeys(table io.Reader, voters int) ([]client.VoterKey, error) {
	lines, err := csv.NewReader(table).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the answer to the roll: %w", err)
	}
	if len(lines) == voters+1 && lines[0][0] == "personal_id" {
		lines = lines[1:]
	}
	if len(lines) != voters || len(lines) > 0 && len(lines[0]) < 2 {
		return nil, errors.New("the server answered the roll with another number of keys")
	}
	keys := make([]client.VoterKey, 0, voters)
	for _, line := range lines {
		keys = append(keys, client.VoterKey{PersonalID: csvtext.Plain(line[0]), GUID: line[1]})
	}
	return keys, nil
}
