package ballots

// Difference is one place where the ledger, or another table, contradicts what it was made from.
type Difference struct {
	Table string // that differs
	Row   string // such as "batch 3, line 17"
	Place string // where the row belongs, such as "election 1, constituency 2"
	// Sentence says what differs. It tells no poll number and no number of votes of an election that shows no counts
	// by participant yet.
	Sentence string
}
