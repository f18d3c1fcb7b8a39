package pages

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminElectionDeclared asks for the votes cast by the paper protocols.
func (p *Pages) AdminElectionDeclared(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if election.WithdrawnAt != nil {
		respond.Error(c, elections.ErrWithdrawn)
		return
	}
	p.declared(c, http.StatusOK, election, nil, kit.Problems{})
}

// AdminElectionDeclare enters the votes cast by the paper protocols, on the record.
func (p *Pages) AdminElectionDeclare(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if err := c.Request.ParseForm(); err != nil {
		respond.Error(c, problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAForm()))
		return
	}
	typed := map[int64]string{}
	declared := map[int64]*int64{}
	var checks problem.Checks
	for _, constituency := range election.Constituencies {
		field := declaredField(constituency.ID)
		if !c.Request.PostForm.Has(field) {
			continue
		}
		typed[constituency.ID] = c.Request.PostForm.Get(field)
		if strings.TrimSpace(typed[constituency.ID]) == "" {
			declared[constituency.ID] = nil
			continue
		}
		n := readNumber(&checks, field, messages.FieldVotesCast(), typed[constituency.ID])
		declared[constituency.ID] = &n
	}
	err = checks.Err()
	if err == nil {
		_, err = p.Elections.DeclareVotesCast(c.Request.Context(), principal.Actor(c), election.ID, declared)
	}
	if err == nil {
		p.Results.Changed(election.ID)
		respond.SeeOther(c, "/admin/elections/"+decimal(election.ID)+"?done=declared")
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.declared(c, status, election, typed, problems)
}

func declaredField(constituency int64) string { return "declared-" + decimal(constituency) }

func (p *Pages) declared(c *gin.Context, status int, e *elections.Election, typed map[int64]string, problems kit.Problems) {
	address := "/admin/elections/" + decimal(e.ID)
	model := view.DeclaredPage{
		Page:   p.inElection(c, e, paperEntry, messages.ElectionDeclaredHeading()),
		Action: address + "/declared", Back: address, Problems: problems,
		Certified: e.StateAt(p.Now()) == elections.Certified,
	}
	for i, problem := range model.Problems.List {
		for _, constituency := range e.Constituencies {
			if problem.Field == declaredField(constituency.ID) {
				model.Problems.List[i].Where = messages.Verbatim(constituency.Name)
			}
		}
	}
	for _, constituency := range e.Constituencies {
		field := kit.Field{
			Name: declaredField(constituency.ID), Label: messages.Verbatim(constituency.Name), Problem: problems.Of(declaredField(constituency.ID)),
			Optional: true, Mode: "numeric", Complete: "off",
		}
		if constituency.RegisteredVoters > 0 {
			field.Hint = messages.ElectionDeclaredRegistered(constituency.RegisteredVoters)
		}
		if value, ok := typed[constituency.ID]; ok {
			field.Value = value
		} else if constituency.DeclaredVotesCast != nil {
			field.Value = decimal(*constituency.DeclaredVotesCast)
		}
		model.Fields = append(model.Fields, field)
	}
	personal(c)
	respond.Page(c, status, view.Declared(model))
}
