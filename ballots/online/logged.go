package online

import "urna/internal/audit"

// LoggedTables declares the rolls. Keys and ballots are not in the log: nothing in it moves with a vote.
func LoggedTables() []audit.Table {
	return []audit.Table{{
		Name: "voter_rolls", Election: "election_id", Key: []string{"id"}, Columns: []string{"election_id", "state", "keys"},
		Same:   map[string]map[string]string{"state": {string(RollWithdrawing): string(RollWithdrawn)}},
		Absent: map[string][]string{"state": {string(RollIssuing)}},
	}}
}
