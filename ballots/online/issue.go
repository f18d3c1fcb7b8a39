package online

import (
	"context"
	"errors"
	"io"
	"iter"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/sealed"
	"urna/internal/text"
)

// The bounds of a roll.
const (
	maxVoters     = 3_000_000 // in one roll; more come as several. It bounds the memory that entries take.
	checkChunk    = 5_000     // voters looked up at once
	issueChunk    = 10_000    // keys stored in one transaction, which votes wait for
	keySize       = 256       // bytes of the disk that a stored key takes at most, with its voter and the log of changes
	shownProblems = 20
)

// Issued is a roll whose keys are in force, and the keys, which can be read until Close and never again.
type Issued struct {
	Roll  Roll
	spool keySpool
}

// Keys returns the keys in the order of the roll. Those of a sealed roll cannot be read: they are the error ErrSealed.
func (i *Issued) Keys() iter.Seq2[Key, error] {
	if open, ok := i.spool.(*spool); ok {
		return open.keys()
	}
	return func(yield func(Key, error) bool) { yield(Key{}, ErrSealed) }
}

// Sealed returns a reader of the sealed table of a roll's keys, from its beginning; nil if the keys are not sealed.
func (i *Issued) Sealed() io.Reader {
	if s, ok := i.spool.(*sealedSpool); ok {
		return s.reader()
	}
	return nil
}

// RecordDisclosure writes into the audit log that so many keys of a roll are about to leave the service, and as
// what, such as "letters". It holds no key. The caller hands them out only where it returns nil.
func (s *Service) RecordDisclosure(ctx context.Context, actor audit.Actor, r Roll, as string, keys int64) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		return s.log.Append(ctx, tx.SQL(), actor, "voter-keys-exported", elections.Subject(r.ElectionID),
			map[string]any{"roll": r.ID, "as": as, "keys": keys})
	})
}

// Close deletes the keys; they cannot be read again.
func (i *Issued) Close() error { return i.spool.close() }

// Issue gives every voter of a roll a key, or none of them. It reads the roll once and checks all of it; then it
// stores the keys in chunks, and one transaction, with the audit event, makes them valid. The keys of an interrupted
// issue are never valid and are removed. The keys can be read from the returned value, once all are valid: if they
// are lost before they reach the voters, Withdraw the roll and issue it again.
//
// An error of the roll's reader ends it and is returned. ErrMalformedRoll names lines whose personal id
// is malformed, is in the roll twice or has a key, and those whose constituency is unknown;
// ErrTakesNoKeys after the end; ErrIssueUnderWay while another roll is being issued. The error of Options.Space, if the
// disk has no space for the roll, comes before any key is stored. Progress, where it
// is not nil, is called after every chunk.
func (s *Service) Issue(ctx context.Context, actor audit.Actor, electionID int64, voters iter.Seq2[Voter, error],
	progress func(Progress),
) (*Issued, error) {
	return s.IssueApproved(ctx, actor, electionID, Approved{}, sealed.Recipients{}, voters, progress)
}

// IssueApproved is Issue after the opening, which may need a second administrator: then the error is *approval.Waiting,
// nothing of the roll is kept but its digest and totals, and the same person sends the same roll again with the number
// of the approval, within an hour of it. The keys are sealed as the election wants it, or else to the recipients.
func (s *Service) IssueApproved(ctx context.Context, actor audit.Actor, electionID int64, a Approved, to sealed.Recipients,
	voters iter.Seq2[Voter, error], progress func(Progress),
) (_ *Issued, err error) {
	unlock, err := s.lockIssuing()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := s.removeBroken(ctx); err != nil {
		return nil, err
	}
	if err := s.options.Space(1); err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	i := &issue{service: s, progress: progress, totals: map[int64]int64{}, approved: a}
	if err := i.begin(ctx, electionID, to); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.spool.close())
		}
	}()
	for v, err := range voters {
		if err == nil {
			err = i.read(v)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := i.check(ctx); err != nil {
		return nil, err
	}
	if err := i.problems(); err != nil {
		return nil, err
	}
	if err := s.options.Space(keySize * int64(i.entries.count)); err != nil {
		return nil, err
	}
	switch waits, err := i.ask(ctx, actor); {
	case err != nil:
		return nil, err
	case waits != nil:
		return nil, waits
	}
	if err := i.spool.finish(); err != nil {
		return nil, err
	}
	if err := i.store(ctx, actor); err != nil {
		return nil, err
	}
	s.options.OnCommit(electionID)
	return &Issued{Roll: i.roll, spool: i.spool}, nil
}

// issue is a roll whose keys are being issued.
type issue struct {
	service  *Service
	progress func(Progress)
	spool    keySpool
	sealTo   sealed.Recipients
	roll     Roll
	places   text.Index[int64] // constituency ids by name
	names    map[int64]string
	only     int64           // the constituency where there is just one
	totals   map[int64]int64 // voters by constituency
	entries  entries
	done     Progress
	found    []lineProblem // the first by their lines, and some more
	faulty   int64         // how many there are in all
	writers  otherWriters
	digest   digest // of the lines so far, in their order
	approved Approved
	request  *approval.Request // of an approval; nil without approvals
	asked    bool              // the election was open, and the request was answered
}

// begin reads the election and opens the spool.
func (i *issue) begin(ctx context.Context, electionID int64, to sealed.Recipients) error {
	var e *elections.Election
	err := i.service.db.Read(ctx, func(tx *database.Tx) (err error) {
		if e, err = i.service.acceptsKeys(tx, electionID); err != nil {
			return err
		}
		if i.sealTo, err = sealTo(e, to); err != nil {
			return err
		}
		i.roll = Roll{ElectionID: e.ID, State: RollIssuing}
		i.names = make(map[int64]string, len(e.Constituencies))
		for _, c := range e.Constituencies {
			i.places.Add(c.Name, c.ID)
			i.names[c.ID] = c.Name
		}
		if len(e.Constituencies) == 1 {
			i.only = e.Constituencies[0].ID
		}
		return nil
	})
	if err != nil {
		return err
	}
	if i.sealTo.IsZero() {
		i.spool, err = newSpool(i.service.options.Folder)
		return err
	}
	address, err := i.service.options.Address(ctx)
	if err == nil {
		i.spool, err = newSealedSpool(i.service.options.Folder, e, i.sealTo, address)
	}
	return err
}

// store stores the keys chunk by chunk and puts them in force.
func (i *issue) store(ctx context.Context, actor audit.Actor) (err error) {
	s := i.service
	var first int64
	err = s.db.Write(ctx, func(tx *database.Tx) (err error) {
		if i.roll.ID, err = createRoll(ctx, tx, i.roll.ElectionID, i.sealTo, s.options.Now()); err != nil {
			return err
		}
		first, err = reserveFlags(ctx, tx, i.roll.ID, int64(i.entries.count))
		return err
	})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.empty(context.WithoutCancel(ctx), i.roll))
		}
	}()
	err = i.inChunks(ctx, byVoter, func(tx *database.Tx, some []entry) error { return storeVoters(ctx, tx, i.roll.ID, some) })
	if err != nil {
		return err
	}
	flags := shuffledFlags(int64(i.entries.count))
	err = i.inChunks(ctx, byPair, func(tx *database.Tx, some []entry) error {
		theirs := flags[:len(some)]
		flags = flags[len(some):]
		return storeKeys(ctx, tx, i.roll.ID, first, some, theirs)
	})
	if err != nil {
		return err
	}
	i.done.Issued, i.entries = int64(i.entries.count), entries{} // room for others
	i.progress(i.done)
	return i.activate(ctx, actor)
}

// inChunks stores all entries in an order, chunk by chunk. It is called twice, so it counts each entry as half.
func (i *issue) inChunks(ctx context.Context, order func(a, b entry) int, store func(*database.Tx, []entry) error) error {
	before, stored := i.done.Issued, int64(0)
	for some := range chunks(i.entries.inOrder(order), issueChunk) {
		err := i.service.db.Write(ctx, func(tx *database.Tx) error { return errors.Join(i.writers.detect(ctx, tx), store(tx, some)) })
		if err != nil {
			return err
		}
		stored += int64(len(some))
		i.done.Issued = before + stored/2
		i.progress(i.done)
		i.writers.yieldToWriters()
	}
	return nil
}
