package online

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text/strictjson"
)

// The events of running sums, and of the digests that follow them after the close.
const (
	sumsBegun       = "online-sums-begun"
	ballotsRecorded = "online-ballots-recorded"
)

// ballotsRecord is the detail of the event ballotsRecorded.
type ballotsRecord struct {
	// Digests are hex SHA-256 of the final ballots by constituency: a line for each, in the order of GUIDs, "guid,poll
	// number\n". A constituency without ballots has none.
	Digests map[string]string `json:"digests"`
	// Differ are the constituencies whose ballots contradicted their running sum.
	Differ []int64 `json:"differ,omitempty"`
	// Unproven says that the ballots had no running sums until now.
	Unproven bool `json:"unproven,omitempty"`
}

func (r *ballotsRecord) detail() map[string]any {
	detail := map[string]any{"digests": r.Digests}
	if len(r.Differ) > 0 {
		detail["differ"] = r.Differ
	}
	if r.Unproven {
		detail["unproven"] = true
	}
	return detail
}

// digestsOf returns the digests of an election's ballots.
func digestsOf(found map[int64]*constituencyBallots) map[string]string {
	digests := make(map[string]string, len(found))
	for id, c := range found {
		digests[strconv.FormatInt(id, 10)] = hex.EncodeToString(c.digest.Sum(nil))
	}
	return digests
}

// renumber is the step of a close that gives the ballots other GUIDs. It compares them with their running sums before,
// changes the sums as the ballots change, and records the digests of the final ballots. A sum that contradicted its
// ballots contradicts them after it, too: the close of an election goes on, and its certification is refused.
func (s *Service) renumber(ctx context.Context, tx *database.Tx, electionID int64) error {
	if step, err := stepOf(ctx, tx, electionID); err != nil || step != "closed" {
		return err
	}
	records, err := readRecords(ctx, tx, electionID)
	if err != nil {
		return err
	}
	if len(records) > 0 { // the step was put back around the program
		return markShuffled(ctx, tx, electionID)
	}
	starts, err := readSumStarts(ctx, tx)
	if err != nil {
		return err
	}
	before, strays, err := walkBallots(ctx, tx, electionID, s.sums)
	if err != nil {
		return err
	}
	if err := shuffle(ctx, tx, electionID); err != nil {
		return err
	}
	after, _, err := walkBallots(ctx, tx, electionID, s.sums)
	if err != nil {
		return err
	}
	record := ballotsRecord{Digests: digestsOf(after)}
	if _, begun := starts[electionID]; !begun {
		record.Unproven = len(before) > 0
	} else if record.Differ, err = s.carrySums(ctx, tx, electionID, before, after); err != nil {
		return err
	}
	record.Differ = slices.Compact(slices.Sorted(slices.Values(append(record.Differ, strays...))))
	if len(record.Differ) > 0 {
		slog.ErrorContext(ctx, "online ballots contradict their running sums: they were not stored by this program alone, and the election "+
			"cannot be certified with them", "election", electionID, "constituencies", record.Differ)
	}
	return s.log.Append(ctx, tx.SQL(), audit.System(), ballotsRecorded, elections.Subject(electionID), record.detail())
}

// carrySums changes the running sums of an election as its ballots were changed, and returns the constituencies in
// which they contradicted each other before.
func (s *Service) carrySums(ctx context.Context, tx *database.Tx, electionID int64, before, after map[int64]*constituencyBallots) (differ []int64, err error) {
	keyed, err := KeyedConstituencies(ctx, tx, electionID)
	if err != nil {
		return nil, err
	}
	for id := range before {
		keyed[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(keyed)) {
		old, present := of(before, id), of(after, id)
		row, err := readSum(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if row == nil {
			differ = append(differ, id)
			continue
		}
		used, sum := s.sums.reveal(id, *row)
		if used != old.votes || sum != old.sum {
			differ = append(differ, id)
		}
		if err := s.sums.writeSum(ctx, tx, id, used, sum.minus(old.sum).plus(present.sum)); err != nil {
			return nil, err
		}
	}
	return differ, nil
}

// beginSums begins the running sums of elections whose keys an earlier version issued, and records the digests of the
// ballots of those that it closed.
func (s *Service) beginSums(ctx context.Context) error {
	var open, closed []int64
	find := func(tx *database.Tx) (err error) {
		open, closed, err = electionsWithoutSums(ctx, tx)
		closed = slices.DeleteFunc(closed, func(id int64) bool {
			records, failed := readRecords(ctx, tx, id)
			err = errors.Join(err, failed)
			return len(records) > 0
		})
		return err
	}
	if err := s.db.Read(ctx, find); err != nil || len(open)+len(closed) == 0 {
		return err
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		if err := find(tx); err != nil {
			return err
		}
		for _, id := range open {
			if err := s.sums.startSums(ctx, tx, id, s.options.Now()); err != nil {
				return err
			}
			if err := s.log.Append(ctx, tx.SQL(), audit.System(), sumsBegun, elections.Subject(id), nil); err != nil {
				return err
			}
		}
		for _, id := range closed {
			found, _, err := walkBallots(ctx, tx, id, nil)
			if err != nil {
				return err
			}
			record := ballotsRecord{Digests: digestsOf(found), Unproven: len(found) > 0}
			if err := s.log.Append(ctx, tx.SQL(), audit.System(), ballotsRecorded, elections.Subject(id), record.detail()); err != nil {
				return err
			}
		}
		return nil
	})
}

// recorded is an event ballotsRecorded.
type recorded struct {
	event int64
	ballotsRecord
}

// readRecords returns the events that recorded the digests of an election's ballots, oldest first.
func readRecords(ctx context.Context, tx *database.Tx, electionID int64) (records []recorded, err error) {
	filter := audit.Filter{Action: ballotsRecorded, Subject: elections.Subject(electionID)}
	err = audit.NewReader(tx.SQL()).Each(ctx, filter, func(e audit.Event) error {
		r := recorded{event: e.ID}
		if err := strictjson.UnmarshalStored([]byte(e.Detail), &r.ballotsRecord); err != nil {
			return fmt.Errorf("online: event %d: %w", e.ID, err)
		}
		records = append(records, r)
		return nil
	})
	return records, err
}
