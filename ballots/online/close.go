package online

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
)

// How often the closer looks, and how it waits after a fault of the machine.
const (
	closerInterval    = 500 * time.Millisecond
	closerFirstWait   = time.Second
	closerLongestWait = time.Minute
	// A reader in the way costs a try of a moment, and the close is to end soon after the reader.
	closerReaderWait = 5 * time.Second
)

// sayAgain is how long the server's log has nothing new of a close that waits for the same.
const sayAgain = 10 * time.Minute

// sayAfter is the number of tries after which BlockedClose names a close that a reader keeps from finishing.
const sayAfter = 3

// closer ends elections whose time is over: it commits the votes that wait, marks the election as closed
// for good, gives its ballots other GUIDs, and rewrites the file. Every step is durable and is taken up
// again after a restart.
type closer struct {
	service  *Service
	blocked  atomic.Pointer[BlockedClose] // nil while no reader is in the way
	failed   atomic.Pointer[FailedClose]  // nil while nothing fails
	said     waitSaid
	stopping context.Context
	cancel   context.CancelFunc
}

func newCloser(s *Service) *closer {
	c := &closer{service: s}
	c.stopping, c.cancel = context.WithCancel(context.Background())
	return c
}

func (c *closer) stop() { c.cancel() }

// run closes elections that are due until it is stopped.
func (c *closer) run() {
	failing := time.Duration(0)
	for {
		wait := closerInterval
		err := c.work()
		longest := closerLongestWait
		if c.noteReaders(err) {
			longest = closerReaderWait
		}
		c.noteFailure(err)
		if err == nil {
			failing, c.said = 0, waitSaid{}
		} else if c.stopping.Err() == nil {
			failing = min(max(closerFirstWait, 2*failing), longest)
			c.log(err, failing)
			wait = failing
		}
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-c.stopping.Done():
			pause.Stop()
			return
		}
	}
}

// waitSaid is what the server's log says that a close waits for, and when it said so.
type waitSaid struct {
	reason string
	at     time.Time
}

// log says why a try failed. A close that waits for others is no fault: it is said once, and again if the reason changes and after
// sayAgain.
func (c *closer) log(err error, wait time.Duration) {
	if !errors.Is(err, database.ErrReadersInTheWay) {
		c.said = waitSaid{}
		slog.Error("closing an election failed; trying again", "wait", wait, "error", err)
		return
	}
	now := c.service.options.Now()
	if c.said.reason == err.Error() && now.Sub(c.said.at) < sayAgain {
		return
	}
	c.said = waitSaid{err.Error(), now}
	slog.Warn("the close of an election waits, and is tried again until it is done", "reason", err)
}

// BlockedClose is the close of elections that waits for the end of a transaction, of any program, that reads an old state
// of the database, or for those that receive its log of changes.
type BlockedClose struct {
	Elections []int64
	Since     time.Time // of the first try that found a reader in the way
	Tries     int
	// Holders are what keeps the old log of changes, in place of a reader.
	Holders []database.LogCopy
}

// BlockedClose returns the close that a reader keeps from finishing; nil if there is none, and until it was tried three
// times.
func (s *Service) BlockedClose() *BlockedClose {
	b := s.closer.blocked.Load()
	if b == nil || b.Tries < sayAfter {
		return nil
	}
	return b
}

// noteReaders reports whether a try failed because of a reader, and keeps since when that is so.
func (c *closer) noteReaders(err error) bool {
	if !errors.Is(err, database.ErrReadersInTheWay) {
		c.blocked.Store(nil)
		return false
	}
	now := BlockedClose{Since: c.service.options.Now(), Tries: 1}
	if before := c.blocked.Load(); before != nil {
		now.Since, now.Tries = before.Since, before.Tries+1
	}
	if held, is := errors.AsType[*database.LogHeldError](err); is {
		now.Holders = held.Holders
	}
	now.Elections, _ = c.service.unfinishedCloses(c.stopping) // they are named again at the next try
	c.blocked.Store(&now)
	return true
}

// FailedClose is the close of elections that fails for another reason than a BlockedClose does. It is tried again until it is done.
type FailedClose struct {
	Elections []int64
	Since     time.Time // of the first try that failed
	Tries     int
	Err       error
}

// FailedClose returns the close that fails; nil if there is none, and until it was tried three times.
func (s *Service) FailedClose() *FailedClose {
	f := s.closer.failed.Load()
	if f == nil || f.Tries < sayAfter {
		return nil
	}
	return f
}

// noteFailure keeps since when tries fail. It keeps nothing if the elections cannot be read: then nothing works.
func (c *closer) noteFailure(err error) {
	if err == nil || c.stopping.Err() != nil || errors.Is(err, database.ErrReadersInTheWay) {
		c.failed.Store(nil)
		return
	}
	now := FailedClose{Since: c.service.options.Now(), Tries: 1, Err: err}
	if before := c.failed.Load(); before != nil {
		now.Since, now.Tries = before.Since, before.Tries+1
	}
	due, dueErr := elections.DueToClose(c.stopping, c.service.db, c.service.options.Transitions())
	open, openErr := c.service.unfinishedCloses(c.stopping)
	if now.Elections = append(due, open...); dueErr != nil || openErr != nil || len(now.Elections) == 0 {
		c.failed.Store(nil)
		return
	}
	slices.Sort(now.Elections)
	now.Elections = slices.Compact(now.Elections)
	c.failed.Store(&now)
}

// work takes every step that is due.
func (c *closer) work() error {
	ctx := c.stopping
	due, err := elections.DueToClose(ctx, c.service.db, c.service.options.Transitions())
	if err != nil {
		return err
	}
	for _, election := range due {
		if err := c.service.closeVoting(ctx, election); err != nil {
			return err
		}
	}
	open, err := c.service.unfinishedCloses(ctx)
	if err != nil || len(open) == 0 {
		return err
	}
	return c.service.eraseTraces(ctx, open)
}

// closeVoting ends the voting of an election whose end has come. Votes that came before it are committed
// first.
func (s *Service) closeVoting(ctx context.Context, electionID int64) error {
	s.queue.closeElection(electionID)
	closed := false
	err := s.db.Write(ctx, func(tx *database.Tx) (err error) {
		now := s.options.Transitions()
		if closed, err = elections.MarkClosed(ctx, tx, electionID, now); err != nil || !closed {
			return err
		}
		if err := beginClose(ctx, tx, electionID); err != nil {
			return err
		}
		n, err := countOnline(ctx, tx, electionID)
		if err != nil {
			return err
		}
		keys, err := CountKeys(ctx, tx, electionID)
		if err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), audit.System(), "election-closed", elections.Subject(electionID),
			map[string]any{"online_ballots": n, "keys": keys})
	})
	if err == nil && closed {
		s.polls.forget(electionID)
		s.options.OnCommit(electionID)
	}
	s.queue.reopenElection(electionID) // the mark keeps votes out now, or the end was moved in the last moment
	return err
}

// eraseTraces ends the withdrawals of closed elections, gives their ballots other GUIDs, rewrites the file and removes
// the copies that were kept of it before upgrades, so that nothing is left that tells the groups in which they came.
// Copies that it cannot remove are named in the server's log and in the audit log.
func (s *Service) eraseTraces(ctx context.Context, electionIDs []int64) error {
	if err := s.endWithdrawals(ctx, electionIDs); err != nil {
		return err
	}
	for _, id := range electionIDs {
		if err := s.db.Write(ctx, func(tx *database.Tx) error { return s.renumber(ctx, tx, id) }); err != nil {
			return err
		}
	}
	if err := s.rewrite(ctx, electionIDs); err != nil {
		return err
	}
	if err := s.db.EmptyLog(ctx); err != nil {
		return err
	}
	copies, err := s.db.EraseCopies(ctx)
	if err != nil {
		return err
	}
	warnOfCopies(ctx, copies)
	for _, id := range electionIDs {
		err := s.db.Write(ctx, func(tx *database.Tx) error {
			if err := errors.Join(s.recordCopies(ctx, tx, id, copies), tx.ForgetCopies(ctx)); err != nil {
				return err
			}
			return finishClose(ctx, tx, id)
		})
		if err != nil {
			return err
		}
		s.options.OnCommit(id)
	}
	return nil
}

// tracedTables are the tables that groups of votes, and the keys that they use, are written to.
func tracedTables() []string {
	return []string{"online_ballots", "online_tallies", "online_sums", "voter_flags", "voter_keys", "keyed_voters", "shown_changes"}
}

// rewrite rewrites the file unless that was done since the ballots of all these elections got other GUIDs.
func (s *Service) rewrite(ctx context.Context, electionIDs []int64) error {
	due := false
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		for _, id := range electionIDs {
			step, err := stepOf(ctx, tx, id)
			if err != nil {
				return err
			}
			due = due || step != stepRewritten
		}
		return nil
	})
	if err != nil || !due {
		return err
	}
	if err := s.db.Rewrite(ctx, tracedTables()...); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		for _, id := range electionIDs {
			if err := markRewritten(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// endWithdrawals goes on with the withdrawals of closed elections that were cut off: the numbers of keys are part of
// the figures, and an election is certified only after its close.
func (s *Service) endWithdrawals(ctx context.Context, electionIDs []int64) error {
	var unsettled []Roll
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		unsettled, err = unsettledRolls(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, roll := range unsettled {
		if roll.State != RollWithdrawing || !slices.Contains(electionIDs, roll.ElectionID) {
			continue
		}
		if err := s.empty(ctx, roll); err != nil {
			return err
		}
	}
	return nil
}
