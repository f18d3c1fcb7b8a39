package pages

import (
	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
)

// AdminElectionExtend moves the end of an open election later, on the record.
func (p *Pages) AdminElectionExtend(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if election.StateAt(p.Now()) != elections.Open {
		respond.Error(c, errNotOpen)
		return
	}
	typed := readTyped(func(name string) string { return formValue(c, name) }, "ends_at")
	var checks problem.Checks
	end := typed.read(&checks, "ends_at", election.Location(), election.EndsAt)
	if !end.IsZero() && !end.After(election.EndsAt) {
		checks.Add("ends_at", messages.FieldEndAfterCurrent(typedWords(election)))
	}
	err = checks.Err()
	if err == nil {
		draft := election.Draft()
		draft.EndsAt = end
		_, err = p.Elections.Change(c.Request.Context(), principal.Actor(c), election.ID, draft)
	}
	if err == nil {
		respond.SeeOther(c, "/admin/elections/"+decimal(election.ID)+"?done=extended")
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	for i := range problems.List {
		problems.List[i].Where = messages.ElectionsNewEnd()
	}
	p.adminElection(c, status, election, &typed, problems)
}

// errNotOpen is returned for a later end of an election that is not open.
var errNotOpen = problem.New(problem.Conflict, "election-not-open",
	messages.RefusalElectionNotOpen())

// typedWords is the current end as the form's hint says it.
func typedWords(e *elections.Election) string {
	if e.EndsAt.Second() != 0 || e.EndsAt.Nanosecond() != 0 {
		return view.NewExactMoment(e.EndsAt, e.Location()).Text
	}
	return view.NewMoment(e.EndsAt, e.Location()).Text
}
