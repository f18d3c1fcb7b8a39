package cli

import (
	"context"
	"errors"
	"fmt"

	"urna/internal/audit"
	"urna/internal/sqlite"
)

// VerifyCommand checks what a data folder says about itself.
type VerifyCommand struct {
	dataFlag

	Head string `help:"A head of the audit chain that was written down outside, from a results page or a printed report: a chain without it was cut or made anew."`
}

// Run walks the audit chain. It exits with 1 where the chain does not hold, naming the first event.
func (c *VerifyCommand) Run(ctx context.Context, streams *Streams) (err error) {
	f, err := openExisting(ctx, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var head string
	var events int64
	err = f.db.Read(ctx, func(tx *sqlite.Tx) error {
		head, events, err = audit.Verify(ctx, tx.SQL(), c.Head)
		return err
	})
	if err != nil {
		return &ExitError{Code: 1, Err: err}
	}
	_, err = fmt.Fprintf(streams.Out, "audit log: %d events, the chain holds; its head is %s\n", events, head)
	return err
}
