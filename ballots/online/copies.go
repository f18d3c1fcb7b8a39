package online

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/text/strictjson"
)

// The events of a close about copies that it removed or could not reach.
const (
	copiesErased = "database-copies-erased"
	copiesLeft   = "log-copies-left"
)

// leftRecord is the detail of the event copiesLeft.
type leftRecord struct {
	Copies []leftCopy `json:"copies"`
}

// leftCopy is a database.LogCopy.
type leftCopy struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
}

// warnOfCopies names in the server's log what a close could not reach.
func warnOfCopies(ctx context.Context, copies database.ErasedCopies) {
	for _, name := range copies.Unreachable {
		slog.WarnContext(ctx, "a copy of the database may hold what the close of an election erases: destroy it", "copy", name)
	}
	for _, c := range copies.Log {
		slog.WarnContext(ctx, "a copy of PostgreSQL's log of changes may hold what the close of an election erases: destroy it", "copy", c.String())
	}
}

// recordCopies puts on record which copies of the database, and of its log of changes, a close removed and which it could not
// reach.
func (s *Service) recordCopies(ctx context.Context, tx *database.Tx, electionID int64, copies database.ErasedCopies) error {
	var err error
	if len(copies.Removed)+len(copies.Unreachable) > 0 {
		err = s.log.Append(ctx, tx.SQL(), audit.System(), copiesErased, elections.Subject(electionID),
			map[string]any{"removed": copies.Removed, "unreachable": copies.Unreachable})
	}
	if len(copies.Log) == 0 {
		return err
	}
	left := make([]leftCopy, len(copies.Log))
	for i, c := range copies.Log {
		left[i] = leftCopy(c)
	}
	return errors.Join(err, s.log.Append(ctx, tx.SQL(), audit.System(), copiesLeft, elections.Subject(electionID), map[string]any{"copies": left}))
}

// LogCopies are the places beside the database that have its log of changes.
type LogCopies struct {
	// Left are those that the close of an election found and could not reach; none before it is finished.
	Left []database.LogCopy
	// Receive are those that receive the log now, while a close is still to erase the order of votes; none otherwise.
	Receive []database.LogCopy
}

// Message says which copies a close could not or cannot reach; none for none.
func (c LogCopies) Message() messages.Message {
	switch {
	case len(c.Left) > 0:
		return messages.KeysCopiesLeft(database.Enumerated(c.Left))
	case len(c.Receive) > 0:
		return messages.KeysCopiesReceive(database.Enumerated(c.Receive))
	}
	return messages.Message{}
}

// LogCopies returns the copies of the log of changes that are about an election.
func (s *Service) LogCopies(ctx context.Context, electionID int64) (found LogCopies, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		step, err := stepOf(ctx, tx, electionID)
		switch {
		case err != nil:
			return err
		case step == "finished":
			found.Left, err = LeftCopies(ctx, tx, electionID)
		default:
			found.Receive, err = tx.LogCopies(ctx)
		}
		return err
	})
	return found, err
}

// ReceiveVotes returns the elections whose order of votes is still to be erased, and the places that receive the log of changes
// meanwhile, if there are both.
func (s *Service) ReceiveVotes(ctx context.Context) (ids []int64, copies []database.LogCopy, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if ids, err = Unerased(ctx, tx.SQL(), s.options.Now()); err == nil && len(ids) > 0 {
			copies, err = tx.LogCopies(ctx)
		}
		return err
	})
	return ids, copies, err
}

// LeftCopies returns the copies of the log of changes that the close of an election recorded, as a transaction sees them.
func LeftCopies(ctx context.Context, tx *database.Tx, electionID int64) (copies []database.LogCopy, err error) {
	filter := audit.Filter{Action: copiesLeft, Subject: elections.Subject(electionID)}
	err = audit.NewReader(tx.SQL()).Each(ctx, filter, func(e audit.Event) error {
		var r leftRecord
		if err := strictjson.UnmarshalStored([]byte(e.Detail), &r); err != nil {
			return fmt.Errorf("online: event %d: %w", e.ID, err)
		}
		copies = nil // the last event counts
		for _, c := range r.Copies {
			copies = append(copies, database.LogCopy(c))
		}
		return nil
	})
	return copies, err
}
