package view

// OfficialPage is where an official starts: what takes batches now, and what was sent.
type OfficialPage struct {
	Page      Page
	Elections []OfficialElection
	Waiting   string // how many files wait to be confirmed; "" for none
	Same      string // the question about those of them that were uploaded before; "" for none
	Table     BatchTable
}

// OfficialElection is an election that takes batches now.
type OfficialElection struct {
	Href  string
	Title string
	State Mark
	Marks []Mark
	Ends  Moment
	Over  bool // voting has ended, batches still come in
}
