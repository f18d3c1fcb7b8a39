package verify

import (
	"context"

	"urna/ballots"
	"urna/ballots/online"
)

// checkRecount counts the ledger ballot by ballot and compares it with the tallies and sums. A difference in an
// election that shows no counts by participant yet is named without them.
func checkRecount(ctx context.Context, r *run) error {
	sealed := r.sealed()
	count, err := ballots.RecountAll(ctx, r.tx, sealed, r.protocols)
	if err == nil {
		err = online.RecountAll(ctx, r.tx, sealed, &count)
	}
	if err != nil {
		return err
	}
	r.usedKeys = count.UsedKeys
	r.checked(map[string]int64{
		"ballots": count.Ballots, "invalid_lines": count.InvalidLines, "batches": count.Batches, "online_ballots": count.OnlineBallots,
	}, "ledger: %d ballots and %d lines that do not count were recounted and compared with the tallies "+
		"of constituencies and batches and the sums of %d batches; %d online ballots with their tallies and the used voter keys",
		count.Ballots, count.InvalidLines, count.Batches, count.OnlineBallots)
	for _, d := range count.Differences {
		r.differs(d)
	}
	return nil
}
