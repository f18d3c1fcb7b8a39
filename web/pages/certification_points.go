package pages

import (
	"urna/auth"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
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
			toLift = append(toLift, view.PointField{Key: p.Key(), Reason: view.Field{
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
		Fingerprint: p.Bundles.Fingerprint(), Points: liftedRows(final.OpenPoints),
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
