package verify_test

import "testing"

// TestFolder_NamesWhatContradictsTheFiles alters the ledger and what is counted from it, so that they agree with each
// other.
func TestFolder_NamesWhatContradictsTheFiles(t *testing.T) {
	betrayed(t, map[string]alteration{
		"a tally": {
			`UPDATE constituency_tallies SET votes = votes + 1 WHERE constituency_id = 1 AND poll_number = 1`, "recount",
			"constituency 1, poll number 1: the tally says",
		},
	})
}
