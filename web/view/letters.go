package view

// LettersPage is a document of letters to voters, one a page.
type LettersPage struct {
	Title      string // of the election
	Rehearsal  bool
	Starts     Moment
	Ends       Moment
	Address    string // of the voting page
	Back       string // address, "" for none
	Stylesheet string // its address; "" where Style holds the styles
	Style      string
}

// Letter is what a voter's letter has of its own.
type Letter struct {
	Name       string // "" if unknown
	Email      string
	Place      string // constituency, "" where there is just one
	PersonalID string
	Key        []string // line by line, in groups that a person can type
	QR         QR
}
