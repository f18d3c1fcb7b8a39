package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"urna/internal/app"
	"urna/internal/audit/countersign"
	"urna/internal/text"
)

// WitnessesCommand manages the witnesses of a data folder. A server may run on the folder.
type WitnessesCommand struct {
	List   WitnessesListCommand   `cmd:"" default:"withargs" help:"Print the key and the head of the log, and the witnesses with what they countersigned."`
	Add    WitnessesAddCommand    `cmd:"" help:"Register a witness."`
	Remove WitnessesRemoveCommand `cmd:"" help:"Remove a witness."`
}

// withCountersign runs fn with the witnesses of an existing data folder.
func (d dataFlag) withCountersign(ctx context.Context, fn func(*countersign.Service) error) (err error) {
	f, err := d.openFolder(ctx, app.Options{Parts: app.Bundles})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return fn(f.Countersign)
}

// WitnessesListCommand lists witnesses.
type WitnessesListCommand struct{ dataFlag }

// Run prints the log's key and head, and a line for each witness.
func (c *WitnessesListCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withCountersign(ctx, func(s *countersign.Service) error {
		head, err := s.Head(ctx)
		if err != nil {
			return err
		}
		found, err := s.Witnesses(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "key of the log: %s\nevents: %d\nhead: %s\nroot: %s\n", s.Key(), head.Size, head.Hash, head.Root)
		out := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
		for _, w := range found {
			state := "nothing countersigned yet"
			if w.Last != nil {
				state = fmt.Sprintf("%d events at %s", w.Last.Size, w.Last.SignedAt.Format(time.RFC3339))
			}
			if w.Conflict != nil {
				state = fmt.Sprintf("CONFLICT: %d events at %s, which the log does not contain", w.Conflict.Size, w.Conflict.SignedAt.Format(time.RFC3339))
			}
			fmt.Fprintf(out, "%d\t%s\t%s\t%s\n", w.ID, text.Printable(w.Operator), text.Printable(w.Key), state)
		}
		return out.Flush()
	})
}

// WitnessesAddCommand registers a witness.
type WitnessesAddCommand struct {
	dataFlag

	Key      string `arg:"" help:"The verifier key, as urna witness key prints it."`
	Operator string `help:"Who operates the witness. Everybody sees it." required:""`
}

// Run registers the witness and prints its number.
func (c *WitnessesAddCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withCountersign(ctx, func(s *countersign.Service) error {
		w, err := s.Register(ctx, commandLine(), countersign.Draft{Key: c.Key, Operator: c.Operator})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(streams.Out, "witness %d registered: %s\n", w.ID, text.Printable(w.Name))
		return err
	})
}

// WitnessesRemoveCommand removes a witness.
type WitnessesRemoveCommand struct {
	dataFlag

	ID int64 `arg:"" help:"The number of the witness, as urna witnesses prints it."`
}

// Run removes the witness.
func (c *WitnessesRemoveCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withCountersign(ctx, func(s *countersign.Service) error {
		w, err := s.Remove(ctx, commandLine(), c.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(streams.Out, "witness %d removed: %s\n", w.ID, text.Printable(w.Name))
		return err
	})
}
