package ballots

import (
	"context"
	"fmt"
	"time"

	"urna/elections"
	"urna/internal/database"
)

// BatchSum is a batch with its sums.
type BatchSum struct {
	ID             int64
	ConstituencyID int64
	StationID      int64  // 0 where the constituency has no polling stations
	State          string // "counted" or "retracted" once it has come to rest
	SHA256         []byte // of the file
	Bytes          int64
	Lines          int64
	Valid          int64
	Invalid        int64
	Duplicates     int64
	// RetractedAfterEnd is how often the batch was retracted after the end.
	RetractedAfterEnd int64
	// Late describes a batch that was accepted late; nil if it was not. While it waits for an approval, its State is
	// "retracted".
	Late *LateBatch
}

// LateBatch is what was decided about a late batch. Its texts are those of package batch.
type LateBatch struct {
	Cause      string
	AcceptedAt time.Time
	Official   string
	Reason     string // the official's
	State      string // "waiting", "approved" or "refused"
	Decider    string
	Remark     string
}

// Waits reports whether the batch is late and nothing was decided about it yet.
func (b *BatchSum) Waits() bool { return b.Late != nil && b.Late.State == "waiting" }

// BatchSums returns an election's batches in the order of acceptance, with the sums that are kept in step
// with the ledger.
func BatchSums(ctx context.Context, tx *database.Tx, electionID int64) ([]BatchSum, error) {
	sums, err := BatchSumsOf(ctx, tx, []int64{electionID})
	return sums[electionID], err
}

// BatchSumsOf returns what BatchSums does for each of the elections.
func BatchSumsOf(ctx context.Context, tx *database.Tx, electionIDs []int64) (map[int64][]BatchSum, error) {
	in, ids := database.In(electionIDs)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT election_id, id, constituency_id, coalesce(station_id, 0), state, sha256, bytes, lines, valid, invalid, duplicates,
		retractions_after_end, late, accepted_at, official_name, late_reason, late_state, late_decider, late_remark FROM batches WHERE election_id `+in+` ORDER BY election_id, id`, ids...)
	if err != nil {
		return nil, fmt.Errorf("ballots: read batches: %w", err)
	}
	defer rows.Close()
	sums := map[int64][]BatchSum{}
	for rows.Next() {
		var election int64
		var b BatchSum
		var late LateBatch
		var accepted int64
		err := rows.Scan(&election, &b.ID, &b.ConstituencyID, &b.StationID, &b.State, &b.SHA256, &b.Bytes, &b.Lines, &b.Valid, &b.Invalid, &b.Duplicates,
			&b.RetractedAfterEnd, &late.Cause, &accepted, &late.Official, &late.Reason, &late.State, &late.Decider, &late.Remark)
		if err != nil {
			return nil, fmt.Errorf("ballots: read batches: %w", err)
		}
		if late.Cause != "" {
			late.AcceptedAt = time.UnixMilli(accepted)
			b.Late = &late
		}
		sums[election] = append(sums[election], b)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: read batches: %w", err)
	}
	return sums, nil
}

// SecondCount is an election counted from the originals alone: from the files of its batches by Originals, to which
// online.CountAgain adds the ballots that were cast online.
type SecondCount struct {
	Ballots int64           // looked at one by one, of both channels
	Tallies map[int64]Tally // by constituency id
	// Stations are the parts of the tallies that polling stations have, by station id.
	Stations map[int64]Tally
	Batches  []BatchSum // with the sums that were counted, not those that are kept
	// Differences are sentences about ballots that cannot be; none where all is well.
	Differences []string
}

// Differs adds a sentence to the differences.
func (s *SecondCount) Differs(format string, args ...any) {
	s.Differences = append(s.Differences, fmt.Sprintf(format, args...))
}

// KnownPollNumbers returns which poll numbers are valid, by constituency id.
func KnownPollNumbers(e *elections.Election) map[int64]map[int]bool {
	known := make(map[int64]map[int]bool, len(e.Constituencies))
	for i := range e.Constituencies {
		c := &e.Constituencies[i]
		known[c.ID] = map[int]bool{0: e.Rules.BlankBallots}
		for _, candidacy := range c.Candidacies {
			known[c.ID][candidacy.PollNumber] = true
		}
	}
	return known
}

// Add changes the tally of a constituency.
func (s *SecondCount) Add(constituency int64, change func(*Tally)) {
	addTo(s.Tallies, constituency, constituency, change)
}

// AddToStation changes the tally of a constituency and that of its polling station; 0 is none.
func (s *SecondCount) AddToStation(constituency, station int64, change func(*Tally)) {
	s.Add(constituency, change)
	if station != 0 {
		addTo(s.Stations, station, constituency, change)
	}
}

func addTo(tallies map[int64]Tally, id, constituency int64, change func(*Tally)) {
	t, ok := tallies[id]
	if !ok {
		t = Tally{ConstituencyID: constituency, Votes: map[int]int64{}}
	}
	change(&t)
	tallies[id] = t
}
