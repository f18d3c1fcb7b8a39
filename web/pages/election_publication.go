package pages

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// draftBox says what a draft is, and whether its start has passed.
func draftBox(e *elections.Election, now time.Time) *view.DraftBox {
	address := "/admin/elections/" + decimal(e.ID)
	return &view.DraftBox{
		Publish: address + "/publication", Delete: address + "/deletion", Version: e.Version(), StartPassed: !now.Before(e.StartsAt),
	}
}

// AdminElectionPublication shows every rule of a draft and asks whether it shall be published.
func (p *Pages) AdminElectionPublication(c *gin.Context) {
	election, err := p.electionOrDraft(c)
	if err == nil && !election.IsDraft {
		err = elections.ErrPublished
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.publication(c, http.StatusOK, election, kit.Problems{})
}

// AdminElectionPublish publishes a draft whose rules were read.
func (p *Pages) AdminElectionPublish(c *gin.Context) {
	election, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	_, err = p.Elections.Publish(c.Request.Context(), principal.Actor(c), election.ID, elections.Publication{
		Version: formValue(c, "version"), OpenNow: formValue(c, elections.OpenNow) != "",
	})
	if err == nil {
		respond.SeeOther(c, "/admin/elections/"+decimal(election.ID)+"?done=published")
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.publication(c, status, election, problems)
}

func (p *Pages) publication(c *gin.Context, status int, e *elections.Election, problems kit.Problems) {
	stations, err := p.Elections.CountStations(c.Request.Context(), e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	address := "/admin/elections/" + decimal(e.ID)
	model := view.PublicationPage{
		Page: p.inElection(c, e, overviewEntry, messages.PublicationHeading()), Title: e.Title, Back: address, Edit: address + "/edit",
		Action: address + "/publication", Version: e.Version(), Problems: problems,
		OpenNow: openNowBox(problems, formValue(c, elections.OpenNow) != ""),
		Rules:   allRules(e, stations), Standing: standing(e), Second: p.secondNeeded(c.Request.Context(), p.Now()),
	}
	if !p.Now().Before(e.StartsAt) { // so that the question is answered in one step
		model.OpenNow.Shown, model.StartPassed = true, true
	}
	personal(c)
	respond.Page(c, status, view.Publication(model))
}

// allRules says every rule of an election in a sentence; stations are the numbers of its polling stations by constituency.
func allRules(e *elections.Election, stations map[int64]int) []messages.Message {
	starts, ends := view.NewMoment(e.StartsAt, e.Location()), view.NewMoment(e.EndsAt, e.Location())
	rules := []messages.Message{
		messages.PublicationTimes(kindName(e.Kind), starts.Text, ends.Text, ends.Zone),
		messages.PublicationChannels(channelsInWords(e)),
	}
	if until := batchesUntil(e); until != nil {
		rules = append(rules, messages.PublicationUntil(until.Text))
	}
	rules = append(rules, rulesInWords(e)...)
	rules = append(rules, stationsInWords(e, stations)...)
	if e.Takes(elections.Online) {
		rules = append(rules, sealingInWords(e))
	}
	rules = append(rules, messages.PublicationCertification(certification(e)))
	if e.Rehearsal {
		return append(rules, messages.PublicationRehearsal())
	}
	return append(rules, messages.PublicationNoRehearsal())
}

// stationsInWords says in how many polling stations ballots are counted, and which form their protocols have.
func stationsInWords(e *elections.Election, counts map[int64]int) []messages.Message {
	stations := 0
	for _, n := range counts {
		stations += n
	}
	if stations == 0 {
		return []messages.Message{messages.PublicationNoStations()}
	}
	said := []messages.Message{messages.PublicationStations(int64(stations))}
	if !e.Takes(elections.Batches) { // without ballots on paper there are no protocols
		return said
	}
	form := e.ProtocolForm()
	fields := make([]messages.Message, 0, len(form.Fields))
	for _, f := range form.Fields {
		fields = append(fields, messages.ProtocolFormQuoted(form.LabelOf(f.Name)))
	}
	return append(said, messages.PublicationProtocols(form.Preset.PresetName(), messages.Enumeration(fields...)),
		messages.PublicationProtocolBounds(int64(form.OneListPercent), int64(form.InvalidPercent)))
}

func sealingInWords(e *elections.Election) messages.Message {
	if n := len(e.SealKeysTo); n > 0 {
		return messages.PublicationSealed(int64(n))
	}
	return messages.PublicationNotSealed()
}

// AdminElectionDelete deletes a draft.
func (p *Pages) AdminElectionDelete(c *gin.Context) {
	election, err := p.electionOrDraft(c)
	if err == nil {
		err = p.Elections.DeleteDraft(c.Request.Context(), principal.Actor(c), election.ID, formValue(c, "version"))
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, "/admin/elections?done=draft-deleted")
}
