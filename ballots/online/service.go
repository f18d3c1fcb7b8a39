package online

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// approvals are asked about acts that need a second administrator.
type approvals interface {
	// Ask answers, within a transaction, whether an act may happen now; else the transaction commits without it.
	Ask(ctx context.Context, tx *database.Tx, r approval.Request) (*approval.Waiting, error)
	// Use marks the approval of an act as used, within the transaction that does it.
	Use(ctx context.Context, tx *database.Tx, r approval.Request) error
}

// registry is what this package asks of elections.
type registry interface {
	Within(tx *database.Tx, id int64) (*elections.Election, error)
}

// Options are what the service takes from outside.
type Options struct {
	Now func() time.Time
	// Transitions is the time by which elections open and close; nil is Now. It does not advance while the clock is
	// in doubt.
	Transitions func() time.Time
	// Secret keys the hashes: 32 bytes or more, the same for the life of the data folder.
	Secret []byte
	// Folder is where a roll waits, sealed, while its keys are issued; it is made where it does not exist.
	Folder string
	// Space refuses to store so many more bytes while the disk has too few for votes and sign-ins; nil never does.
	Space func(bytes int64) error
	// OnCommit is called after every commit that may change an election's public figures. It must not
	// block.
	OnCommit func(electionID int64)
	// GroupVotes is how many votes of a constituency are committed at once without waiting for more; 0 is
	// eight.
	GroupVotes int
	// GroupWait is how long the first vote of a group waits for others; 0 is two seconds.
	GroupWait time.Duration
	// MaxWaiting is how many votes may wait for their commit; 0 is 20,000.
	MaxWaiting int
	// Address returns the address of the service as voters open it, "" if it is not known; nil knows none. Sealed keys
	// have it.
	Address func(ctx context.Context) (string, error)
	// Approvals decide whether an act needs a second administrator; nil needs none.
	Approvals approvals
	// Unlimited switches the limit on wrong keys off.
	Unlimited bool
}

// The defaults of Options.
const (
	DefaultGroupVotes = 8
	DefaultGroupWait  = 2 * time.Second
	DefaultMaxWaiting = 20_000
)

// Service keeps voter keys and takes votes. Its methods may be called concurrently. Votes are taken
// between Start and Stop; keys can be issued without.
type Service struct {
	db        *database.DB
	log       *audit.Log
	elections registry
	options   Options
	hashes    hashes
	sums      *summer
	polls     polls
	limiter   limiter
	queue     *voteQueue
	closer    *closer
	running   sync.WaitGroup
}

// New returns the service over an open database. The secret must be the one that the database's keys were made with,
// which internal/app/datafolder checks when it opens the folder.
func New(_ context.Context, db *database.DB, log *audit.Log, registry registry, o Options) (*Service, error) {
	if o.Transitions == nil {
		o.Transitions = o.Now
	}
	if o.Address == nil {
		o.Address = func(context.Context) (string, error) { return "", nil }
	}
	if o.OnCommit == nil {
		o.OnCommit = func(int64) {}
	}
	if o.Space == nil {
		o.Space = func(int64) error { return nil }
	}
	if o.GroupVotes == 0 {
		o.GroupVotes = DefaultGroupVotes
	}
	if o.GroupWait == 0 {
		o.GroupWait = DefaultGroupWait
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = DefaultMaxWaiting
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("online: make folder: %w", err)
	}
	h, err := newHashes(o.Secret)
	if err != nil {
		return nil, err
	}
	sums, err := newSummer(o.Secret)
	if err != nil {
		return nil, err
	}
	s := &Service{db: db, log: log, elections: registry, options: o, hashes: h, sums: sums, limiter: newLimiter(o.Now)}
	s.polls.service = s
	s.queue = newVoteQueue(s)
	s.closer = newCloser(s)
	return s, nil
}

// Start removes what a broken issue left, goes on with closes that were cut off, and begins to take
// votes. In a folder of an earlier version it begins the running sums of the ballots. It is called once.
func (s *Service) Start(ctx context.Context) error {
	switch unlock, err := s.lockIssuing(); {
	case err == nil:
		err := s.removeBroken(ctx)
		unlock()
		if err != nil {
			return err
		}
	case !errors.Is(err, ErrIssueUnderWay): // a command that is issuing clears up itself
		return err
	}
	if err := s.beginSums(ctx); err != nil {
		return err
	}
	s.running.Go(s.queue.collect)
	s.running.Go(s.queue.commitGroups)
	s.running.Go(s.closer.run)
	return nil
}

// Stop commits the votes that wait, answers them, and returns when nothing runs any more. Votes that come
// later are refused as ErrOverloaded. It may be called again.
func (s *Service) Stop() {
	s.closer.stop()
	s.queue.stop()
	s.running.Wait()
}

// Keys returns the number of an election's keys: all that can vote or have voted. It is public from the
// opening on.
func (s *Service) Keys(ctx context.Context, electionID int64) (n int64, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if _, err := s.elections.Within(tx, electionID); err != nil {
			return err
		}
		n, err = CountKeys(ctx, tx, electionID)
		return err
	})
	return n, err
}

// WithFewKeys returns the constituencies of an election in which keys were issued, but fewer than
// elections.FewOnlineVoters that can vote or have voted.
func (s *Service) WithFewKeys(ctx context.Context, electionID int64) (few []*elections.Constituency, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		ids, err := constituenciesWithFewKeys(ctx, tx, electionID, elections.FewOnlineVoters)
		for _, id := range ids {
			few = append(few, e.Constituency(id))
		}
		return err
	})
	return few, err
}

// Rolls returns the rolls of an election, newest first.
func (s *Service) Rolls(ctx context.Context, electionID int64) (rolls []Roll, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		rolls, err = readRolls(ctx, tx, electionID)
		return err
	})
	return rolls, err
}
