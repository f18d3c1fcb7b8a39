package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ProtocolPage is the page of a polling station's protocol.
type ProtocolPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Heading  messages.Message
	Marks    []kit.Mark
	Election string
	Place    string // constituency
	Name     string // of the station
	Done     messages.Message
	Differs  bool // what was done needs another person
	Problems kit.Problems

	Entry  *ProtocolEntry   // nil: the reader cannot type it now
	Closed messages.Message // why not
	Key    string           // of what the browser keeps until it is saved

	Typed       []ProtocolTyped
	Typing      []ProtocolTyped
	Differences []messages.Message
	Withheld    bool // numbers that differ are not shown yet
	Settle      *ProtocolSettle
	Values      []ProtocolValue // what the protocol says, or the reader's own entry
	ValuesOwn   bool
	Warnings    []ProtocolWarning
	ExplainAt   string // the address for explanations; "" if the reader cannot explain
	Reason      messages.Message
	Scans       ProtocolScans
	Moves       []MoveForm
	Find        ProtocolFind
}

// ProtocolFind opens the page of a station by its number.
type ProtocolFind struct {
	Action string
	Field  kit.Field
	Focus  bool
}

// ProtocolEntry is the form in which a protocol is typed.
type ProtocolEntry struct {
	Action  string
	DraftAt string // the address to which a script sends each field
	Key     string // likewise
	Fields  []ProtocolNumber
	Lists   []ProtocolNumber
	Saved   messages.Message
	Late    *kit.Field
	Seen    string // codes of the warnings that the page shows
	Good    messages.Message
	InBox   string // the name of the input with the ballots in the box, "" for none
}

// ProtocolNumber is one number of a protocol.
type ProtocolNumber struct {
	kit.Field
	Number   string // the poll number of a list
	Color    string
	Sum      string // the part of the sums: "votes", "other" or ""
	Warnings []ProtocolWarning
}

// ProtocolWarning is what a check found, with the place for its explanation.
type ProtocolWarning struct {
	Code      string
	Message   messages.Message
	Remedy    messages.Message
	Input     kit.Field // no name: the reader cannot explain it here
	Explained []messages.Message
}

// ProtocolTyped is who typed, and when.
type ProtocolTyped struct {
	Number int // 1 or 2; 0 is a person who is typing
	Name   string
	At     Moment
}

// ProtocolValue is a number that is shown.
type ProtocolValue struct {
	Label   messages.Message
	Value   messages.Message
	Settled bool
}

// ProtocolSettle is the form that settles what differs.
type ProtocolSettle struct {
	Action  string
	Numbers []ProtocolChoice
	Late    *kit.Field
}

// ProtocolChoice is one number that differs.
type ProtocolChoice struct {
	Name          string
	Label         messages.Message
	First, Second messages.Message
	Chosen        string // "first", "second" or "third"
	Third         kit.Field
	Settled       messages.Message
}

// ProtocolScans are the scans of a station's paper.
type ProtocolScans struct {
	Action  string // "" if the reader attaches none
	List    []ProtocolScan
	Hint    messages.Message
	Problem messages.Message
}

// ProtocolScan is one of them.
type ProtocolScan struct {
	Href, Name, Person string
	Size               messages.Message
	At                 Moment
}
