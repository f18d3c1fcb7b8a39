package view

import "urna/internal/messages"

// ElectionFormPage asks for the definition of an election.
type ElectionFormPage struct {
	// Draft says that the form stores a draft.
	Draft    bool
	Page     Page
	Crumbs   []Crumb
	Heading  messages.Message
	Action   string
	Problems Problems
	// Key and Version are what the form sends back unseen; "" is left out.
	Key, Version string
	// Made is the election that this form has made before; no text where it has made none.
	Made Crumb
	// Changed is the stored election beside the form's, if it was changed meanwhile.
	Changed *EventRow

	Kind  Field
	Kinds []Option
	// Parliamentary elections have seats, thresholds and constituencies; others have a majority.
	Parliamentary bool

	Title, Starts, Ends, Zone Field
	Names                     Field // the title in other languages
	Until                     Field // when batches begin to be late
	TurnoutHours              Field // of turnout reports
	OpenNow                   OpenNow
	Zones                     []string
	PublicView                Field
	PublicViews               []Option
	Channels                  Field
	ChannelBoxes              []Box
	Rehearsal                 Field
	IsRehearsal               bool
	Confirmations             Field
	ConfirmationChoices       []Option
	Reason                    Field // for a lower number; no name for none

	Method           Field
	Methods          []Option
	ThresholdPercent Field
	Base             Field
	Bases            []Option
	Comparison       Field
	Comparisons      []Option
	Scope            Field
	Scopes           []Option
	MajorityBase     Field
	MajorityBases    []Option
	Majority         Field
	Majorities       []Option
	TieBreak         Field
	TieBreaks        []Option
	Blank            Field
	Protocols        ProtocolsForm
	TakesBlank       bool
	EveryStation     Field // whether the votes of small polling stations are published too

	PublishesEveryStation bool

	Constituencies []ConstituencyForm
	// Problem is about the constituencies as a whole.
	Problem   messages.Message
	Several   bool // more than one: an act on one can be repeated for all
	Paste     Field
	FewVoters messages.Message // a warning; none if no constituency has few online voters
	// NobodyYet says that no participant of the kind is registered; Register leads to the form.
	NobodyYet messages.Message
	Register  string
}

// OpenNow is the box that says that a start in the past is meant.
type OpenNow struct {
	Field   Field
	Checked bool
	Shown   bool
}

// Box is one of several boxes to tick.
type Box struct {
	Value   string
	Text    messages.Message
	Hint    messages.Message
	Checked bool
}

// ConstituencyForm is one constituency of the form.
type ConstituencyForm struct {
	Heading     messages.Message
	Index       string
	Name        Field
	Names       Field // in other languages
	Seats       Field
	Registered  Field
	Declared    Field
	ShowSeats   bool
	Removable   bool
	People      Field // the candidacies as a whole: name and problem
	Candidacies []CandidacyForm
	Add         Field
	Addable     []Option
}

// CandidacyForm is one candidacy of the form.
type CandidacyForm struct {
	Prefix    string // of the names of its inputs
	Place     string // constituency and row, as the buttons name them
	Position  string
	ID        string
	Name      string
	Color     string
	Problem   messages.Message
	First     bool
	Last      bool
	Special   bool // special rules can apply: weight, exemption, bound
	Open      bool // and some do
	Weight    Field
	Threshold Field // of this list alone
	Exempt    bool
	MaxSeats  Field
}
