package view

import (
	"strconv"

	"urna/internal/messages"
)

// Page is what every page has around its content.
type Page struct {
	Title   messages.Message
	Section Section
	Person  *Person // nil if not signed in
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

func (p Page) title() messages.Message {
	if p.refused {
		return messages.LayoutTitleRefused(p.Title)
	}
	return messages.LayoutTitle(p.Title)
}

// Person is the signed-in person.
type Person struct {
	Name          string
	Administrator bool
	Official      bool
	// Approvals counts the acts that wait for a second administrator; 0 on the pages of others.
	Approvals int64
	// Clock is the notice about a doubtful clock on every page of an administrator; nil for none, and on the pages of
	// others.
	Clock *ClockNotice
	// Witnesses is the notice about witnesses of the audit log on every page of an administrator; no sentence for none.
	Witnesses messages.Message
	// Warnings are the other notices on every page of an administrator.
	Warnings []Warning
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
	text    messages.Message
}

// navigation returns what the person may visit.
func (p Page) navigation() []link {
	links := []link{{SectionElections, "/", messages.LayoutElections()}}
	if p.Person != nil && p.Person.Administrator {
		links = append(links,
			link{SectionAdmin, "/admin", messages.LayoutAdministration()},
			link{SectionManage, "/admin/elections", messages.LayoutManageElections()},
			link{SectionParticipants, "/admin/participants", messages.LayoutParticipants()},
			link{SectionBatches, "/admin/batches", messages.LayoutBatches()},
			link{SectionUsers, "/admin/users", messages.LayoutUsers()},
			link{SectionAudit, "/admin/audit", messages.LayoutAuditLog()},
		)
	}
	if p.Person != nil && p.Person.Official {
		links = append(links, link{SectionOfficial, "/official", messages.LayoutYourWork()})
	}
	return links
}

// Crumb is a step of the way to a page.
type Crumb struct {
	Text messages.Message
	Href string
}

// Mark is a word in a frame: a state, or a warning such as "Rehearsal".
type Mark struct {
	Class string
	Text  messages.Message
}

// refresh returns what a browser without JavaScript does after a while.
func (p Page) refresh() string {
	if p.RefreshURL == "" {
		return strconv.Itoa(p.Refresh)
	}
	return strconv.Itoa(p.Refresh) + ";url=" + p.RefreshURL
}

// Problem is something wrong with a form. Field is the name of the input, "" for none; Where says which input that is,
// and the place of it, for the list above the form.
type Problem struct {
	Field   string
	Message messages.Message
	Where   messages.Message
}

// text is the problem as a list of problems shows it, where nothing around it says what it is about.
func (p Problem) text() messages.Message {
	if p.Where.IsZero() {
		return p.Message
	}
	return messages.ComponentsProblemAt(p.Where, p.Message)
}

// Problems are all that is wrong with a form as it was sent.
type Problems struct {
	Summary messages.Message // none if nothing is wrong
	List    []Problem
}

// Any reports whether there is anything wrong.
func (p Problems) Any() bool { return !p.Summary.IsZero() }

// Of returns the problem of a field, or no sentence if there is none.
func (p Problems) Of(field string) messages.Message {
	for _, problem := range p.List {
		if problem.Field == field {
			return problem.Message
		}
	}
	return messages.Message{}
}

// Option is one choice of a list.
type Option struct {
	Value string
	Text  messages.Message
	Hint  messages.Message
}

// Field is one input of a form with what was typed into it.
type Field struct {
	Name     string
	ID       string // of the input, where a page has two of the name; "" is the name
	Label    messages.Message
	Hint     messages.Message
	Type     string // of the input; "" is text
	Value    string
	Problem  messages.Message
	Optional bool
	// Filter fields are neither asked for nor marked as optional.
	Filter bool
	// Complete is the input's autocomplete attribute, Mode its inputmode; "" leaves them out.
	Complete string
	Mode     string
	List     string // id of the datalist with suggestions
	TestID   string
	Step     string // of a time with seconds
	Focus    bool   // the page begins here; a page has one such field at most
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
	case !f.Problem.IsZero() && !f.Hint.IsZero():
		return id + "-error " + id + "-hint"
	case !f.Problem.IsZero():
		return id + "-error"
	case !f.Hint.IsZero():
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

// hiddenVisually is an element that only screen readers read.
func hiddenVisually() messages.Tag {
	return messages.Element("span", "class", "hidden-visually")
}
