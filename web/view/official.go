package view

// OfficialPage is where an official starts: what takes batches now, and what was sent.
type OfficialPage struct {
	Page      Page
	Elections []OfficialElection
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

// UploadPage is the form that takes a file.
type UploadPage struct {
	Page     Page
	Title    string // of the election
	Marks    []Mark
	Closed   string // why there is no form, "" where there is one
	Action   string
	Place    Field
	Places   []Option // empty where the election has just one constituency
	PlaceID  string   // that one's id
	MaxBytes string
	MaxSize  string
	Sample   []string // the first lines of a file for this election
	// Refused are the first problems of a file that was refused, RefusedMore says how many there were.
	Refused     []RefusedLine
	RefusedMore string
	Problems    Problems
}

// RefusedLine is a problem with a file.
type RefusedLine struct {
	Where   string // such as "Line 17"
	Message string
}

// QuestionPage asks whether the same file is to be counted again.
type QuestionPage struct {
	Page    Page
	Heading string
	Batch   Crumb // the one that has the file
	Pairs   []Pair
	Confirm string // address
	Discard string
}
