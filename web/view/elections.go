package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// AdminElectionsPage lists the elections for those who set them up.
type AdminElectionsPage struct {
	Page      Page
	Notice    messages.Message // what was just done
	Elections []AdminElectionRow
}

// AdminElectionRow is one election in a list.
type AdminElectionRow struct {
	Href   string
	Title  string
	Struck bool // the election was withdrawn
	Kind   messages.Message
	State  kit.Mark
	Marks  []kit.Mark
	Starts Moment
	Ends   Moment
}

// AdminElectionPage is an election as it is defined.
type AdminElectionPage struct {
	Page      Page
	Title     string
	State     kit.Mark
	Marks     []kit.Mark
	Protocols string           // address of the protocols, "" if the election has no polling stations
	Keys      string           // address of the voter keys, "" if the election takes no votes online
	Public    string           // address of the public page; "" for a draft
	Edit      string           // address of the form; "" once the definition is fixed
	List      string           // address of the list of constituencies; "" if the page has none
	Officials string           // address of who may upload; "" if the election takes no batches
	Stations  string           // address of its polling stations
	Declared  string           // address of the declared votes cast; "" once certified
	Withdraw  string           // address of the withdrawal; "" for an election that is over, and for a draft
	Fixed     messages.Message // why there is no form
	Draft     *DraftBox        // nil for a published election
	Withdrawn *Withdrawal      // nil unless it is withdrawn
	// AddAdministrator leads to the form for one where the election would open with one certifier only; "" where not.
	AddAdministrator string
	FewVoters        messages.Message // a warning; none if no constituency has few online voters
	Notice           messages.Message // what was just done
	Certify          string           // address of lots and certification; "" for a draft and a withdrawn election
	Extend           string           // address of the form that moves the end; "" while the election is not open
	NewEnd           kit.Field
	NewUntil         kit.Field    // without a name if the election has no such time
	Problems         kit.Problems // of that form
	Kind             messages.Message
	Starts           Moment
	Ends             Moment
	Details          []Detail
	Rules            []messages.Message
	Standing         []StandingPart
	Batches          BatchTable
}

// DraftBox leads on from a draft.
type DraftBox struct {
	Publish     string // address of the question
	Delete      string // address of the act
	Version     string // of the definition that the page shows
	StartPassed bool
}

// PublicationPage shows every rule of a draft and asks whether it shall be published.
type PublicationPage struct {
	Page        Page
	Title       string
	Back        string // address of the draft
	Edit        string // address of its form
	Action      string
	Version     string
	Problems    kit.Problems
	StartPassed bool
	OpenNow     OpenNow
	Second      bool // acts on the election need two administrators from its publication on
	Rules       []messages.Message
	Standing    []StandingPart
}

// WithdrawalPage asks why an election is not held.
type WithdrawalPage struct {
	Page     Page
	Title    string
	Back     string // address of the election
	Action   string
	Problems kit.Problems
	Second   bool             // a second administrator has to approve
	Cannot   messages.Message // why it cannot be withdrawn; none if it can
	Keys     string           // address of the voter keys, if those are why
	Reason   kit.Field
}
