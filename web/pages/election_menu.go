package pages

import (
	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/web/view"
	"urna/web/view/kit"
)

// menuEntry names a page in the menu of an election.
type menuEntry string

// The entries. Pages that are reached from one of them have its entry.
const (
	overviewEntry       menuEntry = "overview"
	rulesEntry          menuEntry = "rules"
	constituenciesEntry menuEntry = "constituencies"
	stationsEntry       menuEntry = "stations"
	candidaciesEntry    menuEntry = "candidacies"
	keysEntry           menuEntry = "keys"
	officialsEntry      menuEntry = "officials"
	incomingEntry       menuEntry = "incoming"
	protocolsEntry      menuEntry = "protocols"
	paperEntry          menuEntry = "paper"
	tiesEntry           menuEntry = "ties"
	certificationEntry  menuEntry = "certification"
	correctionsEntry    menuEntry = "corrections"
	documentsEntry      menuEntry = "documents"
	historyEntry        menuEntry = "history"
)

// adminPath is the address of an administrators' page of an election; "" is the first one.
func adminPath(election int64, page string) string {
	path := "/admin/elections/" + decimal(election)
	if page == "" {
		return path
	}
	return path + "/" + page
}

// inElection returns what surrounds a page of an election. Administrators get the menu of the election; the page belongs to the
// given entry.
func (p *Pages) inElection(c *gin.Context, e *elections.Election, at menuEntry, title messages.Message) view.Page {
	page := p.page(c, view.SectionManage, title)
	p.addMenu(&page, e, at)
	return page
}

// addMenu adds the menu of an election to a page if its reader is an administrator, who alone may open all pages of the menu.
func (p *Pages) addMenu(page *view.Page, e *elections.Election, at menuEntry) {
	if page.Person == nil || !page.Person.Administrator {
		return
	}
	state := e.StateAt(p.Now())
	page.Section = view.SectionManage
	page.Menu = &kit.Menu{
		Label: messages.ElectionMenuLabel(), Up: kit.Crumb{Text: messages.ElectionsManageElections(), Href: "/admin/elections"},
		Title: kit.Crumb{Text: messages.Verbatim(e.Title), Href: adminPath(e.ID, "")}, Struck: e.WithdrawnAt != nil,
		State: electionState(state), Marks: rehearsalMarks(e), Groups: menuGroups(e, state, at),
	}
}

// menuGroups are the pages that an election has in a state.
func menuGroups(e *elections.Election, state elections.State, at menuEntry) [][]kit.Link {
	var groups [][]kit.Link
	group := func(links ...kit.Link) {
		var there []kit.Link
		for _, link := range links {
			if link.Href != "" {
				there = append(there, link)
			}
		}
		if len(there) > 0 {
			groups = append(groups, there)
		}
	}
	entry := func(name menuEntry, text messages.Message, has bool, href string) kit.Link {
		if !has {
			return kit.Link{}
		}
		return kit.Link{Href: href, Text: text, TestID: "menu-" + string(name), Current: name == at}
	}
	own := func(name menuEntry, text messages.Message, has bool) kit.Link {
		return entry(name, text, has, adminPath(e.ID, string(name)))
	}
	who := messages.ElectionMenuLists()
	if e.Kind == elections.Presidential {
		who = messages.ElectionMenuCandidates()
	}
	public := state != elections.Drafted
	held := public && state != elections.Withdrawn
	batches := held && e.Takes(elections.Batches)
	final := state == elections.Certified || state == elections.Correcting
	protocols := protocolsLink(e)
	group(
		entry(overviewEntry, messages.ElectionMenuOverview(), true, adminPath(e.ID, "")),
		own(rulesEntry, messages.ElectionMenuRules(), true),
		own(constituenciesEntry, messages.ElectionMenuConstituencies(), true),
		own(stationsEntry, messages.ElectionMenuStations(), public),
		own(candidaciesEntry, who, true),
	)
	group(
		own(keysEntry, messages.ElectionMenuKeys(), held && e.Takes(elections.Online)),
		own(officialsEntry, messages.ElectionMenuOfficials(), batches),
		own(incomingEntry, messages.ElectionMenuIncoming(), batches),
		entry(protocolsEntry, messages.ElectionMenuProtocols(), held && protocols != "", protocols),
		entry(paperEntry, messages.ElectionMenuPaper(), held && !final, adminPath(e.ID, "declared")),
	)
	group(
		own(tiesEntry, messages.ElectionMenuTies(), held),
		own(certificationEntry, messages.CertificationHeading(), held),
		own(correctionsEntry, messages.ElectionMenuCorrections(), final),
		own(documentsEntry, messages.ElectionMenuDocuments(), held),
		own(historyEntry, messages.ElectionMenuHistory(), true),
	)
	return groups
}
