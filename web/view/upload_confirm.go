package view

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
