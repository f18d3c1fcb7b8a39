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

// UploadPage is the form that takes files.
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
	// Refused are the files of this upload that were refused, CheckedIn says what became of the others.
	Refused   []RefusedFile
	CheckedIn string
	Problems  Problems
}

// RefusedFile is a file that was refused, with its first problems.
type RefusedFile struct {
	Name    string
	Message string
	Lines   []RefusedLine
	More    string // how many problems there were
}

// RefusedLine is a problem with a file.
type RefusedLine struct {
	Where   string // such as "Line 17"
	Message string
}

// UploadsPage shows the files that wait to be confirmed.
type UploadsPage struct {
	Page     Page
	Heading  string
	Problems Problems
	List     UploadList
}

// UploadList is the part of the page that changes while files are compared.
type UploadList struct {
	PollURL   string // where to ask again; "" once all are compared
	Items     []UploadItem
	All       []string // the choices that one button confirms together; empty where there is no such button
	AllButton string
	LeftOut   bool // it leaves files out that were uploaded before
}

// UploadItem is one file that waits.
type UploadItem struct {
	ID       string
	File     string
	Election string
	Place    string // the constituency, "" where there is just one
	Lines    string
	Choice   string // what its form sends
	Discard  string // address
	Same     Crumb  // the batch with the same content; no text where there is none
	Expires  Moment
	Pairs    []Pair
	// Sentence, Done, Total and Failed say how far comparing has come, where Result is nil.
	Sentence string
	Done     string
	Total    string
	Failed   bool
	Result   *DryRun
}

// DryRun is what would be counted of a file.
type DryRun struct {
	Figures []Figure
	None    bool // nothing of it would count
	AsOf    Moment
	Waiting string // batches that come first, "" for none
	Samples []Sample
}

// Sample are the first lines of a sort.
type Sample struct {
	Heading string
	TestID  string
	Lines   []InvalidLine
}
