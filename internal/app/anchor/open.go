package anchor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"urna/internal/database"
)

// Settings are the arguments of Open.
type Settings struct {
	Path string // of the file
	DB   *database.DB
	Log  eventLog
	Now  func() time.Time
	// Accept is the reason for using a database that lacks something; "" refuses it.
	Accept string
	// Record appends the event of an accepted rollback and returns its number.
	Record func(ctx context.Context, tx *database.Tx, detail map[string]any) (event int64, err error)
	// Lost is the reason why the database cannot be the one that the folder was used with, whatever the anchor says;
	// "" for no reason.
	Lost string
}

// RollbackError is returned for a database that lacks something that was answered.
type RollbackError struct {
	Path  string // of the anchor
	Lacks []string
}

// Error names the missing acts and the remedy.
func (e *RollbackError) Error() string {
	return fmt.Sprintf("the database is not the last one that this data folder was used with: %s. (%s was written beside it after each act.) "+
		"Put the right urna.db back, together with its urna.db-wal. If they are lost for good, start the server with "+
		"--accept-rollback \"REASON\": that is recorded in the audit log and shown with the elections concerned. Nothing was changed",
		strings.Join(e.Lacks, "; "), e.Path)
}

// Open opens the anchor of a database, or makes it for a database that never had one. A database that lacks something
// is a RollbackError unless its acceptance is among the settings; that is recorded then, with the elections that are
// not certified and had begun.
func Open(ctx context.Context, s Settings) (*Anchor, error) {
	f, lacks, last, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	if s.Lost != "" {
		lacks = append([]string{s.Lost}, lacks...)
	}
	switch {
	case len(lacks) > 0 && s.Accept == "":
		err = &RollbackError{Path: s.Path, Lacks: lacks}
	case len(lacks) > 0:
		f, err = s.accept(ctx, f, last, lacks)
	default:
		f, err = s.adopt(ctx, f)
	}
	var now slot
	if err == nil {
		now, _, err = f.read()
	}
	if err != nil {
		if f != nil {
			err = errors.Join(err, f.handle.Close())
		}
		return nil, err
	}
	if err := sweep(s.Path); err != nil {
		slog.WarnContext(ctx, "drafts of anchors that killed programs left could not be removed", "error", err)
	}
	a := newAnchor(s.DB, s.Log, f, now.folder)
	a.ballots.Store(now.state.Ballots)
	return a, nil
}

// find opens the file and compares. The file is nil if there is none.
func (s Settings) find(ctx context.Context) (f *file, lacks []string, last slot, err error) {
	kept := Kept{missing: true}
	if f, err = open(s.Path); err == nil {
		kept, err = f.keep()
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		lacks, _, err = kept.Compare(ctx, s.DB.Pool())
	}
	if err != nil && f != nil {
		err = errors.Join(err, f.handle.Close())
	}
	if err != nil {
		return nil, nil, slot{}, fmt.Errorf("compare the database with its anchor: %w", err)
	}
	return f, lacks, kept.last, nil
}

// Known reports whether an anchor was made for the database.
func Known(ctx context.Context, db *database.DB) (bool, error) {
	id, err := identity(ctx, db.Pool())
	return id != "", err
}

// adopt creates the file of a database that never had one, and stores the identity of the anchor in the database.
func (s Settings) adopt(ctx context.Context, f *file) (*file, error) {
	known, err := identity(ctx, s.DB.Pool())
	if err != nil || f != nil && known != "" {
		return f, err
	}
	if f == nil {
		state, err := s.state(ctx)
		if err != nil {
			return nil, err
		}
		if f, err = create(s.Path, slot{folder: newIdentity(), number: 1, state: state}); err != nil {
			return nil, fmt.Errorf("make %s: %w", s.Path, err)
		}
	}
	made, _, err := f.read() // by another program, if that was quicker
	if err != nil {
		return f, err
	}
	return f, s.DB.Write(ctx, func(tx *database.Tx) error { return setIdentity(ctx, tx.SQL(), made.folder) })
}

// accept records that a database is used although it lacks something, and starts a new file. The record comes first:
// if the program ends in between, the next start refuses again.
func (s Settings) accept(ctx context.Context, f *file, last slot, lacks []string) (*file, error) {
	id := newIdentity()
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		now, err := readActs(ctx, tx.SQL())
		if err != nil {
			return err
		}
		begun, err := Begun(ctx, tx.SQL(), s.Now())
		if err != nil {
			return err
		}
		event, err := s.Record(ctx, tx, map[string]any{
			"reason": s.Accept, "lacks": lacks, "elections": begun,
			"from": map[string]any{"events": last.state.Events, "head": last.state.Head, "batches": last.state.Batches},
			"to":   map[string]any{"events": now.Events, "head": now.Head, "batches": now.Batches},
		})
		if err != nil {
			return err
		}
		for _, election := range begun {
			if err := recordRollback(ctx, tx, election, event, s.Accept, s.Now()); err != nil {
				return err
			}
		}
		return setIdentity(ctx, tx.SQL(), id)
	})
	if err != nil {
		return f, err
	}
	state, err := s.state(ctx)
	if err != nil {
		return f, err
	}
	fresh := slot{folder: id, number: last.number + 1, state: state}
	if f == nil {
		return create(s.Path, fresh)
	}
	return f, f.locked(func() error {
		_, next, err := f.read()
		if err != nil && !errors.Is(err, ErrDamaged) {
			return err
		}
		return f.write(fresh, next)
	})
}

// state returns the database's whole state.
func (s Settings) state(ctx context.Context) (State, error) {
	state, err := readActs(ctx, s.DB.Pool())
	if err != nil {
		return State{}, err
	}
	state.Ballots, err = readBallots(ctx, s.DB.Pool())
	return state, err
}
