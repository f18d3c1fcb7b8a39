package view

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"urna/internal/messages"
	"urna/web/view/kit"
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
	// Menu leads to the other pages of the election that the page is about; nil on the pages of no election.
	Menu *kit.Menu

	Preview *Preview // what other programs show of a link to the page; nil for nothing

	refused bool // it shows a form that was refused
}

// Preview is what messengers and social networks show of a link.
type Preview struct {
	Title, Description string
	// Address and Picture are whole addresses of the page and of the picture; "" if the server's own is not known.
	Address, Picture string
	PictureWidth     string // in pixels
	PictureHeight    string
}

// Refused returns the page for a form with problems: where there are any, its title says so first, for people who hear
// it read. The form's Summary takes the focus.
func (p Page) Refused(problems kit.Problems) Page {
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
	Observer      bool
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
	SectionObserver     Section = "observer"
	SectionSignIn       Section = "sign-in"
	SectionAccount      Section = "account"
	SectionAudit        Section = "audit"
	SectionVote         Section = "vote"
	SectionHelp         Section = "help"
)

// document returns the frame of the page.
func (p Page) document() kit.Document {
	d := kit.Document{
		Title: p.title(), Refresh: p.refresh(), Scripts: p.Scripts, Area: p.area(), Links: p.navigation(),
		SignIn: p.Section != SectionSignIn && p.Section != SectionVote, Foot: messages.LayoutFooter(p.Version),
	}
	if p.Section == SectionElections || p.Section == SectionVote {
		d.Scripts = append(slices.Clone(d.Scripts), "times.js")
	}
	if p.Section != SectionVote { // whose pages keep the language in their address
		d.Head, d.Languages = LanguageLinks(), LanguageSwitch()
		d.FootLinks = []kit.Link{{Href: "/help", Text: messages.HelpHeading(), TestID: "to-help"}}
	}
	if p.Preview != nil {
		d.Head = templ.Join(d.Head, previewTags(*p.Preview))
	}
	if p.Person != nil {
		d.Account = &kit.Account{Name: p.Person.Name, Current: p.Section == SectionAccount}
	}
	return d
}

// wall returns the frame for a screen in a hall: the content, without a way to any other page.
func (p Page) wall() kit.Document {
	d := p.document()
	d.Bare = true
	return d
}

// area says as what the person is on the page.
func (p Page) area() kit.Area {
	public := p.Section == SectionElections || p.Section == SectionVote || p.Section == SectionSignIn || p.Section == SectionHelp
	switch {
	case p.Person == nil || public:
		return kit.Area{}
	case p.Person.Administrator:
		return kit.Area{Name: messages.LayoutAreaAdministrator(), Icon: "shield-check"}
	case p.Person.Official:
		return kit.Area{Name: messages.LayoutAreaOfficial(), Icon: "inbox"}
	case p.Person.Observer:
		return kit.Area{Name: messages.LayoutAreaObserver(), Icon: "file-text"}
	default:
		return kit.Area{}
	}
}

// navigation returns what the person may visit.
func (p Page) navigation() []kit.Link {
	var links []kit.Link
	add := func(section Section, href string, text messages.Message) {
		links = append(links, kit.Link{Href: href, Text: text, TestID: "nav-" + string(section), Current: section == p.Section})
	}
	add(SectionElections, "/", messages.LayoutElections())
	if p.Person != nil && p.Person.Administrator {
		add(SectionAdmin, "/admin", messages.LayoutAdministration())
		add(SectionManage, "/admin/elections", messages.LayoutManageElections())
		add(SectionParticipants, "/admin/participants", messages.LayoutParticipants())
		add(SectionBatches, "/admin/batches", messages.LayoutBatches())
		add(SectionUsers, "/admin/users", messages.LayoutUsers())
		add(SectionAudit, "/admin/audit", messages.LayoutAuditLog())
	}
	if p.Person != nil && p.Person.Official {
		add(SectionOfficial, "/official", messages.LayoutYourWork())
	}
	if p.Person != nil && p.Person.Observer {
		add(SectionObserver, observerHome, messages.LayoutObservation())
		add(SectionBatches, "/admin/batches", messages.LayoutBatches())
		add(SectionAudit, "/admin/audit", messages.LayoutAuditLog())
	}
	return links
}

// observerHome is where an observer starts.
const observerHome = "/observer"

// refresh returns what a browser without JavaScript does after a while, "" for nothing.
func (p Page) refresh() string {
	switch {
	case p.Refresh == 0:
		return ""
	case p.RefreshURL == "":
		return strconv.Itoa(p.Refresh)
	default:
		return strconv.Itoa(p.Refresh) + ";url=" + p.RefreshURL
	}
}
