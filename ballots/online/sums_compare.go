package online

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/ballots"
	"urna/internal/database"
)

// Comparison has the arguments of CompareSums.
type Comparison struct {
	Secret    []byte  // that the sums are keyed with; without it they are not compared
	Elections []int64 // all that there are
	// UsedKeys is the number of used keys by constituency, as RecountAll found it; nil is not compared.
	UsedKeys map[int64]int64
	// Differs is called with every difference. None has a poll number or a number of votes.
	Differs func(ballots.Difference)
}

// Compared is the report of CompareSums.
type Compared struct {
	Ballots        int64 // with their running sums
	Constituencies int64 // whose sums were compared
	Recorded       int64 // elections whose ballots were compared with recorded digests
	WithoutSecret  bool  // there are sums, and no secret
	// Unproven are sentences that say which ballots have no sum or digest, or since when.
	Unproven []string
}

// CompareSums compares the online ballots of all elections with their running sums and numbers of used keys, and the
// ballots of closed elections with the digests that the audit log has of them.
func CompareSums(ctx context.Context, tx *database.Tx, c Comparison) (compared Compared, err error) {
	s := sumComparison{Comparison: c, compared: &compared}
	if c.Secret != nil {
		if s.summer, err = newSummer(c.Secret); err != nil {
			return compared, err
		}
	}
	if s.starts, err = readSumStarts(ctx, tx); err != nil {
		return compared, err
	}
	without, renumbered, err := electionsWithoutSums(ctx, tx)
	if err != nil {
		return compared, err
	}
	s.without = append(without, renumbered...)
	for _, id := range c.Elections {
		if err := s.election(ctx, tx, id); err != nil {
			return compared, err
		}
	}
	return compared, nil
}

type sumComparison struct {
	Comparison

	summer   *summer // nil without the secret
	starts   map[int64]sumStart
	without  []int64 // elections with keys or ballots and without sums
	compared *Compared
}

// unproven adds a sentence about ballots that nothing proves.
func (s *sumComparison) unproven(format string, args ...any) {
	s.compared.Unproven = append(s.compared.Unproven, fmt.Sprintf(format, args...))
}

func (s *sumComparison) election(ctx context.Context, tx *database.Tx, id int64) error {
	start, begun := s.starts[id]
	records, err := readRecords(ctx, tx, id)
	if err != nil {
		return err
	}
	if !begun && len(records) == 0 {
		if slices.Contains(s.without, id) {
			s.unproven("the online ballots of election %d: an earlier version of the program stored them, and they have no running sums; "+
				"start this version once", id)
		}
		return nil
	}
	found, err := presentBallots(ctx, tx, id, s.summer, s.Differs)
	if err != nil {
		return err
	}
	step, err := stepOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if step == "shuffled" || step == "finished" || len(records) > 0 {
		compareRecords(id, records, found, s.Differs)
		s.compared.Recorded++
	}
	switch {
	case len(records) > 0 && records[0].Unproven:
		s.unproven("the online ballots of election %d before event %d (%s): until then they had no running sums", id, records[0].event, ballotsRecorded)
	case begun && start.found:
		s.unproven("online ballots of election %d before %s: they were there when the running sums began", id, start.begunAt.UTC().Format(time.RFC3339))
	}
	if !begun || s.summer == nil {
		s.compared.WithoutSecret = s.compared.WithoutSecret || begun
		return nil
	}
	return s.sums(ctx, tx, id, found)
}

// presentBallots returns the ballots that are to be compared, and reports those that walkBallots leaves out.
func presentBallots(ctx context.Context, tx *database.Tx, electionID int64, s *summer, differs func(ballots.Difference)) (map[int64]*constituencyBallots, error) {
	found, strays, err := walkBallots(ctx, tx, electionID, s)
	for _, stray := range strays {
		differs(different("online_ballots", electionID, stray, "online ballots have a number that this program does not give"))
	}
	return found, err
}

// sums compares the ballots of an election with their running sums.
func (s *sumComparison) sums(ctx context.Context, tx *database.Tx, electionID int64, found map[int64]*constituencyBallots) error {
	keyed, err := KeyedConstituencies(ctx, tx, electionID)
	if err != nil {
		return err
	}
	for id := range found {
		keyed[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(keyed)) {
		present := of(found, id)
		s.compared.Constituencies++
		s.compared.Ballots += int64(present.votes)
		row, err := readSum(ctx, tx, id)
		if err != nil {
			return err
		}
		if row == nil {
			s.Differs(different("online_sums", electionID, id, "the running sum of its online ballots is missing"))
			continue
		}
		used, sum := s.summer.reveal(id, *row)
		if sum != present.sum || used != present.votes {
			s.Differs(different("online_ballots", electionID, id, "its online ballots are not those of its running sum: some were added, removed, "+
				"changed or moved, or the sum was, around the program"))
		}
		if s.UsedKeys != nil && s.UsedKeys[id] != int64(used) {
			s.Differs(different("voter_flags", electionID, id, "its used voter keys are not as many as its running sum says"))
		}
	}
	return nil
}

// different returns a difference in a constituency.
func different(table string, electionID, constituencyID int64, how string) ballots.Difference {
	row := fmt.Sprintf("constituency %d", constituencyID)
	place := ballots.Place(electionID, 0) + ", " + row
	return ballots.Difference{Table: table, Row: row, Place: place, Sentence: place + ": " + how}
}

// compareRecords compares the ballots of an election that a close has renumbered with the event that recorded them.
func compareRecords(electionID int64, records []recorded, found map[int64]*constituencyBallots, differs func(ballots.Difference)) {
	place := ballots.Place(electionID, 0)
	if len(records) == 0 {
		differs(ballots.Difference{
			Table: "audit_events", Row: place, Place: place, Sentence: place + ": no event recorded its final online ballots (" + ballotsRecorded + ")",
		})
		return
	}
	for _, again := range records[1:] {
		differs(ballots.Difference{
			Table: "audit_events", Row: fmt.Sprintf("event %d", again.event), Place: place,
			Sentence: fmt.Sprintf("%s: event %d records its final online ballots a second time", place, again.event),
		})
	}
	first := records[0]
	for _, id := range first.Differ {
		differs(different("online_ballots", electionID, id, fmt.Sprintf("when voting had closed, its online ballots were not those of its running sum "+
			"(event %d)", first.event)))
	}
	present := digestsOf(found)
	ids := maps.Clone(present)
	maps.Copy(ids, first.Digests)
	for _, id := range slices.SortedFunc(maps.Keys(ids), byNumber) {
		if present[id] != first.Digests[id] {
			constituency, _ := strconv.ParseInt(id, 10, 64) // 0 for a detail that this program did not write
			differs(different("online_ballots", electionID, constituency, fmt.Sprintf("its online ballots are not those that event %d (%s) recorded",
				first.event, ballotsRecorded)))
		}
	}
}

// byNumber is the order of decimal numbers.
func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// compareRecord compares the ballots of an election with the event that recorded them. It does without an event if the
// ballots have no running sums either.
func compareRecord(ctx context.Context, tx *database.Tx, electionID int64, differs func(ballots.Difference)) error {
	starts, err := readSumStarts(ctx, tx)
	if err != nil {
		return err
	}
	records, err := readRecords(ctx, tx, electionID)
	if _, begun := starts[electionID]; err != nil || !begun && len(records) == 0 {
		return err
	}
	found, err := presentBallots(ctx, tx, electionID, nil, differs)
	if err != nil {
		return err
	}
	compareRecords(electionID, records, found, differs)
	return nil
}
