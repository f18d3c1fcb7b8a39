package results

import (
	"context"
	"sync"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// registry is what this package asks of elections.
type registry interface {
	readable
	CertificationWithin(tx *database.Tx, e *elections.Election) (*elections.Certification, error)
	LastCertificationWithin(tx *database.Tx, e *elections.Election) (*elections.Certification, *elections.Election, error)
	CorrectionsWithin(tx *database.Tx, electionID int64) ([]elections.Correction, error)
	CorrectionWithin(tx *database.Tx, e *elections.Election) (*elections.Correction, error)
	AccountChangesWithin(ctx context.Context, tx *database.Tx, e *elections.Election, c *elections.Certification) ([]approval.AccountChange, error)
	ConfirmationsWithin(tx *database.Tx, electionIDs []int64) (map[int64][]elections.Confirmation, error)
	Confirm(ctx context.Context, tx *database.Tx, actor audit.Actor, e *elections.Election, figures string) (*elections.Certification, error)
	secondRounds
}

// readable is how this package reads elections.
type readable interface {
	Within(tx *database.Tx, id int64) (*elections.Election, error)
	AllWithin(tx *database.Tx) ([]*elections.Election, error)
}

// secondRounds is what this package asks of elections about second rounds.
type secondRounds interface {
	SecondRoundWithin(tx *database.Tx, firstID int64) (int64, error)
	CreateSecondRound(ctx context.Context, tx *database.Tx, actor audit.Actor, first *elections.Election,
		participants []int64, p elections.Period) (*elections.Election, error)
}

// originals counts an election's batches a second time, from the files that officials sent, and compares them with
// the database.
type originals interface {
	CountAgain(ctx context.Context, tx *database.Tx, e *elections.Election) (*ballots.SecondCount, error)
}

// approvals has the decided approvals of acts that need a second administrator, by election and in the order of their
// numbers.
type approvals interface {
	Decided(ctx context.Context, tx *database.Tx, periods []approval.Period) (map[int64][]approval.Decided, error)
}

// Service computes results from the tallies. Its methods may be called concurrently.
type Service struct {
	db        *database.DB
	log       *audit.Log
	elections registry
	originals originals
	approvals approvals
	now       func() time.Time
	feed      *feed
	timeline  *timeline
	changes   *changes
	protocols protocols // nil: there are none
	between   betweens
	checks    certifiedChecks
	documents documents
	counted   stationCache
	listing   chan struct{} // has an element while a list of polling stations is read
	second    engine        // certification compares its seats and winners with those of the first
}

// betweens are the duplicates between constituencies as they were last counted, by election.
type betweens struct {
	sync.Mutex

	of map[int64]between
}

type between struct {
	batches string // and their states, when it was counted
	found   []ballots.ForeignDuplicates
}

// New returns the service over an open database. Only a certification needs originals; without approvals no act was
// done alone.
func New(db *database.DB, log *audit.Log, elections registry, originals originals, approvals approvals, now func() time.Time) *Service {
	s := &Service{
		db: db, log: log, elections: elections, originals: originals, approvals: approvals, now: now,
		feed: newFeed(now), changes: newChanges(now), second: secondEngine(), listing: make(chan struct{}, 1),
	}
	s.timeline = newTimeline(now, s.point)
	s.between.of = map[int64]between{}
	s.checks.of = map[int64]certifiedCheck{}
	s.documents.of = map[string]*Figures{}
	return s
}

// Close ends what runs beside the calls: points of the count over time that are still to be taken.
func (s *Service) Close() { s.timeline.stop() }

// figures is what one snapshot tells of an election.
type figures struct {
	election *elections.Election
	tallies  map[int64]ballots.Tally
	waiting  int
	late     int  // late batches that wait for an administrator
	closed   bool // the close came to its end
	lots     []Lot
	seed     *Seed
	values   []LotValue
	stations stationCounts
	// certified is the certification whose figures these are, of an election that is being corrected; else nil.
	certified *certified
	altered   bool // what was certified cannot be shown
}

// figuresWithin reads what a transaction sees of an election.
func (s *Service) figuresWithin(ctx context.Context, tx *database.Tx, electionID int64) (f figures, err error) {
	if f.election, err = s.elections.Within(tx, electionID); err != nil {
		return f, err
	}
	if f.tallies, err = readTallies(ctx, tx, electionID); err != nil {
		return f, err
	}
	if f.waiting, err = ballots.BatchesWaiting(ctx, tx, electionID); err != nil {
		return f, err
	}
	late, err := ballots.LateBatchesWaitingOf(ctx, tx, []int64{electionID})
	if err != nil {
		return f, err
	}
	f.late = late[electionID]
	if f.closed, err = online.VotingClosed(ctx, tx, electionID); err != nil {
		return f, err
	}
	if f.lots, err = loadLots(tx, electionID); err != nil {
		return f, err
	}
	if f.seed, err = loadSeed(tx, electionID); err != nil {
		return f, err
	}
	if f.values, err = loadLotValues(tx, electionID); err != nil {
		return f, err
	}
	stations, err := s.stationCounts(ctx, tx, f.election)
	f.stations = stations[electionID]
	return f, err
}

// readTallies returns the tallies of the elections' constituencies by id: batches and votes cast online, as far as they may
// be shown.
func readTallies(ctx context.Context, tx *database.Tx, electionIDs ...int64) (map[int64]ballots.Tally, error) {
	all, err := ballots.Tallies(ctx, tx, electionIDs...)
	if err != nil {
		return nil, err
	}
	return all, online.AddTallies(ctx, tx, all, electionIDs...)
}

// sums returns a constituency's sums.
func sums(c *elections.Constituency, t ballots.Tally) Ballots {
	return Ballots{
		Valid: t.Valid(), Blank: t.Votes[0], Invalid: t.Invalid, Duplicates: t.Duplicates, Cast: t.Cast(), Online: t.Online,
		RegisteredVoters: c.RegisteredVoters,
	}
}

func (b *Ballots) add(other Ballots) {
	b.Valid += other.Valid
	b.Blank += other.Blank
	b.Invalid += other.Invalid
	b.Duplicates += other.Duplicates
	b.Cast += other.Cast
	b.Online += other.Online
}

// registeredInAll returns the sum of the registered voters, 0 (unknown) where any part is unknown.
func registeredInAll(e *elections.Election) int64 {
	var sum int64
	for _, c := range e.Constituencies {
		if c.RegisteredVoters == 0 {
			return 0
		}
		sum += c.RegisteredVoters
	}
	return sum
}

// Changed tells all who watch an election that its figures may have changed, and the count over time. It
// never blocks.
func (s *Service) Changed(electionID int64) {
	s.feed.changed(electionID)
	s.timeline.changed(electionID)
}

// Watch returns a channel that receives after every change of the election's figures, at most four
// times a second, and a function that ends it.
func (s *Service) Watch(electionID int64) (updates <-chan struct{}, stop func()) {
	return s.feed.watch(electionID)
}
