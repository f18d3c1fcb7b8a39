package online

import "urna/internal/audit"

// LoggedTables declares the rolls, the numbers of acts on keys, and since when an election has running sums. Keys,
// ballots and the sums are not in the log: nothing in it moves with a vote.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{
			Name: "voter_rolls", Election: "election_id", Key: []string{"id"}, Columns: []string{"election_id", "state", "keys", "sealed_to"},
			Same:   map[string]map[string]string{"state": {string(RollWithdrawing): string(RollWithdrawn)}},
			Absent: map[string][]string{"state": {string(RollIssuing)}},
		},
		{Name: "voter_key_acts", Constituency: "constituency_id", Key: []string{"constituency_id"}, Columns: []string{
			"issued_after_opening", "replaced", "replaced_after_opening", "revoked", "replaced_sealed",
		}},
		{Name: "online_sum_starts", Election: "election_id", Key: []string{"election_id"}, Columns: []string{"begun_at", "found"}},
	}
}
