package pages

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

func tiesPath(electionID int64) string { return adminPath(electionID, string(tiesEntry)) }

// AdminTies shows the ties that wait for a lot, the lots, and the values from which they are drawn.
func (p *Pages) AdminTies(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.ties(c, http.StatusOK, election, sentForm{})
}

func (p *Pages) ties(c *gin.Context, status int, e *elections.Election, t sentForm) {
	model := view.TiesPage{
		Page: p.inElection(c, e, tiesEntry, messages.ElectionMenuTies()), Address: certificationPath(e.ID), Problems: t.problems,
	}
	if !t.problems.Any() {
		model.Notice = certificationNotice(c.Query("done"))
	}
	if err := p.fillTies(c, &model, e, t); err != nil {
		respond.Error(c, err)
		return
	}
	linkProblems(&model, t)
	personal(c)
	respond.Page(c, status, view.Ties(model))
}

func (p *Pages) fillTies(c *gin.Context, model *view.TiesPage, e *elections.Election, t sentForm) error {
	state := e.StateAt(p.Now())
	if state == elections.Scheduled || state == elections.Open {
		values, err := p.Results.LotValues(c.Request.Context(), e.ID)
		model.Seed = seedBox(values, nil, e, state, t)
		return err
	}
	final, err := p.Results.Final(c.Request.Context(), e.ID)
	if err != nil {
		return err
	}
	r := final.Results
	model.Seed, model.Lots = seedBox(r.LotValues, r.Seed, e, state, t), lotRows(r)
	if state == elections.Certified {
		return nil
	}
	for i := range r.Constituencies {
		if r.Constituencies[i].Tie != nil {
			model.Ties = append(model.Ties, tieForm(r, &r.Constituencies[i], t))
		}
	}
	if len(model.Ties) > 0 { // a lot is recorded below the figures that it concerns
		figures := resultsLive(r)
		model.Figures = &figures
	}
	return nil
}

func tieForm(r *results.Results, k *results.Constituency, t sentForm) view.TieForm {
	id := decimal(k.ID)
	mine := func(name string) string {
		if t.value("constituency_id") != id {
			return ""
		}
		return t.value(name)
	}
	problemOf := func(name string) (none messages.Message) {
		if t.value("constituency_id") != id {
			return none
		}
		return t.problems.Of(name)
	}
	form := view.TieForm{
		Constituency: k.Name, ConstituencyID: id, What: tieInWords(r, k), Options: []kit.Option{{Text: messages.CertificationChoose()}},
		Place:     kit.Field{Name: "place", ID: "place-" + id, Label: messages.CertificationPlace(), Value: mine("place"), Problem: problemOf("place"), Optional: true},
		Witnesses: kit.Field{Name: "witnesses", ID: "witnesses-" + id, Label: messages.CertificationWitnesses(), Value: mine("witnesses"), Problem: problemOf("witnesses"), Optional: true},
		Note:      kit.Field{Name: "note", ID: "note-" + id, Label: messages.CertificationNote(), Value: mine("note"), Problem: problemOf("note"), Optional: true},
	}
	tied := k.Tied()
	for i, candidacy := range tied {
		form.Options = append(form.Options, kit.Option{Value: decimal(candidacy.ParticipantID), Text: messages.Verbatim(candidacy.Name)})
		form.Tied = append(form.Tied, messages.CertificationTiedWith(candidacy.Name, votesIn(k, candidacy.ParticipantID)))
		name := "drawn_" + strconv.Itoa(i+1)
		field := kit.Field{Name: name, ID: name + "-" + id, Label: messages.CertificationDrawnAs(int64(i + 1)), Value: mine(name)}
		if i == 0 {
			field.Problem = problemOf("participants")
		}
		form.Places = append(form.Places, field)
	}
	if results.CheckDrawable(r.LotValues) == nil {
		form.FromSeed, form.Shell = true, results.LotShell(r.LotValues, k.Name, tied)
	}
	return form
}

func votesIn(k *results.Constituency, participantID int64) int64 {
	for _, candidacy := range k.Candidacies {
		if candidacy.ParticipantID == participantID {
			return candidacy.Votes
		}
	}
	return 0
}
