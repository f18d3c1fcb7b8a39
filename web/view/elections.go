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

// AdminElectionPage is the first page of an election for administrators.
type AdminElectionPage struct {
	Page      Page
	Public    string           // address of the public page; "" for a draft
	Edit      string           // address of the form; "" once the definition is fixed
	Withdraw  string           // address of the withdrawal; "" for an election that is over, and for a draft
	Fixed     messages.Message // why there is no form
	Draft     *DraftBox        // nil for a published election
	Withdrawn *Withdrawal      // nil unless it is withdrawn
	Needed    []WaitingItem    // what the administrator has to do now
	// AddAdministrator leads to the form for one where the election would open with one certifier only; "" where not.
	AddAdministrator string
	FewVoters        messages.Message // a warning; none if no constituency has few online voters
	Notice           messages.Message // what was just done
	Extend           string           // address of the form that moves the end; "" while the election is not open
	NewEnd           kit.Field
	NewUntil         kit.Field    // without a name if the election has no such time
	Problems         kit.Problems // of that form
	Kind             messages.Message
	Starts           Moment
	Ends             Moment
	Details          []Detail
}

// DraftBox leads on from a draft.
type DraftBox struct {
	Tasks       []kit.Task // the parts of the definition, each with its state
	Publish     string     // address of the question
	Delete      string     // address of the act
	Version     string     // of the definition that the page shows
	StartPassed bool
}

// AdminRulesPage is the rules of an election.
type AdminRulesPage struct {
	Page  Page
	Edit  string // address of the form; "" once the definition is fixed
	Rules []messages.Message
}

// ConstituencyFind finds constituencies of an election that has more than a page shows.
type ConstituencyFind struct {
	Shown          bool // there are more than a page shows, or a search is going on
	None           bool // nothing was found
	Path           string
	Search         kit.Field
	Range          messages.Message
	Previous, Next string // addresses, "" for none
}

// AdminConstituenciesPage lists the constituencies of an election.
type AdminConstituenciesPage struct {
	Page      Page
	Edit      string // address of the form; "" once the definition is fixed
	List      string // address of the import; "" if the election takes none
	Map       string // address of the page of the map
	Find      ConstituencyFind
	ShowSeats bool
	FewVoters messages.Message // a warning; none if no constituency has few online voters
	Rows      []AdminConstituencyRow
}

// AdminConstituencyRow is one constituency.
type AdminConstituencyRow struct {
	Name       string
	Href       string // of its lists or candidates
	Seats      messages.Message
	Registered messages.Message
	Standing   messages.Message // how many lists or candidates
}

// AdminCandidaciesPage shows the candidacies of an election.
type AdminCandidaciesPage struct {
	Page     Page
	Heading  messages.Message
	Edit     string // address of the form; "" once the definition is fixed
	Change   messages.Message
	All      string // address of all constituencies, if one is shown
	Find     ConstituencyFind
	Folded   bool // each constituency is folded
	Open     bool // though not the only one that is shown
	Standing []StandingPart
}

// AdminDocumentsPage lists the files of an election.
type AdminDocumentsPage struct {
	Page      Page
	Documents []Link
	Later     messages.Message // which files follow, and when
}

// AdminHistoryPage lists the events about an election.
type AdminHistoryPage struct {
	Page   Page
	All    string // address of the audit log with the same filter
	Public string // address of the changes as everybody sees them; "" for a draft
	Log    EventLog
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

// standingHead is the head of the column that counts lists or candidates.
func (p AdminConstituenciesPage) standingHead() messages.Message {
	if p.ShowSeats {
		return messages.ElectionMenuLists()
	}
	return messages.ElectionMenuCandidates()
}

// documentTasks shows files as entries with what each is.
func documentTasks(documents []Link) []kit.Task {
	tasks := make([]kit.Task, len(documents))
	for i, document := range documents {
		tasks[i] = kit.Task{Name: document.Text, Href: document.Href, Hint: document.Hint}
	}
	return tasks
}
