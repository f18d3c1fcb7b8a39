package ballots

import "fmt"

// Difference is one place where the ledger, or another table, contradicts its originals.
type Difference struct {
	Table string // that differs
	Row   string // such as "batch 3, line 17"
	Place string // where the row belongs, such as "election 1, constituency 2"
	// Sentence describes the difference, without poll numbers and numbers of votes of an election that shows no
	// counts by participant yet.
	Sentence string
}

// Place names an election and a constituency by their ids, as Difference.Place; 0 is none.
func Place(election, constituency int64) string {
	switch {
	case election == 0:
		return ""
	case constituency == 0:
		return fmt.Sprintf("election %d", election)
	default:
		return fmt.Sprintf("election %d, constituency %d", election, constituency)
	}
}
