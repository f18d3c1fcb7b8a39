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
	typed := readExtension(c)
	draft, err := typed.draft(election)
	if err == nil {
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
		if problems.List[i].Field == "ends_at" {
			problems.List[i].Where = messages.ElectionsNewEnd()
		}
	}
	p.adminElection(c, status, election, &typed, problems)
}

// extension is what the form of later times has.
type extension struct{ End, Until typedTime }

func readExtension(c *gin.Context) extension {
	value := func(name string) string { return formValue(c, name) }
	return extension{readTyped(value, "ends_at"), readTyped(value, "batches_until")}
}

// draft returns the election with the later times. An election without a time until which it takes batches gets none.
func (x extension) draft(e *elections.Election) (elections.Draft, error) {
	var checks problem.Checks
	draft := e.Draft()
	draft.EndsAt = x.End.read(&checks, "ends_at", e.Location(), e.EndsAt)
	if e.BatchesUntil != nil {
		draft.BatchesUntil = x.Until.readOptional(&checks, "batches_until", e.Location(), e.BatchesUntil)
	}
	until, kept := draft.BatchesUntil, e.BatchesUntil == nil
	if until != nil && e.BatchesUntil != nil {
		kept = until.Equal(*e.BatchesUntil)
		if until.Before(*e.BatchesUntil) {
			checks.Add("batches_until", messages.FieldUntilNotEarlier())
		}
	}
	if end := draft.EndsAt; !end.IsZero() && (end.Before(e.EndsAt) || kept && end.Equal(e.EndsAt)) {
		checks.Add("ends_at", messages.FieldEndAfterCurrent(typedWords(e)))
	}
	return draft, checks.Err()
}

// errNotOpen is returned for a later end of an election that is not open.
var errNotOpen = problem.New(problem.Conflict, "election-not-open",
	messages.RefusalElectionNotOpen())

// typedWords is the current end as the form's hint says it.
func typedWords(e *elections.Election) messages.Message {
	if e.EndsAt.Second() != 0 || e.EndsAt.Nanosecond() != 0 {
		return view.NewExactMoment(e.EndsAt, e.Location()).Text
	}
	return view.NewMoment(e.EndsAt, e.Location()).Text
}
