package rehearsal

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"

	"urna/client"
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

// readKeys reads the server's answer to a roll.
func readKeys(answer []byte, voters int) ([]client.VoterKey, error) {
	lines, err := csv.NewReader(bytes.NewReader(answer)).ReadAll()
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
