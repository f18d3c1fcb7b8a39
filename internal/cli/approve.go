package cli

import (
	"context"
	"errors"
	"fmt"

	"urna/internal/app"
	"urna/internal/approval"
	"urna/internal/text"
)

// ApproveCommand approves an act that waits for a second administrator, for an election with one alone.
type ApproveCommand struct {
	dataFlag

	ID     int64  `arg:"" help:"The number of the approval, as its page shows it."`
	Reason string `help:"Why it is approved without a second administrator." required:""`
}

// Run approves the act, which is done at once, and says so.
func (c *ApproveCommand) Run(ctx context.Context, streams *Streams) (err error) {
	f, err := c.openFolder(ctx, app.Options{Parts: app.Accounts | app.Batches})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	proposed, err := f.Approvals.Approval(ctx, c.ID)
	if err != nil {
		return err
	}
	needs := map[approval.Act]app.Part{approval.WithdrawRoll: app.VoterKeys, approval.OpenCorrection: app.Bundles} // the other acts do without
	if err := f.OpenParts(ctx, needs[proposed.Act]); err != nil {
		return err
	}
	a, err := f.Approvals.ApproveOnMachine(ctx, commandLine(), c.ID, c.Reason)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(streams.Out, "approval %d (%s of %s): approved by the operator, without a second administrator\n",
		a.ID, a.Act, text.Printable(a.Subject))
	return err
}
