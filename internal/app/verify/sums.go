package verify

import (
	"context"

	"urna/ballots/online"
)

// checkSums compares the online ballots with their running sums, and those of closed elections with the digests that
// their close recorded.
func checkSums(ctx context.Context, r *run) error {
	secret, err := r.VotersSecret(ctx, r.tx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(r.elections))
	for i, e := range r.elections {
		ids[i] = e.ID
	}
	found, err := online.CompareSums(ctx, r.tx, online.Comparison{Secret: secret, Elections: ids, UsedKeys: r.usedKeys, Differs: r.differs})
	if err != nil {
		return err
	}
	r.checked(map[string]int64{"online_ballots": found.Ballots, "constituencies": found.Constituencies, "closed_elections": found.Recorded},
		"online sums: %d online ballots of %d constituencies were compared with their running sums, and those of %d closed elections "+
			"with the digests in the audit log", found.Ballots, found.Constituencies, found.Recorded)
	if found.WithoutSecret {
		r.notChecked("the running sums of online ballots: they are keyed, and the right voters.key is not in this folder")
	}
	for _, sentence := range found.Unproven {
		r.notChecked("%s", sentence)
	}
	return nil
}
