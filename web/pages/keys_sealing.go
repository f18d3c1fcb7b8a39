package pages

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/sealed"
	"urna/internal/text/strictjson"
	"urna/web/deadline"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

const (
	sealField    = "seal_to"
	sealingField = "seal_keys_to"
	// maxRecipientsText is the longest text of recipients, in bytes: the ten that a file can have, of the long kind.
	maxRecipientsText = 32 << 10
)

// errKeysAreSealed is returned for the clear text of keys that are sealed.
var errKeysAreSealed = problem.New(problem.Conflict, "keys-sealed", messages.RefusalKeysSealed())

// recipientsIn reads recipients as a person typed them in a field; none is no recipients.
func recipientsIn(field, typed string) (sealed.Recipients, error) {
	to, mistake := sealed.Parse(typed)
	var checks problem.Checks
	if !mistake.IsZero() {
		checks.Add(field, mistake)
	}
	return to, checks.Err()
}

// withoutSecret returns what was typed, "" if it has a secret key, which no page shows.
func withoutSecret(typed string) string {
	if sealed.Secret(typed) {
		return ""
	}
	return typed
}

// addSealing adds to whom keys are sealed: the election's recipients, or fields that ask for them, which begin with those of the
// newest roll.
func addSealing(model *view.KeysPage, e *elections.Election, rolls []online.Roll, in keysInput) {
	refused := model.Problems.Any()
	model.Sealing = view.KeySealing{
		Action: keysPath(e.ID) + "/sealing", Fixed: shortRecipients(e.SealKeysTo),
		To: kit.Field{
			Name: sealingField, Label: messages.KeysSealingRecipients(), Hint: messages.KeysSealingHint(), Optional: true, Complete: "off",
			Value: strings.Join(e.SealKeysTo, " "), Problem: model.Problems.Of(sealingField),
		},
	}
	if len(e.SealKeysTo) > 0 {
		model.Sealing.Reason = kit.Field{
			Name: "reason", ID: "sealing-reason", Label: messages.ApprovalsNeedsReason(), Hint: messages.KeysSealingReasonHint(), Optional: true,
			Complete: "off", Value: in.Reason,
		}
		if in.Sealing {
			model.Sealing.Reason.Problem = model.Problems.Of("reason")
		}
	}
	if in.Sealing && refused {
		model.Sealing.To.Value = withoutSecret(in.SealTo)
	}
	if len(e.SealKeysTo) > 0 {
		return
	}
	field := func(id string, of bool) kit.Field {
		f := kit.Field{
			Name: sealField, ID: id, Label: messages.KeysSealTo(), Hint: messages.KeysSealToHint(), Optional: true, Complete: "off",
		}
		if len(rolls) > 0 {
			f.Value = strings.Join(rolls[0].SealedTo, " ")
		}
		if of && refused && !in.Sealing {
			f.Value, f.Problem = withoutSecret(in.SealTo), model.Problems.Of(sealField)
		}
		return f
	}
	model.RollSeal, model.KeySeal = field("roll-seal", in.Roll), field("key-seal", !in.Roll)
}

// prefillSealing puts the recipients of an approved act into the form with which the same is sent again.
func prefillSealing(model *view.KeysPage, a *auth.Approval) {
	var with struct {
		SealedTo []string `json:"sealed_to"`
	}
	field := &model.RollSeal
	switch a.Act {
	case approval.IssueKeys:
	case approval.ReplaceKey:
		field = &model.KeySeal
	default:
		return
	}
	if err := strictjson.Unmarshal([]byte(a.Parameters), &with); err == nil && field.Problem.IsZero() {
		field.Value = strings.Join(with.SealedTo, " ")
	}
}

// shortRecipients returns recipients as they are shown.
func shortRecipients(names []string) []string {
	shown := make([]string, 0, len(names))
	for _, name := range names {
		shown = append(shown, sealed.Short(name))
	}
	return shown
}

// AdminKeySealing changes to whom all keys of an election are sealed.
func (p *Pages) AdminKeySealing(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	in := keysInput{SealTo: formValue(c, sealingField), Sealing: true}
	in.Reason = formValue(c, "reason")
	to, err := recipientsIn(sealingField, in.SealTo)
	if err == nil {
		d := e.Draft()
		d.SealKeysTo, d.Reason = to.Names(), in.Reason
		if !slices.Equal(d.SealKeysTo, e.SealKeysTo) {
			_, err = p.Elections.ChangeSince(c.Request.Context(), principal.Actor(c), e.ID, e.Version(), d)
		}
	}
	if err != nil {
		p.refuseKeys(c, e, in, err)
		return
	}
	respond.SeeOther(c, keysPath(e.ID)+"?done=sealing")
}

// sealedIssue returns the changing part of the page of a sealed issue: a file, and how letters are made of it elsewhere.
func sealedIssue(issue *keyIssue, roll online.Roll, base string) view.KeyIssue {
	model := view.KeyIssue{
		Issued: messages.KeysIssuedSealed(roll.Keys), Sealed: base + "/keys.csv.age", SealedTo: shortRecipients(roll.SealedTo), Forget: base + "/drop",
	}
	if !issue.named() {
		model.Remark = messages.KeysNoHeader(roll.ID)
	}
	return model
}

// openKeys returns the keys of an issue that has ended well and is not sealed.
func (i *keyIssue) openKeys() (*online.Issued, error) {
	issued, err := i.keys()
	if err == nil && issued.Roll.SealedTo != nil {
		return nil, errKeysAreSealed
	}
	return issued, err
}

// AdminKeyIssueSealed exports the sealed table of an issue, as often as asked while it is here. The audit log records it.
func (p *Pages) AdminKeyIssueSealed(c *gin.Context) {
	e, issue, err := p.issue(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	issued, err := issue.keys()
	if err == nil && issued.Roll.SealedTo == nil {
		err = errUnknownIssue
	}
	if err == nil && !isHead(c) { // which discloses nothing
		err = issue.recordExport("sealed-table", func() error {
			return p.Votes.RecordDisclosure(c.Request.Context(), principal.Actor(c), issued.Roll, "sealed-table", issued.Roll.Keys)
		})
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	c.Header("Content-Type", sealed.MediaType)
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="urna-election-%d-roll-%d-keys.csv%s"`, e.ID, issued.Roll.ID, sealed.Extension))
	c.Status(http.StatusOK)
	if isHead(c) {
		return
	}
	_, err = io.Copy(deadline.NewWriter(c.Writer), issued.Sealed())
	p.sent(c, issued, err)
}

// showSealed shows a sealed key, this once.
func (p *Pages) showSealed(c *gin.Context, e *elections.Election, r online.Replacement) {
	model := view.KeySealedPage{
		Page: p.inElection(c, e, keysEntry, messages.KeysSealedPageHeading()), Crumbs: keyCrumbs(e), Election: e.Title,
		File: r.Sealed, To: shortRecipients(r.SealedTo),
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.KeySealedPageOf(model))
}
