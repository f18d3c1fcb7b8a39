package pages

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminElections lists the elections for those who set them up.
func (p *Pages) AdminElections(c *gin.Context) {
	list, err := p.Elections.ElectionsAndDrafts(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.AdminElections(view.AdminElectionsPage{
		Page: p.page(c, view.SectionManage, messages.ElectionsManageElections()), Elections: adminElectionRows(list, p.Now()),
		Notice: doneNotice(c.Query("done")),
	}))
}

// AdminElection shows an election as it is defined.
func (p *Pages) AdminElection(c *gin.Context) {
	election, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.adminElection(c, http.StatusOK, election, nil, kit.Problems{})
}

// adminElection shows the first page of an election; typed is what was typed as its later end, nil for nothing.
func (p *Pages) adminElection(c *gin.Context, status int, election *elections.Election, typed *extension, problems kit.Problems) {
	state := election.StateAt(p.Now())
	model := view.AdminElectionPage{
		Page:    p.inElection(c, election, overviewEntry, messages.Verbatim(election.Title)),
		Kind:    kindName(election.Kind),
		Starts:  view.NewMoment(election.StartsAt, election.Location()),
		Ends:    view.NewMoment(election.EndsAt, election.Location()),
		Details: definitionDetails(election),
	}
	model.FewVoters = fewVoters(election.WithFewOnlineVoters())
	model.Notice, model.Problems = doneNotice(c.Query("done")), problems
	if election.CertifiersOpen && election.Confirmations == 1 && !state.Final() {
		model.AddAdministrator = "/admin/users/new?role=administrator"
	}
	p.linkElection(&model, election, state)
	switch state {
	case elections.Drafted:
		model.Draft = draftBox(election, p.Now())
		model.Draft.Tasks = p.draftTasks(election)
	case elections.Scheduled:
	case elections.Open:
		model.NewEnd, model.NewUntil = extensionFields(election, typed, problems)
		model.Fixed = messages.Sentences(elections.ErrNotScheduled.Message, messages.ElectionsOnlyEndMoves())
	case elections.Withdrawn:
		model.Withdrawn = withdrawal(election)
	default:
		model.Fixed = elections.ErrNotScheduled.Message
	}
	var err error
	if model.Needed, err = p.needed(c, election); err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, status, view.AdminElection(model))
}

// linkElection adds the addresses of the pages that are in no menu.
func (p *Pages) linkElection(model *view.AdminElectionPage, e *elections.Election, state elections.State) {
	model.Edit = p.editPath(e, basicsStep)
	if state == elections.Drafted {
		return
	}
	model.Public = "/elections/" + decimal(e.ID)
	if state == elections.Open {
		model.Extend = adminPath(e.ID, "end")
	}
	if state != elections.Withdrawn && state != elections.Certified && state != elections.Correcting {
		model.Withdraw = adminPath(e.ID, "withdrawal")
	}
}

// extensionFields are the inputs for later times. The second one is there if the election has such a time.
func extensionFields(e *elections.Election, typed *extension, problems kit.Problems) (end, until kit.Field) {
	if typed == nil {
		typed = &extension{End: typedOf(e.EndsAt, e.Location())}
		if e.BatchesUntil != nil {
			typed.Until = typedOf(*e.BatchesUntil, e.Location())
		}
	}
	end = typed.End.field(kit.Field{
		Name: "ends_at", Label: messages.ElectionsNewEnd(), Problem: problems.Of("ends_at"),
		Hint: messages.ElectionsNewEndHint(view.ZoneName(e.Location()), typedWords(e)),
	}, e.Location())
	if e.BatchesUntil != nil {
		until = typed.Until.field(kit.Field{
			Name: "batches_until", Label: messages.ElectionsNewUntil(), Hint: messages.ElectionsNewUntilHint(), Optional: true,
			Problem: problems.Of("batches_until"),
		}, e.Location())
	}
	return end, until
}

func definitionDetails(e *elections.Election) []view.Detail {
	pairs := []view.Detail{{Name: messages.ElectionsTakesVotes(), Value: channelsInWords(e)}, {Name: messages.ElectionsCertification(), Value: certification(e)}}
	if until := batchesUntil(e); until != nil {
		pairs = append(pairs, view.Detail{Name: messages.ElectionsBatchesUntil(), Value: messages.UnitMomentInZone(until.Text, until.Zone)})
	}
	if e.SecondRoundOf != 0 {
		pairs = append(pairs, view.Detail{Name: messages.ElectionsSecondRoundOf(), Value: messages.ElectionsElectionNumber(decimal(e.SecondRoundOf)), Href: "/admin/elections/" + decimal(e.SecondRoundOf)})
	}
	if e.Rehearsal {
		pairs = append(pairs, view.Detail{Name: messages.ElectionsRehearsal(), Value: messages.ElectionsRehearsalYes()})
	}
	return pairs
}

// certification says who certifies or, before an opening that decides it, who would.
func certification(e *elections.Election) messages.Message {
	if !e.CertifiersOpen {
		return certifiersInWords(e.Confirmations)
	}
	if e.Confirmations == 1 {
		return messages.ElectionsCertifiersOpenOne()
	}
	return messages.ElectionsCertifiersOpenTwo()
}

// channelsInWords says how an election takes votes.
func channelsInWords(e *elections.Election) messages.Message {
	switch online, batches := e.Takes(elections.Online), e.Takes(elections.Batches); {
	case online && batches:
		return messages.ElectionsTakesBoth()
	case online:
		return messages.ElectionsTakesOnline()
	default:
		return messages.ElectionsTakesBatches()
	}
}

// zone is the server's time zone, for times that belong to no election.
func (p *Pages) zone() *time.Location {
	zone, err := time.LoadLocation(p.Elections.TimeZone())
	if err != nil {
		return time.UTC
	}
	return zone
}
