package results

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"urna/elections"
	"urna/internal/database"
)

// changes knows the time of the last visible change of each election. It compares hashes of the visible figures: votes cast
// online that are not shown yet change neither the hash nor the time, so that the time tells of no single vote.
type changes struct {
	now       func() time.Time
	mutex     sync.Mutex
	elections map[int64]change
}

// change is what was last seen of an election.
type change struct {
	prints

	showsCount bool
	storable   bool
	at         time.Time // of the last change
	seen       time.Time // begin of the read that saw it
}

// fingerprint is a SHA-256.
type fingerprint [sha256.Size]byte

func newChanges(now func() time.Time) *changes {
	return &changes{now: now, elections: map[int64]change{}}
}

// lastChange returns the time of the last visible change of an election: the time of the first read that saw it, or of
// the clock's turn, whichever is later. A read that began before the last one that was compared changes nothing.
// A process that sees an election for the first time takes the time that Remember stored with the same hash, else
// its own time.
func (s *Service) lastChange(tx *database.Tx, f figures, p prints, begun, now time.Time) (time.Time, error) {
	switch e := f.election; { // nothing changes after a certification
	case f.certified != nil:
		return f.certified.certification.Record.At, nil
	case e.CorrectedAt != nil:
		return *e.CorrectedAt, nil
	case e.CertifiedAt != nil && !e.Correcting:
		return *e.CertifiedAt, nil
	}
	now = now.Truncate(time.Millisecond) // which clients, files and pages tell
	seen := change{prints: p, showsCount: f.election.ShowsCount(now), storable: storable(f), at: now, seen: begun}
	if !s.changes.knows(f.election.ID) {
		var err error
		if seen.at, err = storedChange(tx, f.election.ID, seen.shown(seen.showsCount), now); err != nil {
			return time.Time{}, err
		}
	}
	return turn(f.election, s.changes.compare(f.election.ID, seen), now), nil
}

// knows reports whether an election was seen before.
func (c *changes) knows(electionID int64) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, known := c.elections[electionID]
	return known
}

// compare takes note of what was seen and returns when it last changed.
func (c *changes) compare(electionID int64, seen change) time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	last, known := c.elections[electionID]
	if known && last.seen.After(seen.seen) {
		return last.at
	}
	if known && last.shown(seen.showsCount) == seen.shown(seen.showsCount) {
		seen.at = last.at
	}
	c.elections[electionID] = seen
	return seen.at
}

// turn returns the time, or the later one at which the clock alone opened or ended the voting.
func turn(e *elections.Election, at, now time.Time) time.Time {
	for _, turn := range []time.Time{e.StartsAt, e.EndsAt} {
		if !turn.After(now) && turn.After(at) {
			at = turn
		}
	}
	return at
}

// storable reports whether the time of the last change may be stored: while votes are cast online, the times at
// which the count moved are kept in memory alone (docs/decisions/0016-the-count-over-time-lives-in-memory.md).
func storable(f figures) bool {
	return !f.election.Takes(elections.Online) || f.closed
}

func hashOf(parts ...any) (fingerprint, error) {
	document, err := json.Marshal(parts)
	if err != nil {
		return fingerprint{}, fmt.Errorf("results: fingerprint: %w", err)
	}
	return sha256.Sum256(document), nil
}

// Remember stores the time of the last visible change of each election, so that the next process can tell. It is called
// at the end, and stores nothing of an election in which votes are still cast online.
func (s *Service) Remember(ctx context.Context) error {
	s.changes.mutex.Lock()
	var rows []changeRow
	for id, c := range s.changes.elections {
		if c.storable {
			shown := c.shown(c.showsCount)
			rows = append(rows, changeRow{ElectionID: id, Shown: shown[:], ChangedAt: c.at.UnixNano()})
		}
	}
	s.changes.mutex.Unlock()
	if len(rows) == 0 {
		return nil
	}
	return s.db.Write(ctx, func(tx *database.Tx) error { return storeChanges(tx, rows) })
}

// storedChange returns the time that was stored for the present figures, else the time given.
func storedChange(tx *database.Tx, electionID int64, shown fingerprint, now time.Time) (time.Time, error) {
	row, err := loadChange(tx, electionID)
	if err == nil && row != nil && string(row.Shown) == string(shown[:]) {
		return time.Unix(0, row.ChangedAt), nil
	}
	return now, err
}
