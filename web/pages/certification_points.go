package pages

import (
	"urna/auth"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
	"urna/web/view/kit"
)

// reasonField begins the names of the fields for reasons, as results names their problems.
const reasonField = "reasons."

// openPointRows returns the sentences of the points that no reason lifts, the fields for reasons, and the reasons.
func openPointRows(final *results.Final, t sentForm) (fixed []messages.Message, toLift []view.PointField, lifted []view.LiftedPoint) {
	for i := range final.OpenPoints {
		p := &final.OpenPoints[i]
		switch {
		case !p.Open():
		case p.Liftable:
			name := reasonField + p.Key()
			toLift = append(toLift, view.PointField{Key: p.Key(), Reason: kit.Field{
				Name: name, Label: p.Message, Value: t.value(name), Problem: t.problems.Of(name),
			}})
		default:
			fixed = append(fixed, p.Message)
		}
	}
	return fixed, toLift, liftedRows(final.OpenPoints)
}

// liftedRows returns the open points that a reason lifts.
func liftedRows(points []results.OpenPoint) (rows []view.LiftedPoint) {
	for i := range points {
		if l := points[i].Lifted; l != nil {
			rows = append(rows, view.LiftedPoint{Key: points[i].Key(), What: points[i].Message, Reason: l.Reason, By: l.By()})
		}
	}
	return rows
}

// accountChanges returns sentences about changes by others to the accounts that confirmed and to that of the reader.
func accountChanges(final *results.Final, me auth.User) (says []messages.Message) {
	names := map[int64]string{me.ID: me.Actor("").Name}
	for _, k := range final.Certification.Confirmations {
		names[k.AdministratorID] = k.Administrator
	}
	for _, change := range final.AccountChanges {
		if name := names[change.UserID]; name != "" {
			says = append(says, change.Sentence(name))
		}
	}
	return says
}

// approvalLines returns the decided approvals of an election's figures, with their numbers.
func approvalLines(figures []results.ApprovalFigure) (lines []view.ApprovalLine) {
	for i := range figures {
		a := &figures[i]
		line := view.ApprovalLine{ID: a.ID, Act: actInWords(approval.Act(a.Act)), About: approvalAbout(a)}
		if a.Outcome != string(approval.OutcomeByOperator) {
			reason := messages.ApprovalsNoReason()
			if a.Reason != "" {
				reason = messages.CertificationApprovalQuoted(a.Reason)
			}
			line.Says = append(line.Says, messages.CertificationApprovalBy(a.ProposedBy, messages.Minute(a.ProposedAt), reason))
		}
		line.Says = append(line.Says, outcomeInWords(a))
		if a.DecisionReason != "" {
			line.Says = append(line.Says, messages.CertificationApprovalRemark(a.DecisionReason))
		}
		if !a.Done {
			line.Says = append(line.Says, messages.CertificationApprovalNotDone())
		}
		lines = append(lines, line)
	}
	return lines
}

// approvalAbout says what an act is about.
func approvalAbout(a *results.ApprovalFigure) messages.Message {
	d := a.Details
	switch {
	case d["confirmations_before"] != "":
		return messages.CertificationApprovalConfirmations(d["confirmations_before"], d["confirmations_after"])
	case d["lines"] != "":
		return messages.CertificationApprovalBatch(a.Subject, d["constituency"], d["lines"])
	case d["roll"] != "":
		return messages.CertificationApprovalRoll(d["roll"], d["keys"])
	case d["seal_keys_to_before"] != "":
		return messages.CertificationApprovalSealing(d["seal_keys_to_before"], d["seal_keys_to_after"])
	case d["voters"] != "" && d["sealed_to"] != "":
		return messages.CertificationApprovalVotersSealed(d["voters"], d["sealed_to"])
	case d["voters"] != "":
		return messages.CertificationApprovalVoters(d["voters"])
	}
	for _, name := range []string{"name", "constituency"} {
		if d[name] != "" {
			return messages.Verbatim(d[name])
		}
	}
	return messages.Verbatim(a.Subject)
}

// outcomeInWords says who decided an approval, and how.
func outcomeInWords(a *results.ApprovalFigure) messages.Message {
	says := map[approval.Outcome]func(by, at string) messages.Message{
		approval.OutcomeApproved: messages.CertificationApprovalApproved, approval.OutcomeUnopposed: messages.CertificationApprovalUnopposed,
		approval.OutcomeOnMachine: messages.CertificationApprovalOnMachine, approval.OutcomeByOperator: messages.CertificationApprovalByOperator,
		approval.OutcomeRefused: messages.CertificationApprovalRefused, approval.OutcomeWithdrawn: messages.CertificationApprovalWithdrawn,
	}[approval.Outcome(a.Outcome)]
	return says(a.DecidedBy, messages.Minute(a.DecidedAt))
}

// certifiedBox is the record of a certification, nil before it; whole offers what administrators only may
// have.
func (p *Pages) certifiedBox(final *results.Final, whole bool) *view.CertifiedBox {
	record := final.Certification.Record
	if record == nil {
		return nil
	}
	e := final.Results.Election
	var names []string
	for _, k := range final.Certification.Standing(record.Figures) {
		names = append(names, audit.WithoutAddress(k.Administrator))
	}
	box := &view.CertifiedBox{
		Altered: final.Results.Altered,
		When:    view.NewMoment(record.At, e.Location()), By: namesInWords(names), Hash: record.Figures, AuditHead: record.AuditHead,
		Fingerprint: p.Bundles.Fingerprint(), Points: liftedRows(final.OpenPoints), Approvals: approvalLines(final.Figures.Approvals),
	}
	if box.Altered { // nothing is handed out as certified
		return box
	}
	address := "/elections/" + decimal(e.ID)
	if whole {
		box.Links = append(box.Links, view.Link{
			Href: "/admin" + address + "/bundle.zip", Text: messages.CertificationFullBundle(), Hint: messages.CertificationFullBundleHint(),
		})
	}
	box.Links = append(box.Links, view.Link{Href: address + "/bundle.zip", Text: messages.CertificationBundle(), Hint: messages.CertificationBundleHint()})
	box.Links = append(box.Links, downloads(e.ID, "")...)
	return box
}
