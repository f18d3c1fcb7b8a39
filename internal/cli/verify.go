package cli

import (
	"context"
	"errors"
	"fmt"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text"
)

// VerifyCommand checks what a data folder says about itself, or a results bundle by itself.
type VerifyCommand struct {
	Bundle string `arg:"" optional:"" help:"A results bundle. Without one the data folder is verified." type:"existingfile"`

	dataFlag

	Head   string `help:"A head of the audit chain that was written down outside, from a results page or a printed report: a chain without it was cut or rebuilt."`
	Key    string `help:"Of a bundle: the fingerprint of the key that must have signed it, from the commission's own publication."`
	Public string `help:"Of a full bundle: the public one that must be bound to it." type:"existingfile"`
}

// Run walks the audit chain, recounts the whole ledger, and reads every batch's file. It says what it
// compared, and exits with 1 and the exact differences where there are any. A server may run meanwhile:
// its counting waits.
func (c *VerifyCommand) Run(ctx context.Context, streams *Streams) (err error) {
	if c.Bundle != "" {
		return c.bundle(streams)
	}
	f, err := openFolder(ctx, c.Data, app.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var differences []string
	for _, check := range []func(context.Context, *Streams, *app.App) ([]string, error){c.chain, recount, files} {
		found, err := check(ctx, streams, f)
		if err != nil {
			return err
		}
		differences = append(differences, found...)
	}
	if len(differences) == 0 {
		return nil
	}
	fmt.Fprintf(streams.Out, "%d differences:\n", len(differences))
	for _, d := range differences {
		fmt.Fprintf(streams.Out, "  %s\n", text.Printable(d))
	}
	return &ExitError{Code: 1}
}

// chain walks the audit log.
func (c *VerifyCommand) chain(ctx context.Context, streams *Streams, f *app.App) (differences []string, err error) {
	var head string
	var events int64
	err = f.DB.Read(ctx, func(tx *database.Tx) error {
		head, events, err = audit.Verify(ctx, tx.SQL(), c.Head)
		return err
	})
	if _, broken := errors.AsType[*audit.BrokenError](err); broken || errors.Is(err, audit.ErrTailCut) {
		return []string{err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(streams.Out, "audit log: %d events, the chain holds; its head is %s\n", events, head)
	return nil, err
}

// errRolledBack ends a transaction that was only for looking.
var errRolledBack = errors.New("rolled back")

// recount counts the ledger ballot by ballot and compares it with the tallies and sums. What differs in an
// election that shows no counts by participant yet is named without them.
func recount(ctx context.Context, streams *Streams, f *app.App) ([]string, error) {
	all, err := f.Elections.Elections(ctx)
	if err != nil {
		return nil, err
	}
	var sealed []int64
	for _, e := range all {
		if !e.ShowsCount(f.Elections.Now()) {
			sealed = append(sealed, e.ID)
		}
	}
	var r ballots.Recount
	err = f.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if r, err = ballots.RecountAll(ctx, tx, sealed); err != nil {
			return err
		}
		if err = online.RecountAll(ctx, tx, sealed, &r); err != nil {
			return err
		}
		return errRolledBack
	})
	if !errors.Is(err, errRolledBack) {
		return nil, err
	}
	_, err = fmt.Fprintf(streams.Out, "ledger: %d ballots and %d lines that do not count were recounted and compared with the tallies "+
		"of constituencies and batches and the sums of %d batches; %d online ballots with their tallies and the used voter keys\n",
		r.Ballots, r.InvalidLines, r.Batches, r.OnlineBallots)
	return r.Differences, err
}

// files compares the batches' files with what was accepted.
func files(ctx context.Context, streams *Streams, f *app.App) ([]string, error) {
	n, differences, err := batch.VerifyFiles(ctx, f.DB, f.SpoolFolder())
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(streams.Out, "files: %d accepted files were read and their SHA-256 compared\n", n)
	unknown, err := batch.UnknownFiles(ctx, f.DB, f.SpoolFolder())
	for _, name := range unknown {
		fmt.Fprintf(streams.Out, "files: spool/%s is not known to the database; it was accepted with another one, or its upload was cut\n", text.Printable(name))
	}
	return differences, err
}
