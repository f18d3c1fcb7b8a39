package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"urna/internal/database"
	"urna/internal/problem"
)

// maxAcceptedTogether bounds how long the acceptance of batches holds the write lock.
const maxAcceptedTogether = 64

// acceptance is a file in the spool folder that is to become a batch.
type acceptance struct {
	ctx      context.Context //nolint:containedctx // of the caller that waits for it
	arriving *arrival
	delivery *Delivery
	rows     []*batchRow // one, or one for each part of the file
	refusal  error       // of this one alone, set in the transaction
}

// acceptances groups files that are to be accepted while another transaction has the write lock: one transaction, and
// so one sync of the database and one of the anchor, is for all of them.
type acceptances struct {
	mu   sync.Mutex
	next *acceptedTogether // nil, or one whose transaction has not begun
}

type acceptedTogether struct {
	all   []*acceptance
	ended chan struct{}
	err   error // of the transaction
}

// errAcceptanceCut is the error of a transaction that panicked, perhaps after it was committed.
var errAcceptanceCut = fmt.Errorf("batch: the acceptance was cut off: %w", database.ErrUnknownOutcome)

// join adds a file to those that are accepted next, and reports whether the caller is the one to accept them.
func (q *acceptances) join(a *acceptance) (g *acceptedTogether, first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.next == nil || len(q.next.all) == maxAcceptedTogether {
		q.next, first = &acceptedTogether{ended: make(chan struct{}), err: errAcceptanceCut}, true
	}
	q.next.all = append(q.next.all, a)
	return q.next, first
}

// begin returns the files of a group, which gets no further ones.
func (q *acceptances) begin(g *acceptedTogether) []*acceptance {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.next == g {
		q.next = nil
	}
	return g.all
}

// acceptOne makes a file a batch, which is on disk when it returns nil. It waits for no context: the file is here, and
// others may be accepted in the same transaction. Nothing is stored of a transaction with an error that is no refusal;
// each of its files is then tried alone, so that only the one at fault fails, unless the database as a whole fails.
func (s *Service) acceptOne(a *acceptance) error {
	a.ctx = context.WithoutCancel(a.ctx)
	g, first := s.acceptances.join(a)
	if first {
		s.acceptAll(a.ctx, g)
	}
	<-g.ended
	if g.err != nil && len(g.all) > 1 && !database.IsFailing(g.err) {
		for _, row := range a.rows {
			row.ID = 0 // that of the row that was rolled back
		}
		g = &acceptedTogether{all: []*acceptance{a}, ended: make(chan struct{}), err: errAcceptanceCut}
		s.acceptAll(a.ctx, g)
	}
	if g.err != nil { // a refusal may be about a batch of this transaction, which is none now
		return g.err
	}
	return a.refusal
}

// acceptAll accepts the files of a group in one transaction.
func (s *Service) acceptAll(ctx context.Context, g *acceptedTogether) {
	defer close(g.ended)
	defer s.acceptances.begin(g) // if no transaction could begin
	g.err = s.db.Write(ctx, func(tx *database.Tx) error {
		for _, a := range s.acceptances.begin(g) {
			err := a.arriving.refuseEnded()
			if err == nil {
				err = s.acceptRows(a.ctx, tx, a.delivery, a.rows)
			}
			// A refusal comes before anything is written. After any other error the transaction may have ended.
			if err != nil && !isRefusal(err) {
				return err
			}
			a.refusal = err
		}
		return nil
	})
}

// isRefusal reports whether an error is about one file. A full disk and an unknown outcome are about all.
func isRefusal(err error) bool {
	p, is := errors.AsType[*problem.Error](err)
	return is && p.Kind != problem.Full && p.Kind != problem.Unsure
}
