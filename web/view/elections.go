package view

import "urna/internal/messages"

// AdminElectionsPage lists the elections for those who set them up.
type AdminElectionsPage struct {
	Page      Page
	Elections []AdminElectionRow
}

// AdminElectionRow is one election in a list.
type AdminElectionRow struct {
	Href   string
	Title  string
	Struck bool // the election was withdrawn
	Kind   messages.Message
	State  Mark
	Marks  []Mark
	Starts Moment
	Ends   Moment
}

// AdminElectionPage is an election as it is defined.
type AdminElectionPage struct {
	Page      Page
	Title     string
	State     Mark
	Marks     []Mark
	Keys      string           // address of the voter keys, "" if the election takes no votes online
	Public    string           // address of the public page
	Edit      string           // address of the form; "" once the definition is fixed
	List      string           // address of the list of constituencies; "" if the page has none
	Officials string           // address of who may upload; "" if the election takes no batches
	Declared  string           // address of the declared votes cast; "" once certified
	Fixed     messages.Message // why there is no form
	// AddAdministrator leads to the form for one where the election would open with one certifier only; "" where not.
	AddAdministrator string
	FewVoters        messages.Message // a warning; none if no constituency has few online voters
	Notice           messages.Message // what was just done
	Certify          string           // address of lots and certification
	Extend           string           // address of the form that moves the end; "" while the election is not open
	NewEnd           Field
	NewUntil         Field    // without a name if the election has no such time
	Problems         Problems // of that form
	Kind             messages.Message
	Starts           Moment
	Ends             Moment
	Details          []Detail
	Rules            []messages.Message
	Standing         []StandingPart
	Batches          BatchTable
}
