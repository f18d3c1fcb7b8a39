package ballots

import (
	"context"
	"fmt"
	"slices"

	"urna/internal/database"
)

// settle subtracts the lost claims from the counts of the chunk.
func (c *Chunk) settle(lost []rival) (votes []int64, invalid, duplicates []InvalidLine) {
	votes, duplicates = slices.Clone(c.votes), slices.Clone(c.duplicates)
	lostInvalid := map[GUID]bool{}
	for _, r := range lost {
		line := c.find(r.GUID)
		duplicates = append(duplicates, InvalidLine{Line: line, Reason: DuplicateBallot})
		if c.slate.Knows(line.PollNumber) {
			votes[line.PollNumber]--
		} else {
			lostInvalid[r.GUID] = true
		}
	}
	if len(lostInvalid) == 0 {
		return votes, c.invalid, duplicates
	}
	for _, line := range c.invalid {
		if !lostInvalid[line.GUID] {
			invalid = append(invalid, line)
		}
	}
	return votes, invalid, duplicates
}

func storeInvalidLines(ctx context.Context, tx *database.Tx, batchID int64, lines []InvalidLine) error {
	if len(lines) == 0 {
		return nil
	}
	slices.SortFunc(lines, func(a, b InvalidLine) int { return int(a.Number - b.Number) })
	packed := make([]byte, 0, invalidRecords.Width*len(lines))
	for _, l := range lines {
		duplicate := 1
		if l.Reason == UnknownPollNumber {
			duplicate = 0
		}
		packed = fmt.Appendf(packed, "%015d%s%05d%d", l.Number, l.GUID[:], l.PollNumber, duplicate)
	}
	records, err := tx.Rows(ctx, invalidRecords, packed)
	if err == nil {
		_, err = records.Exec(ctx, insertInvalidLines, batchID)
	}
	if err != nil {
		return fmt.Errorf("ballots: store lines that do not count: %w", err)
	}
	return nil
}
