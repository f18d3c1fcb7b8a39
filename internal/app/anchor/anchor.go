package anchor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"urna/internal/database"
)

// eventLog is the part of the audit log that this package uses.
type eventLog interface {
	// Appended reports whether the transaction appended an event whose act is to be answered.
	Appended(tx database.Querier) bool
}

// countEvery is how often the online ballots are counted at most.
const countEvery = time.Second

// Anchor keeps the file of an open database. Its methods may be called concurrently.
type Anchor struct {
	db   *database.DB
	log  eventLog
	file *file
	id   string

	writes  database.Sharing
	ballots atomic.Int64 // as last counted

	stop    chan struct{} // nil unless started
	stopped sync.WaitGroup
}

func newAnchor(db *database.DB, log eventLog, f *file, id string) *Anchor {
	return &Anchor{db: db, log: log, file: f, id: id}
}

// Owed reports whether a committed transaction must be in the file before its act is answered.
func (a *Anchor) Owed(tx database.Querier) bool { return a.log.Appended(tx) }

// Sync returns once all that was committed before the call is in the file and on disk. Concurrent calls share the
// writes: while one is being synced, the others wait for the next one, which is for all of them, and so is its fault.
func (a *Anchor) Sync(ctx context.Context) error {
	return a.writes.Do(func() error { return a.advance(context.WithoutCancel(ctx)) })
}

// advance writes the state of the database, unless the file has it or, from another program, a later one.
func (a *Anchor) advance(ctx context.Context) error {
	state, err := readActs(ctx, a.db.Pool())
	if err != nil {
		return err
	}
	state.Ballots = a.ballots.Load()
	return a.file.locked(func() error {
		last, next, err := a.file.read()
		if err != nil {
			return err
		}
		if last.folder != a.id {
			return errors.New("anchor: the file was replaced by one of another database")
		}
		state = last.state.later(state)
		if state == last.state {
			return nil
		}
		return a.file.write(slot{folder: a.id, number: last.number + 1, state: state}, next)
	})
}

// later returns the later of two states of one database.
func (s State) later(other State) State {
	if other.Events >= s.Events {
		s.Events, s.Head = other.Events, other.Head
	}
	s.Batches, s.Ballots = max(s.Batches, other.Batches), max(s.Ballots, other.Ballots)
	return s
}

// Start begins to count the online ballots, until Close. It is called once.
func (a *Anchor) Start() {
	a.stop = make(chan struct{})
	a.stopped.Go(func() {
		every := time.NewTicker(countEvery)
		defer every.Stop()
		var counted database.Version
		failing := false
		for {
			select {
			case <-every.C:
			case <-a.stop:
				return
			}
			if a.db.Unchanged(counted) {
				continue
			}
			version, err := a.db.Version(context.Background())
			if err == nil {
				err = a.count(context.Background())
			}
			if err == nil {
				counted = version
			} else if !failing {
				slog.Error("the anchor beside the database could not be written; trying again each second", "error", err)
			}
			failing = err != nil
		}
	})
}

// count counts the online ballots and writes the state if it changed, also by events that no caller waits for.
func (a *Anchor) count(ctx context.Context) error {
	n, err := readBallots(ctx, a.db.Pool())
	if err != nil {
		return err
	}
	a.ballots.Store(n)
	return a.Sync(ctx)
}

// Close writes the last state and closes the file. The database must still be open, and nothing may be written to it
// any more.
func (a *Anchor) Close() error {
	if a.stop != nil {
		close(a.stop)
		a.stopped.Wait()
	}
	return errors.Join(a.count(context.Background()), a.file.handle.Close())
}

// Kept is the content of a data folder's anchor.
type Kept struct {
	missing, damaged bool
	last             slot
}

// Read reads the anchor at a path. It is read before the database that it is compared with: the database is never
// behind it then unless something was lost.
func Read(path string) (Kept, error) {
	handle, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Kept{missing: true}, nil
	}
	if err != nil {
		return Kept{}, fmt.Errorf("anchor: open: %w", err)
	}
	defer func() { _ = handle.Close() }() // only read
	return (&file{handle: handle}).keep()
}

// OfNothing reports whether no act was recorded when the anchor was last written, or there is no anchor.
func (k Kept) OfNothing() bool {
	return k.missing || !k.damaged && k.last.state.Events == 0 && k.last.state.Batches == 0 && k.last.state.Ballots == 0
}

// keep returns the content of a file.
func (f *file) keep() (Kept, error) {
	last, _, err := f.read()
	if errors.Is(err, ErrDamaged) {
		return Kept{damaged: true}, nil
	}
	return Kept{last: last}, err
}

// Compare returns a sentence for each way in which a database lacks something that the anchor knows of; none if it
// lacks nothing. first reports that no anchor was made for it yet. It names no number of votes.
func (k Kept) Compare(ctx context.Context, db database.Querier) (lacks []string, first bool, err error) {
	id, err := identity(ctx, db)
	switch {
	case err != nil:
		return nil, false, err
	case k.missing && id == "":
		return nil, true, nil
	case k.missing:
		return []string{Name + " is missing, so that it is not known whether the database is the last one"}, false, nil
	case k.damaged:
		return []string{Name + " is damaged: neither of its two entries can be read"}, false, nil
	}
	if id != "" && id != k.last.folder {
		lacks = append(lacks, Name+" belongs to another database")
	}
	further, err := compare(ctx, db, k.last)
	return append(lacks, further...), false, err
}

// compare returns a sentence for each thing that a database lacks.
func compare(ctx context.Context, db database.Querier, last slot) (lacks []string, err error) {
	now, err := readActs(ctx, db)
	if err != nil {
		return nil, err
	}
	head, err := headOf(ctx, db, last.state.Events)
	if err != nil {
		return nil, err
	}
	ballots, err := readBallots(ctx, db)
	if err != nil {
		return nil, err
	}
	switch {
	case now.Events < last.state.Events:
		lacks = append(lacks, fmt.Sprintf("the audit log ends with event %d, and it had %d events", now.Events, last.state.Events))
	case head != last.state.Head:
		lacks = append(lacks, fmt.Sprintf("event %d of the audit log is another one than the one that was recorded (its hash was %s)",
			last.state.Events, last.state.Head))
	}
	if now.Batches < last.state.Batches {
		lacks = append(lacks, fmt.Sprintf("%d batches are known, and %d were accepted", now.Batches, last.state.Batches))
	}
	if ballots < last.state.Ballots {
		lacks = append(lacks, "online ballots are missing that were stored")
	}
	return lacks, nil
}

// Absent reports whether there is no anchor.
func (k Kept) Absent() bool { return k.missing }

// Lacks is Compare for a database that is older than the anchor on purpose, such as a backup: the file may belong to
// the database of another restoration.
func (k Kept) Lacks(ctx context.Context, db database.Querier) (lacks []string, err error) {
	if k.damaged {
		return []string{Name + " is damaged, so that missing acts are not known"}, nil
	}
	return compare(ctx, db, k.last)
}
