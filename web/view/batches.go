package view

// BatchTable is a list of batches, newest first.
type BatchTable struct {
	Caption  string
	Empty    string
	Official bool // name who uploaded each
	Rows     []BatchRow
	Older    string // address of the next page, "" where this is the last
	Moving   bool   // a batch in it is being counted, retracted or restored
	PollURL  string // where to ask for it again; "" if the page does not
}

// BatchRow is one batch in a list.
type BatchRow struct {
	Href     string
	Number   string
	File     string
	Election string
	Place    string // the constituency, "" where there is just one
	Official string
	Accepted Moment
	State    Mark
	Lines    string
	Counts   string // valid, invalid and duplicates in a sentence
	Percent  string // of the lines counted so far; "" where settled
}

// BatchesPage lists batches for administrators.
type BatchesPage struct {
	Page    Page
	Filters []Filter
	Table   BatchTable
}

// Filter is a list to choose from, above a table.
type Filter struct {
	Field   Field
	Options []Option
}

// BatchPage is one batch with everything that does not count.
type BatchPage struct {
	Page     Page
	Crumbs   []Crumb
	Heading  string
	Election Crumb
	Progress BatchProgress
	Pairs    []Pair
	Accepted Moment
	Lines    []InvalidLine
	// First and More are the addresses of the first and the next page of lines, or "" if there is none.
	First    string
	More     string
	Download string // address of all of them as CSV, or "" if there are none
	Range    string // what part of the lines that do not count this is
	// Move is an administrator's form.
	Move MoveForm
}

// MoveForm takes a batch out of the count or puts it back; there is none where Action is "".
type MoveForm struct {
	Action      string
	Heading     string
	Explanation string
	Button      string
	Reason      string // as it was typed
	Problems    Problems
}

// Pair is a name with a value; Code values are shown as such.
type Pair struct {
	Name  string
	Value string
	Code  bool
	Href  string // where the value leads, "" for nowhere; the election's page alone shows it
}

// BatchProgress is the part of a batch's page that changes while it is counted.
type BatchProgress struct {
	PollURL    string // where to ask again; "" once the batch is settled
	State      Mark
	Sentence   string
	Failure    string
	Lines      string
	Valid      string
	Invalid    string
	Duplicates string
	Rest       string // lines that are none of these now, "" for none
	RestIs     string // such as "still to be counted"
	Done       string // lines counted so far, for the bar
	Total      string
}

// InvalidLine is a line that does not count.
type InvalidLine struct {
	Line       string
	GUID       string
	PollNumber string
	Reason     string
}
