package pages

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/approval"
	"urna/internal/messages"
	"urna/internal/text/strictjson"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// pageOfApprovals is how many approvals a list shows at once.
const pageOfApprovals = 100

// waitingApprovals counts the acts that wait for a second administrator, for the banner. A page is shown without the
// banner if that fails.
func (p *Pages) waitingApprovals(ctx context.Context) int64 {
	if p.Approvals == nil {
		return 0
	}
	n, err := p.Approvals.CountOpen(ctx)
	if err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "count approvals", "error", err)
	}
	return n
}

// secondNeeded reports whether an act needs a second administrator, on something that was published at a time; the zero
// time is for accounts. The page is shown without the remark if that fails: the act itself asks again.
func (p *Pages) secondNeeded(ctx context.Context, published time.Time) bool {
	if p.Approvals == nil {
		return false
	}
	needed, err := p.Approvals.Needed(ctx, published)
	if err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "whether a second administrator is needed", "error", err)
	}
	return needed
}

// AdminApprovals lists the acts that need a second administrator, newest first.
func (p *Pages) AdminApprovals(c *gin.Context) {
	ctx := c.Request.Context()
	found, err := p.Approvals.Approvals(ctx, auth.ApprovalFilter{Before: queryID(c, "before"), Limit: pageOfApprovals + 1})
	if err != nil {
		respond.Error(c, err)
		return
	}
	known, err := p.subjects(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.ApprovalsPage{Page: p.page(c, view.SectionAdmin, messages.ApprovalsHeading()), Zone: view.ZoneName(p.zone())}
	if len(found) > pageOfApprovals {
		found = found[:pageOfApprovals]
		model.More = "/admin/approvals?before=" + decimal(found[pageOfApprovals-1].ID)
	}
	for i := range found {
		a := &found[i]
		name, _ := splitActor(a.Proposer)
		model.Rows = append(model.Rows, view.ApprovalRow{
			Href: respond.ApprovalPage(a.ID), Act: actInWords(a.Act), About: aboutApproval(a, known), State: approvalMark(a), By: name,
			Proposed: view.NewMoment(a.ProposedAt, p.zone()), Hint: approvalHint(a),
		})
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Approvals(model))
}

// approval returns the approval that the path names.
func (p *Pages) approval(c *gin.Context) (auth.Approval, error) {
	id, ok := pathID(c, "approval")
	if !ok {
		return auth.Approval{}, auth.ErrUnknownApproval
	}
	return p.Approvals.Approval(c.Request.Context(), id)
}

// AdminApproval shows one act and what this administrator can decide about it.
func (p *Pages) AdminApproval(c *gin.Context) {
	a, err := p.approval(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.showApproval(c, http.StatusOK, a, kit.Problems{})
}

// AdminApprovalDecide approves, refuses or withdraws.
func (p *Pages) AdminApprovalDecide(c *gin.Context) {
	a, err := p.approval(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	approves := formValue(c, "decision") == "approve"
	decided, err := p.Approvals.Decide(c.Request.Context(), principal.Actor(c), a.ID, auth.Decision{Approve: approves, Reason: formValue(c, "reason")})
	if err != nil {
		problems, status, ok := formProblems(err)
		if !ok {
			respond.Error(c, err)
			return
		}
		for i := range problems.List { // two fields have this name
			at := &problems.List[i]
			if at.Where = messages.ApprovalsApproveReason(); !approves {
				at.Field, at.Where = "refusal", messages.ApprovalsRefuseReason()
			}
		}
		p.showApproval(c, status, a, problems)
		return
	}
	respond.SeeOther(c, respond.ApprovalPage(a.ID)+"?done="+string(decided.State))
}

func (p *Pages) showApproval(c *gin.Context, status int, a auth.Approval, problems kit.Problems) {
	known, err := p.subjects(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	heading := messages.ApprovalsNumber(a.ID)
	remark, refusal := formValue(c, "reason"), ""
	if formValue(c, "decision") != "approve" {
		remark, refusal = "", remark
	}
	model := view.ApprovalPage{
		Page: p.page(c, view.SectionAdmin, heading), Heading: actInWords(a.Act), Notice: approvalNotice(c.Query("done"), &a),
		State: approvalMark(&a), Hint: approvalHint(&a), About: aboutApproval(&a, known), Details: p.approvalDetails(&a, known),
		Path: respond.ApprovalPage(a.ID), Problems: problems, Expired: a.State == auth.ApprovalExpired,
		Remark: kit.Field{Name: "reason", Label: messages.ApprovalsApproveReason(), Value: remark, Optional: true, Problem: problems.Of("reason"), Complete: "off"},
		Reason: kit.Field{Name: "reason", ID: "refusal", Label: messages.ApprovalsRefuseReason(), Value: refusal, Problem: problems.Of("refusal"), Complete: "off"},
	}
	if about, ok := batchOfAct(a.Parameters); ok {
		model.Details = append(about, model.Details...)
	} else if about, ok := p.correctionOfAct(c.Request.Context(), &a); ok {
		model.Details = append(about, model.Details...)
	} else {
		changes, more := changesOf(c.Request.Context(), a.Parameters, p.zone())
		model.What = view.EventRow{Changes: changes, Fold: len(changes) > 10, Folded: messages.AuditDetails(int64(len(changes) + more))}
		if more > 0 {
			model.What.More = messages.AuditMoreInExports(int64(more))
		}
	}
	self, _ := principal.Of(c)
	p.offerDecision(&model, &a, self)
	personal(c)
	respond.Page(c, status, view.Approval(model))
}

// aboutApproval returns what an act is about. A polling station has the number that is on its paper, which is not the
// number by which the log knows it.
func aboutApproval(a *auth.Approval, known subjects) view.Subject {
	about := known.name(a.Subject)
	kind, id, _ := strings.Cut(a.Subject, " ")
	if kind != "station" && kind != "protocol" {
		return about
	}
	var at struct {
		Constituency string `json:"constituency"`
		Station      string `json:"station"`
	}
	if strictjson.Unmarshal([]byte(a.Parameters), &at) != nil || at.Station == "" {
		return about
	}
	about.Text = messages.StationAdminTitleIn(at.Constituency, at.Station)
	if kind == "station" {
		about.Href = stationsPath(a.ElectionID) + "/" + id
	}
	return about
}

// offerDecision adds what this administrator can do about an act.
func (p *Pages) offerDecision(model *view.ApprovalPage, a *auth.Approval, self auth.User) {
	own := a.ProposerID == self.ID
	if a.State == auth.ApprovalGranted && own {
		model.SendAgain = "/admin/elections/" + decimal(a.ElectionID) + "/keys?approval=" + decimal(a.ID)
	}
	if !a.Open() {
		return
	}
	model.Machine = a.ID
	switch {
	case own && a.Act.OfOfficial():
		model.Effect, model.Refuse = messages.ApprovalsLateOwnEffect(), true
	case a.Act.OfOfficial():
		model.Effect, model.Approve, model.Refuse = messages.ApprovalsLateEffect(), messages.ApprovalsApprove(), true
	case own && p.Now().Before(a.UnopposedAt()):
		at := view.NewExactMoment(a.UnopposedAt(), p.zone())
		model.Effect, model.Withdraw = messages.ApprovalsWithdrawEffect(), true
		model.AloneFrom = messages.ApprovalsAloneFrom(messages.UnitMomentInZone(at.Text, at.Zone))
	case own:
		model.Effect, model.Approve, model.Withdraw = messages.ApprovalsAloneEffect(), messages.ApprovalsApproveAlone(), true
	case a.Act.SentAgain():
		model.Effect, model.Approve, model.Refuse = messages.ApprovalsGrantEffect(), messages.ApprovalsApprove(), true
	default:
		model.Effect, model.Approve, model.Refuse = messages.ApprovalsApproveEffect(), messages.ApprovalsApprove(), true
	}
}

func (p *Pages) approvalDetails(a *auth.Approval, known subjects) []view.Detail {
	var list []view.Detail
	add := func(name, value messages.Message) { list = append(list, view.Detail{Name: name, Value: value}) }
	moment := func(name messages.Message, at time.Time) {
		if !at.IsZero() {
			m := view.NewExactMoment(at, p.zone())
			add(name, messages.UnitMomentInZone(m.Text, m.Zone))
		}
	}
	if own := subjectKey("election", a.ElectionID); a.ElectionID != 0 && own != a.Subject {
		if e := known.name(own); !e.Text.IsZero() {
			add(messages.BatchesElection(), e.Text)
		}
	}
	add(messages.ApprovalsReason(), orElse(a.Reason, messages.ApprovalsNoReason()))
	add(messages.ApprovalsProposedBy(), messages.Verbatim(a.Proposer))
	moment(messages.ApprovalsProposedAt(), a.ProposedAt)
	if a.State == auth.ApprovalWaiting {
		moment(messages.ApprovalsUntil(), a.Until)
	}
	if a.State == auth.ApprovalGranted {
		moment(messages.ApprovalsSendUntil(), a.Until)
	}
	if !a.DecidedAt.IsZero() {
		add(messages.ApprovalsDecidedBy(), messages.Verbatim(a.Decider))
		moment(messages.ApprovalsDecidedAt(), a.DecidedAt)
	}
	if a.DecisionReason != "" {
		add(messages.ApprovalsDecisionReason(), messages.Verbatim(a.DecisionReason))
	}
	return list
}

func orElse(text string, without messages.Message) messages.Message {
	if text == "" {
		return without
	}
	return messages.Verbatim(text)
}

// actInWords returns an act as people read it.
func actInWords(act approval.Act) messages.Message {
	switch act {
	case approval.ResetUser:
		return messages.ApprovalsActUserReset()
	case approval.RemoveFactor:
		return messages.ApprovalsActSecondFactorRemoved()
	case approval.DisableUser:
		return messages.ApprovalsActUserDisabled()
	case approval.DemoteUser:
		return messages.ApprovalsActUserDemoted()
	case approval.DeleteUser:
		return messages.ApprovalsActUserDeleted()
	case approval.LowerConfirmations:
		return messages.ApprovalsActConfirmationsLowered()
	case approval.ChangeSealing:
		return messages.ApprovalsActKeySealingChanged()
	case approval.RetractBatch:
		return messages.ApprovalsActBatchRetracted()
	case approval.RestoreBatch:
		return messages.ApprovalsActBatchRestored()
	case approval.AnnulStation:
		return messages.ApprovalsActStationAnnulled()
	case approval.ReopenStation:
		return messages.ApprovalsActStationReopened()
	case approval.OpenCorrection:
		return messages.ApprovalsActCorrectionOpened()
	case approval.LateBatch:
		return messages.ApprovalsActLateBatch()
	case approval.RetractProtocol:
		return messages.ApprovalsActProtocolRetracted()
	case approval.RestoreProtocol:
		return messages.ApprovalsActProtocolRestored()
	case approval.ReopenProtocol:
		return messages.ApprovalsActProtocolReopened()
	case approval.LateProtocol:
		return messages.ApprovalsActLateProtocol()
	case approval.IssueKeys:
		return messages.ApprovalsActKeysIssued()
	case approval.ReplaceKey:
		return messages.ApprovalsActKeyReplaced()
	case approval.RevokeKey:
		return messages.ApprovalsActKeyRevoked()
	case approval.WithdrawRoll:
		return messages.ApprovalsActRollWithdrawn()
	case approval.WithdrawElection:
		return messages.ApprovalsActElectionWithdrawn()
	}
	return messages.Verbatim(string(act)) // of a later version
}

// approvalMark is the state of an approval.
func approvalMark(a *auth.Approval) kit.Mark {
	switch a.State {
	case auth.ApprovalWaiting:
		return kit.Mark{Class: "counting", Text: messages.ApprovalsStateWaiting()}
	case auth.ApprovalGranted:
		return kit.Mark{Class: "processing", Text: messages.ApprovalsStateGranted()}
	case auth.ApprovalDone:
		return kit.Mark{Class: "counted", Text: messages.ApprovalsStateDone()}
	case auth.ApprovalRefused:
		return kit.Mark{Class: "failed", Text: messages.ApprovalsStateRefused()}
	case auth.ApprovalWithdrawn:
		return kit.Mark{Class: "disabled", Text: messages.ApprovalsStateWithdrawn()}
	case auth.ApprovalExpired:
		return kit.Mark{Class: "disabled", Text: messages.ApprovalsStateExpired()}
	}
	return kit.Mark{}
}

// approvalHint says how an act was done without a second administrator; none if one approved it.
func approvalHint(a *auth.Approval) messages.Message {
	switch {
	case a.ByOperator():
		return messages.ApprovalsByOperator()
	case a.Alone == auth.AloneByOperator:
		return messages.ApprovalsAloneOperator()
	case a.Alone == auth.AloneUnopposed:
		return messages.ApprovalsAloneUnopposed()
	}
	return messages.Message{}
}

// approvalNotice returns the notice after a decision, if the approval is still in that state.
func approvalNotice(done string, a *auth.Approval) messages.Message {
	state := a.State
	switch {
	case done == string(auth.ApprovalRefused) && state == auth.ApprovalRefused && a.Act.OfOfficial():
		return messages.ApprovalsNoticeRefusedLate()
	case done == "proposed" && state == auth.ApprovalWaiting:
		return messages.ApprovalsNoticeProposed()
	case done == string(auth.ApprovalDone) && state == auth.ApprovalDone:
		return messages.ApprovalsNoticeApproved()
	case done == string(auth.ApprovalGranted) && state == auth.ApprovalGranted:
		return messages.ApprovalsNoticeGranted()
	case done == string(auth.ApprovalRefused) && state == auth.ApprovalRefused:
		return messages.ApprovalsNoticeRefused()
	case done == string(auth.ApprovalWithdrawn) && state == auth.ApprovalWithdrawn:
		return messages.ApprovalsNoticeWithdrawn()
	}
	return messages.Message{}
}
