package view

import (
	"strconv"
	"strings"
)

// Page is what every page has around its content.
type Page struct {
	Title   string
	Section Section
	Person  *Person // nil for nobody
	Version string
	// Refresh is the number of seconds after which a browser without JavaScript loads the page again;
	// 0 is never.
	Refresh int
	// RefreshURL is what it loads then; "" is the page's own address.
	RefreshURL string
	// Scripts are the assets the page needs, by name.
	Scripts []string

	refused bool // it shows a form that was refused
}

// Refused returns the page for a form with problems: where there are any, its title says so first, for people who hear
// it read. The form's Summary takes the focus.
func (p Page) Refused(problems Problems) Page {
	p.refused = problems.Any()
	return p
}

func (p Page) title() string {
	if p.refused {
		return "Error: " + p.Title
	}
	return p.Title
}

// Person is the signed-in person.
type Person struct {
	Name          string
	Administrator bool
	Official      bool
}

// Section is an entry of the navigation.
type Section string

// The sections.
const (
	SectionElections    Section = "elections"
	SectionAdmin        Section = "admin"
	SectionParticipants Section = "participants"
	SectionManage       Section = "manage"
	SectionUsers        Section = "users"
	SectionBatches      Section = "batches"
	SectionOfficial     Section = "official"
	SectionSignIn       Section = "sign-in"
	SectionAccount      Section = "account"
	SectionAudit        Section = "audit"
	SectionVote         Section = "vote"
)

// link is an entry of the navigation.
type link struct {
	section Section
	href    string
	text    string
}

// navigation returns what the person may visit.
func (p Page) navigation() []link {
	links := []link{{SectionElections, "/", "Elections"}}
	if p.Person != nil && p.Person.Administrator {
		links = append(links,
			link{SectionAdmin, "/admin", "Administration"},
			link{SectionManage, "/admin/elections", "Manage elections"},
			link{SectionParticipants, "/admin/participants", "Participants"},
			link{SectionBatches, "/admin/batches", "Batches"},
			link{SectionUsers, "/admin/users", "Users"},
			link{SectionAudit, "/admin/audit", "Audit log"},
		)
	}
	if p.Person != nil && p.Person.Official {
		links = append(links, link{SectionOfficial, "/official", "Upload ballots"})
	}
	return links
}

// Crumb is a step of the way to a page.
type Crumb struct {
	Text string
	Href string
}

// Mark is a word in a frame: a state, or a warning such as "Rehearsal".
type Mark struct {
	Class string
	Text  string
}

// refresh returns what a browser without JavaScript does after a while.
func (p Page) refresh() string {
	if p.RefreshURL == "" {
		return strconv.Itoa(p.Refresh)
	}
	return strconv.Itoa(p.Refresh) + ";url=" + p.RefreshURL
}

// Problem is something wrong with a form. Field is the name of the input, "" for none; Where says which input that is,
// and where it stands, for the list above the form.
type Problem struct {
	Field   string
	Message string
	Where   string
}

// text is the problem as a list of problems shows it, where nothing around it says what it is about.
func (p Problem) text() string {
	if p.Where == "" {
		return p.Message
	}
	return p.Where + ": " + asContinued(p.Message)
}

// asContinued writes a sentence as it goes on after a colon; a first word that keeps its capital stays.
func asContinued(sentence string) string {
	first, _, _ := strings.Cut(sentence, " ")
	runes := []rune(first)
	if len(runes) == 0 || strings.ToLower(string(runes[1:])) != string(runes[1:]) || strings.Contains(first, "/") || first == "I" {
		return sentence
	}
	return strings.ToLower(string(runes[:1])) + sentence[len(string(runes[:1])):]
}

// Problems are all that is wrong with a form as it was sent.
type Problems struct {
	Summary string // "" where there is nothing wrong
	List    []Problem
}

// Any reports whether there is anything wrong.
func (p Problems) Any() bool { return p.Summary != "" }

// Of returns what is wrong with a field, "" for nothing.
func (p Problems) Of(field string) string {
	for _, problem := range p.List {
		if problem.Field == field {
			return problem.Message
		}
	}
	return ""
}

// Option is one choice of a list.
type Option struct {
	Value string
	Text  string
	Hint  string
}

// Field is one input of a form with what was typed into it.
type Field struct {
	Name     string
	ID       string // of the input, where a page has two of the name; "" is the name
	Label    string
	Hint     string
	Type     string // of the input; "" is text
	Value    string
	Problem  string
	Optional bool
	// Filter fields are neither asked for nor marked as optional.
	Filter bool
	// Complete is the input's autocomplete attribute, Mode its inputmode; "" leaves them out.
	Complete string
	Mode     string
	List     string // id of the datalist with suggestions
	TestID   string
	Step     string // of a time with seconds
	// Clocks are the instants of a time that clocks show twice, Clock the one that is meant.
	Clocks []Option
	Clock  string
}

// OffsetSuffix ends the name of the input that tells which of two instants is meant.
const OffsetSuffix = "_offset"

// describedBy returns the ids of the texts that explain the input.
func (f Field) describedBy() string {
	id := f.id()
	switch {
	case f.Problem != "" && f.Hint != "":
		return id + "-error " + id + "-hint"
	case f.Problem != "":
		return id + "-error"
	case f.Hint != "":
		return id + "-hint"
	default:
		return ""
	}
}

// name is what tells the input from all others of the page.
func (f Field) name() string {
	if f.ID == "" {
		return f.Name
	}
	return f.ID
}

func (f Field) id() string { return fieldID(f.name()) }

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// testID returns the name by which tests find the input.
func (f Field) testID() string {
	if f.TestID == "" {
		return "field-" + f.Name
	}
	return f.TestID
}
