package ballots

// Difference is one place where the ledger, or another table, contradicts its originals.
type Difference struct {
	Table string // that differs
	Row   string // such as "batch 3, line 17"
	Place string // where the row belongs, such as "election 1, constituency 2"
	// Sentence describes the difference, without poll numbers and numbers of votes of an election that shows no
	// counts by participant yet.
	Sentence string
}
