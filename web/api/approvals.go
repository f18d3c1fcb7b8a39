package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/approval"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
)

type approvalView struct {
	respond.WaitingView

	State          auth.ApprovalState `json:"state"`
	Subject        string             `json:"subject"`
	ElectionID     int64              `json:"election_id,omitempty"`
	Parameters     json.RawMessage    `json:"parameters"`
	ProposedAt     time.Time          `json:"proposed_at"`
	DecidedBy      string             `json:"decided_by,omitempty"`
	DecidedAt      *time.Time         `json:"decided_at"`
	DecisionReason string             `json:"decision_reason,omitempty"`
	Alone          string             `json:"alone,omitempty"`
	ByOperator     bool               `json:"by_operator"`
	Href           string             `json:"href"`
}

func viewApproval(a auth.Approval) approvalView {
	v := approvalView{
		WaitingView: respond.ViewWaiting(approval.Waiting{ID: a.ID, Act: a.Act, Reason: a.Reason, By: a.Proposer, Until: a.Until}),
		State:       a.State, Subject: a.Subject, ElectionID: a.ElectionID, Parameters: json.RawMessage(a.Parameters),
		ProposedAt: a.ProposedAt.UTC(), DecidedBy: a.Decider, DecisionReason: a.DecisionReason, Alone: a.Alone,
		ByOperator: a.ByOperator(), Href: respond.ApprovalHref(a.ID),
	}
	if !a.DecidedAt.IsZero() {
		at := a.DecidedAt.UTC()
		v.DecidedAt = &at
	}
	return v
}

// Approvals answers GET /approvals, newest first.
func (a *API) Approvals(c *gin.Context) {
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	found, err := a.services.Auth.Approvals().Approvals(c.Request.Context(), auth.ApprovalFilter{Before: w.cursor, Limit: w.limit + 1})
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, cut(w, found, func(a auth.Approval) int64 { return a.ID }, viewApproval))
}

// Approval answers GET /approvals/{id}.
func (a *API) Approval(c *gin.Context) {
	id, ok := pathID(c, auth.ErrUnknownApproval)
	if !ok {
		return
	}
	found, err := a.services.Auth.Approvals().Approval(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewApproval(found))
}

// ApprovalDecide answers POST /approvals/{id}.
func (a *API) ApprovalDecide(c *gin.Context) {
	id, ok := pathID(c, auth.ErrUnknownApproval)
	if !ok {
		return
	}
	var approve *bool
	var d auth.Decision
	err := readBody(c, object{"approve": set(&approve, truth), "reason": text(&d.Reason)})
	if err == nil && approve == nil {
		var checks problem.Checks
		checks.Add("approve", messages.FieldTrueOrFalse())
		err = checks.Err()
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	d.Approve = *approve
	decided, err := a.services.Auth.Approvals().Decide(c.Request.Context(), principal.Actor(c), id, d)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewApproval(decided))
}
