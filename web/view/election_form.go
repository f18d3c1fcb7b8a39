package view

import (
	"context"

	"urna/internal/messages"
	"urna/web/view/kit"
)

// ElectionFormPage asks for the definition of an election.
type ElectionFormPage struct {
	// Draft says that the form stores a draft.
	Draft    bool
	Steps    []kit.Step // of the definition
	Step     string     // the one that the page asks for; the rest is sent unseen
	StepName messages.Message
	Last     bool   // it is the last one
	Previous string // address of the step before, "" for none
	Preset   kit.Field
	Presets  []kit.Option    // usual rules of the kind
	Wrong    map[string]bool // steps with a problem, which are shown too
	Standing kit.Field       // names of participants to add
	Page     Page
	Crumbs   []kit.Crumb
	Heading  messages.Message
	Action   string // the address of the page itself, so that an answer to the form can be loaded again
	Restart  string // address of the form as it is stored; "" for a new election
	Problems kit.Problems
	// Key and Version are what the form sends back unseen; "" is left out.
	Key, Version string
	// Made is the election that this form has made before; no text where it has made none.
	Made kit.Crumb
	// Changed is the stored election beside the form's, if it was changed meanwhile.
	Changed *EventRow

	Kind  kit.Field
	Kinds []kit.Option
	// Parliamentary elections have seats, thresholds and constituencies; others have a majority.
	Parliamentary bool

	Title, Starts, Ends, Zone kit.Field
	Names                     kit.Field // the title in other languages
	Until                     kit.Field // when batches begin to be late
	TurnoutHours              kit.Field // of turnout reports
	OpenNow                   OpenNow
	Zones                     []string
	PublicView                kit.Field
	PublicViews               []kit.Option
	Channels                  kit.Field
	ChannelBoxes              []Box
	Rehearsal                 kit.Field
	IsRehearsal               bool
	Confirmations             kit.Field
	ConfirmationChoices       []kit.Option
	Reason                    kit.Field // for a lower number; no name for none

	Method           kit.Field
	Methods          []kit.Option
	ThresholdPercent kit.Field
	Base             kit.Field
	Bases            []kit.Option
	Comparison       kit.Field
	Comparisons      []kit.Option
	Scope            kit.Field
	Scopes           []kit.Option
	MajorityBase     kit.Field
	MajorityBases    []kit.Option
	Majority         kit.Field
	Majorities       []kit.Option
	TieBreak         kit.Field
	TieBreaks        []kit.Option
	Blank            kit.Field
	Protocols        ProtocolsForm
	TakesBlank       bool
	EveryStation     kit.Field // whether the votes of small polling stations are published too

	PublishesEveryStation bool

	Constituencies []ConstituencyForm
	// Problem is about the constituencies as a whole.
	Problem messages.Message
	Several bool // more than one: an act on one can be repeated for all
	// Find searches the constituencies, if they are many; its name is "" if they are few. Unseen are those that do not match.
	Find      kit.Field
	Unseen    messages.Message
	Paste     kit.Field
	FewVoters messages.Message // a warning; none if no constituency has few online voters
	// NobodyYet says that no participant of the kind is registered; Register leads to the form.
	NobodyYet messages.Message
	Register  string
}

// OpenNow is the box that says that a start in the past is meant.
type OpenNow struct {
	Field   kit.Field
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
	Name        kit.Field
	Names       kit.Field // in other languages
	Seats       kit.Field
	Registered  kit.Field
	Declared    kit.Field
	ShowSeats   bool
	Removable   bool
	Unseen      bool             // the search does not match it: it is sent unseen
	Collapsed   bool             // its candidacies are sent unseen, and a button brings them
	Sum         messages.Message // seats and voters, beside its name while it is folded
	Unfolded    bool             // its name, seats and voters are open
	More        bool             // what few need is open
	Opened      bool             // its candidacies are open
	OpenName    string           // of the input that keeps them open
	People      kit.Field        // the candidacies as a whole: name and problem
	Candidacies []CandidacyForm
	Add         kit.Field
	Addable     []kit.Option
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
	Weight    kit.Field
	Threshold kit.Field // of this list alone
	Exempt    bool
	MaxSeats  kit.Field
}

// hides reports whether the page sends a step's part unseen.
func (p ElectionFormPage) hides(step string) bool { return p.Step != step && !p.Wrong[step] }

// shows reports whether the page shows a step's part of a constituency.
func (p ElectionFormPage) shows(step string, c ConstituencyForm) bool {
	return !p.hides(step) && !c.Unseen
}

// title is the constituency's name, or its number if it has no name yet.
func (c ConstituencyForm) title(ctx context.Context) string {
	if c.Name.Value != "" {
		return c.Name.Value
	}
	return c.Heading.In(ctx)
}
