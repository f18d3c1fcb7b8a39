package pages

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/text"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// pageOfConstituencies is how many constituencies a page shows at once.
const pageOfConstituencies = 25

// AdminElectionRules shows the rules of an election in sentences.
func (p *Pages) AdminElectionRules(c *gin.Context) {
	e, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.AdminElectionRules(view.AdminRulesPage{
		Page: p.inElection(c, e, rulesEntry, messages.ElectionMenuRules()), Edit: p.editPath(e, rulesStep), Rules: rulesInWords(e),
	}))
}

// AdminElectionConstituencies lists the constituencies of an election, with a search and pages.
func (p *Pages) AdminElectionConstituencies(c *gin.Context) {
	e, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	found := foundConstituencies(c, e, adminPath(e.ID, string(constituenciesEntry)))
	model := view.AdminConstituenciesPage{
		Page: p.inElection(c, e, constituenciesEntry, messages.ElectionMenuConstituencies()),
		Edit: p.editPath(e, constituenciesStep), Find: found.ConstituencyFind, ShowSeats: e.Kind == elections.Parliamentary,
		FewVoters: fewVoters(e.WithFewOnlineVoters()), Map: adminPath(e.ID, "map"),
	}
	if e.Editable(p.Now()) && e.Kind == elections.Parliamentary {
		model.List = adminPath(e.ID, "list")
	}
	for _, constituency := range found.shown {
		row := view.AdminConstituencyRow{
			Name: constituency.Name, Href: adminPath(e.ID, string(candidaciesEntry)) + "?constituency=" + decimal(constituency.ID),
			Seats: messages.Integer(int64(constituency.Seats)), Registered: numberOrDash(constituency.RegisteredVoters),
			Standing: contestantsNumber(e.Kind, len(constituency.Candidacies)),
		}
		model.Rows = append(model.Rows, row)
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.AdminConstituencies(model))
}

// AdminElectionCandidacies shows the candidacies, by constituency: folded, with a search and pages, if there are several.
func (p *Pages) AdminElectionCandidacies(c *gin.Context) {
	e, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	heading := messages.ElectionMenuLists()
	if e.Kind == elections.Presidential {
		heading = messages.ElectionMenuCandidates()
	}
	found := foundConstituencies(c, e, adminPath(e.ID, string(candidaciesEntry)))
	model := view.AdminCandidaciesPage{
		Page: p.inElection(c, e, candidaciesEntry, heading), Heading: heading, Edit: p.editPath(e, candidaciesStep),
		Find: found.ConstituencyFind, Folded: len(e.Constituencies) > 1, Open: len(found.shown) == 1,
	}
	model.Change = messages.ElectionMenuChangeLists()
	if e.Kind == elections.Presidential {
		model.Change = messages.ElectionMenuChangeCandidates()
	}
	if one := e.Constituency(queryID(c, "constituency")); one != nil && model.Folded && found.Search.Value == "" {
		found.shown, model.Open = []elections.Constituency{*one}, true
		model.Find.Range, model.Find.Previous, model.Find.Next = messages.Message{}, "", ""
		model.All = adminPath(e.ID, string(candidaciesEntry))
	}
	part := *e
	part.Constituencies = found.shown
	model.Standing = standing(&part)
	personal(c)
	respond.Page(c, http.StatusOK, view.AdminCandidacies(model))
}

// constituenciesFound are the constituencies of a page.
type constituenciesFound struct {
	view.ConstituencyFind

	shown []elections.Constituency
}

// foundConstituencies reads a search and a page from the query. A search compares as names are compared, within them.
func foundConstituencies(c *gin.Context, e *elections.Election, path string) (found constituenciesFound) {
	q, from := strings.TrimSpace(c.Query("q")), int(min(queryID(c, "from"), 1_000_000))
	all := e.Constituencies
	if q != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(k elections.Constituency) bool { return !strings.Contains(text.Key(k.Name), text.Key(q)) })
	}
	from = min(from, max(0, len(all)-1))
	to := min(from+pageOfConstituencies, len(all))
	found.shown = all[from:to]
	found.Path, found.Shown, found.None = path, len(e.Constituencies) > pageOfConstituencies || q != "", len(all) == 0
	found.Search = kit.Field{Name: "q", Label: messages.ElectionMenuSearchConstituency(), Value: q, Type: "search", Filter: true, Complete: "off"}
	if len(all) > pageOfConstituencies {
		found.Range = messages.ElectionMenuRange(int64(from+1), int64(to), int64(len(all)))
	}
	if from > 0 {
		found.Previous = addressOf(path, "q", q, "from", decimal(int64(max(0, from-pageOfConstituencies))))
	}
	if to < len(all) {
		found.Next = addressOf(path, "q", q, "from", decimal(int64(to)))
	}
	return found
}

// contestantsNumber says how many lists or candidates there are.
func contestantsNumber(kind elections.Kind, n int) messages.Message {
	if kind == elections.Presidential {
		return messages.ElectionMenuCandidatesNumber(int64(n))
	}
	return messages.ElectionMenuListsNumber(int64(n))
}

// AdminElectionDocuments lists the files of an election that are handed out now.
func (p *Pages) AdminElectionDocuments(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	public, err := p.Results.Public(c.Request.Context(), e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	own := "/elections/" + decimal(e.ID)
	model := view.AdminDocumentsPage{Page: p.inElection(c, e, documentsEntry, messages.ElectionMenuDocuments())}
	counted, refused := public.Count()
	altered := refused == nil && counted.Altered
	if refused == nil && !altered {
		model.Documents = append(model.Documents, view.Link{Href: own + "/protocol.pdf", Text: messages.ElectionMenuRecord(), Hint: messages.ElectionMenuRecordHint()})
	}
	switch state := e.StateAt(p.Now()); {
	case altered:
		model.Later = messages.ElectionAltered()
	case state == elections.Certified, state == elections.Correcting:
		model.Documents = append(model.Documents,
			view.Link{Href: own + "/bundle.zip", Text: messages.ElectionMenuPublicBundle(), Hint: messages.ElectionMenuPublicBundleHint()},
			view.Link{Href: adminPath(e.ID, "bundle.zip"), Text: messages.ElectionMenuFullBundle(), Hint: messages.ElectionMenuFullBundleHint()},
		)
	default:
		model.Later = messages.ElectionMenuDocumentsBeforeEnd()
	}
	if refused == nil {
		model.Documents = append(model.Documents,
			view.Link{Href: own + "/datapackage.json", Text: messages.ElectionMenuTables(), Hint: messages.ElectionMenuTablesHint()},
			view.Link{Href: own + "/results.cdf.json", Text: messages.ElectionMenuCommonData(), Hint: messages.ElectionMenuCommonDataHint()},
		)
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.AdminDocuments(model))
}

// AdminElectionHistory shows the events of the audit log about an election, newest first.
func (p *Pages) AdminElectionHistory(c *gin.Context) {
	ctx := c.Request.Context()
	e, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	subject := subjectKey("election", e.ID)
	model := view.AdminHistoryPage{
		Page: p.inElection(c, e, historyEntry, messages.ElectionMenuHistory()), All: addressOf("/admin/audit", "subject", subject),
	}
	if !e.IsDraft {
		model.Public = "/elections/" + decimal(e.ID) + "/amendments"
	}
	if model.Log, err = p.events(ctx, c.Request.URL, subjectFilter(subject, queryID(c, "before"))); err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.AdminHistory(model))
}

// needed lists what an administrator has to do in an election now, as on their first page.
func (p *Pages) needed(c *gin.Context, e *elections.Election) (items []view.WaitingItem, err error) {
	ctx := c.Request.Context()
	me, _ := principal.Of(c)
	for _, issue := range p.issues.waiting(me.ID, e.ID) {
		items = append(items, keysItem(e, issue.id))
	}
	list, err := p.withSecondRounds(ctx, e)
	if err != nil {
		return nil, err
	}
	pending, err := p.Results.Pending(ctx, list)
	for i := range pending {
		if pending[i].Election.ID == e.ID {
			item, _ := pendingItem(&pending[i], me.ID)
			items = append(items, item)
		}
	}
	return items, err
}

// withSecondRounds returns an election and its second rounds, if it can have one.
func (p *Pages) withSecondRounds(ctx context.Context, e *elections.Election) ([]*elections.Election, error) {
	list := []*elections.Election{e}
	if e.Kind != elections.Presidential {
		return list, nil
	}
	all, err := p.Elections.ElectionsAndDrafts(ctx)
	for _, other := range all {
		if other.SecondRoundOf == e.ID {
			list = append(list, other)
		}
	}
	return list, err
}
