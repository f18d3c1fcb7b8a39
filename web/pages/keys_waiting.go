package pages

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"urna/ballots/online"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/sealed"
)

// keepKeys is how long issued keys wait to be exported.
const keepKeys = time.Hour

// errUnknownIssue is returned for keys that are not, or no longer, there for this person.
var errUnknownIssue = problem.New(problem.NotFound, "unknown-issue",
	messages.RefusalUnknownIssue())

// keyIssues are the rolls whose keys are being issued from a page, and the issued keys that wait to be
// exported by the person who sent the roll. They are in memory, and in encrypted files that end with the process.
type keyIssues struct {
	votes    *online.Service
	keep     time.Duration
	stopping context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mutex sync.Mutex
	byID  map[string]*keyIssue
}

// keyIssue is one roll whose keys are being issued.
type keyIssue struct {
	id         string
	electionID int64
	personID   int64
	storing    chan struct{} // closed when the roll was read and found good
	ended      chan struct{} // closed when issued or err is set

	exporting sync.Mutex
	exported  map[string]bool // the forms and parts in which the keys were disclosed

	mutex    sync.Mutex
	progress online.Progress
	once     sync.Once
	issued   *online.Issued
	header   bool // the roll's first line named its columns
	err      error
	drop     *time.Timer
}

func newKeyIssues(votes *online.Service) *keyIssues {
	k := &keyIssues{votes: votes, keep: keepKeys, byID: map[string]*keyIssue{}}
	k.stopping, k.cancel = context.WithCancel(context.Background())
	return k
}

// begin issues a roll's keys and returns once the roll was read and either found good, with the keys being
// made, or refused. The file is read by then.
func (k *keyIssues) begin(actor audit.Actor, personID, electionID int64, a online.Approved, to sealed.Recipients, roll *online.RollFile) (*keyIssue, error) {
	i := &keyIssue{
		id: rand.Text(), electionID: electionID, personID: personID, storing: make(chan struct{}), ended: make(chan struct{}),
		exported: map[string]bool{},
	}
	if !k.add(i) {
		return nil, online.ErrIssueUnderWay.With(messages.RefusalIssueUnderWayStopping())
	}
	go k.run(i, actor, a, to, roll) // stop waits for it
	select {
	case <-i.storing:
		return i, nil
	case <-i.ended:
	}
	if i.err != nil {
		k.forget(i)
		return nil, i.err
	}
	return i, nil
}

// add makes room for an issue; false where the server stops.
func (k *keyIssues) add(i *keyIssue) bool {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.stopping.Err() != nil {
		return false
	}
	k.running.Add(1)
	k.byID[i.id] = i
	return true
}

// run issues the keys; a server that stops breaks it off, and then no key is in force.
func (k *keyIssues) run(i *keyIssue, actor audit.Actor, a online.Approved, to sealed.Recipients, roll *online.RollFile) {
	defer k.running.Done()
	issued, err := k.votes.IssueApproved(k.stopping, actor, i.electionID, a, to, roll.Voters(), func(p online.Progress) {
		i.mutex.Lock()
		i.progress = p
		i.mutex.Unlock()
		if p.Issued > 0 {
			i.once.Do(func() { close(i.storing) })
		}
	})
	i.mutex.Lock()
	i.issued, i.err, i.header = issued, err, roll.Header
	i.drop = time.AfterFunc(k.keep, func() { k.forget(i) })
	i.mutex.Unlock()
	close(i.ended)
}

// find returns an issue of an election to the person who began it.
func (k *keyIssues) find(id string, personID, electionID int64) (*keyIssue, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	i := k.byID[id]
	if i == nil || i.personID != personID || i.electionID != electionID {
		return nil, errUnknownIssue
	}
	return i, nil
}

// waiting returns the issues of an election that a person began and that are still there.
func (k *keyIssues) waiting(personID, electionID int64) []*keyIssue {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	var list []*keyIssue
	for _, i := range k.byID {
		if i.personID == personID && i.electionID == electionID {
			list = append(list, i)
		}
	}
	return list
}

// forget drops an issue that has ended, and its keys with it. They cannot be shown again.
func (k *keyIssues) forget(i *keyIssue) {
	k.mutex.Lock()
	delete(k.byID, i.id)
	k.mutex.Unlock()
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.drop != nil {
		i.drop.Stop()
	}
	if i.issued != nil {
		_ = i.issued.Close() // nothing was written; a second close is harmless
	}
}

// stop cancels the running issues and drops all keys. It may be called again.
func (k *keyIssues) stop() {
	k.mutex.Lock()
	k.cancel()
	k.mutex.Unlock()
	k.running.Wait()
	k.mutex.Lock()
	var all []*keyIssue
	for _, i := range k.byID {
		all = append(all, i)
	}
	k.mutex.Unlock()
	for _, i := range all {
		k.forget(i)
	}
}

// state returns how far an issue is; issued and the error are nil while it is at work.
func (i *keyIssue) state() (p online.Progress, issued *online.Issued, err error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.progress, i.issued, i.err
}

// named reports whether the first line of an issued roll named its columns.
func (i *keyIssue) named() bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.header
}

// recordExport calls record before the keys are exported in a form and part, once for each. A second export of the same part,
// such as a page that is loaded again, discloses the same keys to the same person and is recorded already.
func (i *keyIssue) recordExport(part string, record func() error) error {
	i.exporting.Lock()
	defer i.exporting.Unlock()
	if i.exported[part] {
		return nil
	}
	if err := record(); err != nil {
		return err
	}
	i.exported[part] = true
	return nil
}

// keys returns the keys of an issue that has ended well.
func (i *keyIssue) keys() (*online.Issued, error) {
	_, issued, err := i.state()
	if issued == nil {
		return nil, errors.Join(err, errUnknownIssue)
	}
	return issued, nil
}
