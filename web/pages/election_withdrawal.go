package pages

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminElectionWithdrawal asks why an election is not held, or says why it cannot be withdrawn.
func (p *Pages) AdminElectionWithdrawal(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.withdrawalPage(c, http.StatusOK, election, kit.Problems{})
}

// AdminElectionWithdraw withdraws a published election, or proposes that.
func (p *Pages) AdminElectionWithdraw(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if _, err = p.Elections.Withdraw(c.Request.Context(), principal.Actor(c), election.ID, formValue(c, "reason")); err == nil {
		respond.SeeOther(c, "/admin/elections/"+decimal(election.ID)+"?done=withdrawn")
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.withdrawalPage(c, status, election, problems)
}

func (p *Pages) withdrawalPage(c *gin.Context, status int, e *elections.Election, problems kit.Problems) {
	address := "/admin/elections/" + decimal(e.ID)
	model := view.WithdrawalPage{
		Page: p.inElection(c, e, overviewEntry, messages.WithdrawalHeading()), Back: address, Action: address + "/withdrawal",
		Problems: problems, Second: p.secondNeeded(c.Request.Context(), e.PublishedAt),
		Reason: kit.Field{
			Name: "reason", Label: messages.ApprovalsReason(), Hint: messages.WithdrawalReasonHint(), Value: formValue(c, "reason"),
			Problem: problems.Of("reason"), Complete: "off",
		},
	}
	err := p.Elections.Withdrawable(c.Request.Context(), e.ID)
	if refusal, ok := errors.AsType[*problem.Error](err); ok && refusal.Kind == problem.Conflict {
		model.Cannot, err = refusal.Message, nil
		if errors.Is(refusal, elections.ErrHasKeys) {
			model.Keys = keysPath(e.ID)
		}
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, status, view.WithdrawElection(model))
}
