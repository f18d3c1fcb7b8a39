package pages

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/sealed"
	"urna/web/deadline"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminKeys shows an election's voter keys: their number, their rolls, and the forms that issue and revoke.
func (p *Pages) AdminKeys(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.showKeys(c, http.StatusOK, election, keysInput{Approved: online.Approved{ID: queryID(c, "approval")}}, nil)
}

// keysInput is what a form of the page sent.
type keysInput struct {
	online.Approved

	PersonalID string
	Letter     string // name and address, one line each
	SealTo     string // recipients as they were typed
	Roll       bool   // it was the form for a roll
	Sealing    bool   // it was the form for the election's recipients
	Withdrawn  int64  // it was the form that withdraws this roll
}

// showKeys shows the page with what was typed and why it was refused.
func (p *Pages) showKeys(c *gin.Context, status int, e *elections.Election, in keysInput, refusal error) {
	ctx := c.Request.Context()
	keys, err := p.Votes.Keys(ctx, e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	rolls, err := p.Votes.Rolls(ctx, e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	few, err := p.Votes.WithFewKeys(ctx, e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	copies, err := p.Votes.LogCopies(ctx, e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	base := keysPath(e.ID)
	model := view.KeysPage{
		FewVoters: fewVoters(few), Copies: copies.Message(),
		Page:   p.inElection(c, e, keysEntry, messages.KeysPageTitle(e.Title)),
		Notice: keysNotice(c.Query("done")),
		Count:  kit.Figure{Label: messages.KeysCount(), Value: messages.UnitNumber(keys), Note: messages.KeysCountNote(), TestID: "keys-count"},
		Action: base, Sample: sampleRoll(e), Places: len(e.Constituencies) > 1, MaxSize: messages.Size(p.MaxUpload),
		Revoke: base + "/revocations", FormKey: rand.Text(), Information: informationPath(e.ID),
	}
	model.Page.Scripts = []string{"sending.js"}
	model.Problems, _, _ = formProblems(refusal)
	addRollRefusal(&model, refusal)
	model.PersonalID = kit.Field{
		Name: "personal_id", Label: messages.KeysPersonalId(), Value: in.PersonalID, Hint: messages.KeysPersonalIdHint(), Complete: "off",
		Problem: model.Problems.Of("personal_id"),
	}
	model.LetterTo = kit.Field{
		Name: "letter_to", Label: messages.KeysLetterTo(), Value: in.Letter, Hint: messages.KeysLetterToHint(), Optional: true,
		Problem: model.Problems.Of("letter_to"),
	}
	address, err := p.publicAddress(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	problem := model.Problems.Of(addressField)
	if !problem.IsZero() {
		address = formValue(c, addressField)
	}
	if !problem.IsZero() || address == "" {
		model.Address, model.Loopback = addressFields(address, problem)
	}
	open := acceptsKeys(e, e.StateAt(p.Now()))
	if !open {
		model.Closed = online.ErrTakesNoKeys.Message
	}
	if user, ok := principal.Of(c); ok {
		for _, issue := range p.issues.waiting(user.ID, e.ID) {
			model.Waiting = append(model.Waiting, kit.Crumb{Text: messages.KeysDownloadWaiting(), Href: base + "/issues/" + issue.id})
		}
	}
	model.Rolls = keyRolls(e, rolls, open)
	addSealing(&model, e, rolls, in)
	p.addApproval(c, &model, e, in)
	personal(c)
	respond.Page(c, status, view.Keys(model))
}

// keyRolls are the rows of the rolls. One can be withdrawn while keys are issued.
func keyRolls(e *elections.Election, rolls []online.Roll, open bool) (rows []view.KeyRoll) {
	for _, r := range rolls {
		row := view.KeyRoll{
			ID: r.ID, Keys: messages.Integer(r.Keys), State: rollState(r.State), Changed: view.NewExactMoment(r.ChangedAt, e.Location()),
			SealedTo: shortRecipients(r.SealedTo),
		}
		if open && r.State == online.RollIssued {
			row.Withdraw = keysPath(e.ID) + "/rolls/" + decimal(r.ID) + "/withdrawal"
		}
		rows = append(rows, row)
	}
	return rows
}

func keysPath(electionID int64) string { return "/admin/elections/" + decimal(electionID) + "/keys" }

// keyCrumbs lead from a page below to the keys of an election.
func keyCrumbs(e *elections.Election) []kit.Crumb {
	return []kit.Crumb{{Text: messages.KeysHeading(), Href: keysPath(e.ID)}}
}

// acceptsKeys reports whether keys can be issued; the service has the last word.
func acceptsKeys(e *elections.Election, state elections.State) bool {
	return e.Takes(elections.Online) && (state == elections.Scheduled || state == elections.Open)
}

func keysNotice(done string) messages.Message {
	return map[string]messages.Message{
		"dropped":   messages.KeysNoticeDeleted(),
		"revoked":   messages.KeysNoticeRevoked(),
		"withdrawn": messages.KeysNoticeWithdrawn(),
		"sealing":   messages.KeysNoticeSealing(),
	}[done]
}

func rollState(s online.RollState) kit.Mark {
	text := map[online.RollState]messages.Message{
		online.RollIssuing: messages.KeysRollIssuing(), online.RollIssued: messages.KeysRollIssued(),
		online.RollWithdrawing: messages.KeysRollWithdrawing(), online.RollWithdrawn: messages.KeysRollWithdrawn(),
	}[s]
	class := "queued"
	switch s {
	case online.RollIssued:
		class = "counted"
	case online.RollWithdrawn:
		class = "disabled"
	case online.RollIssuing, online.RollWithdrawing:
	}
	return kit.Mark{Class: class, Text: text}
}

// sampleRoll shows what a roll of the election looks like.
func sampleRoll(e *elections.Election) []string {
	if len(e.Constituencies) < 2 {
		return []string{"personal_id,name,email", "1001,Ada Byron,ada@example.org", "1002,Grace Hopper,"}
	}
	return []string{
		"personal_id,constituency,name,email", "1001," + e.Constituencies[0].Name + ",Ada Byron,ada@example.org",
		"1002," + e.Constituencies[1].Name + ",Grace Hopper,",
	}
}

// addApproval adds the reason that a second administrator reads, or the approval with which the same is sent again.
func (p *Pages) addApproval(c *gin.Context, model *view.KeysPage, e *elections.Election, in keysInput) {
	if e.StateAt(p.Now()) != elections.Open || !p.secondNeeded(c.Request.Context(), e.PublishedAt) {
		return
	}
	reason := func(id string) kit.Field {
		return kit.Field{
			Name: "reason", ID: id, Label: messages.ApprovalsNeedsReason(), Hint: messages.ApprovalsKeysNeedSecond(), Optional: true, Complete: "off",
		}
	}
	model.RollReason, model.KeyReason = reason("roll-reason"), reason("key-reason")
	for i := range model.Rolls {
		roll := &model.Rolls[i]
		roll.Reason = reason("withdraw-reason-" + decimal(roll.ID))
		if roll.Reason.Hint = messages.ApprovalsWithdrawalNeedsSecond(); in.Withdrawn == roll.ID {
			roll.Reason.Value, roll.Reason.Problem = in.Reason, model.Problems.Of("reason")
		}
	}
	switch {
	case in.Roll:
		model.RollReason.Value = in.Reason
	case in.Withdrawn == 0:
		model.KeyReason.Value = in.Reason
	}
	id := in.ID
	if id == 0 {
		return
	}
	a, err := p.Approvals.Approval(c.Request.Context(), id)
	self, _ := principal.Of(c)
	if err != nil || a.State != auth.ApprovalGranted || a.ElectionID != e.ID || a.ProposerID != self.ID {
		return
	}
	prefillSealing(model, &a)
	switch a.Act {
	case approval.IssueKeys:
		model.RollApproval, model.RollReason, model.Notice = decimal(id), kit.Field{}, messages.ApprovalsChooseRollAgain(decimal(id))
	case approval.ReplaceKey:
		model.KeyApproval, model.KeyReason, model.Notice = decimal(id), kit.Field{}, messages.ApprovalsEnterIDAgain(decimal(id))
		model.KeyAct = replaceKey
	case approval.RevokeKey:
		model.KeyApproval, model.KeyReason, model.Notice = decimal(id), kit.Field{}, messages.ApprovalsEnterIDToRevoke(decimal(id))
		model.KeyAct = revokeKey
	default:
	}
}

// addRollRefusal names the lines of a refused roll.
func addRollRefusal(model *view.KeysPage, refusal error) {
	f := asRefusal(refusal)
	if f == nil || f.Code != online.ErrMalformedRoll.Code || len(f.Fields) == 0 {
		return
	}
	model.Problems.List = nil
	for _, field := range f.Fields {
		model.Refused = append(model.Refused, refusedLine(field))
	}
	model.RefusedMore = messages.KeysRefusedAll()
	if n, ok := f.Extra["problems"].(int64); ok && n > int64(len(f.Fields)) {
		model.RefusedMore = messages.KeysRefusedFirst(int64(len(f.Fields)), n)
	}
}

// The acts of the form about a lost key.
const (
	replaceKey = "reissue"
	revokeKey  = "revoke"
)

// AdminKeyRevoke revokes a lost key, and shows a new one if the form asks for it.
func (p *Pages) AdminKeyRevoke(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	personalID := strings.TrimSpace(formValue(c, "personal_id"))
	in := keysInput{Approved: approvedInForm(c), PersonalID: personalID, SealTo: formValue(c, sealField), Letter: formValue(c, "letter_to")}
	var replaced online.Replacement
	var address string
	switch {
	case personalID == "":
		var checks problem.Checks
		checks.Add("personal_id", messages.FieldEnterPersonalId())
		err = checks.Err()
	case formValue(c, "act") == revokeKey:
		err = p.Votes.RevokeApproved(c.Request.Context(), principal.Actor(c), election.ID, personalID, approvedInForm(c))
	default:
		address, replaced, err = p.replace(c, election, in)
	}
	switch {
	case err != nil:
		p.refuseKeys(c, election, in, err)
	case replaced.Sealed != "":
		p.showSealed(c, election, replaced)
	case replaced.Key.GUID != "":
		p.showReissued(c, election, address, replaced.Key)
	default:
		respond.SeeOther(c, keysPath(election.ID)+"?done=revoked")
	}
}

// approvedInForm returns the reason or the approval that the form about a lost key sent.
func approvedInForm(c *gin.Context) online.Approved {
	approved := online.Approved{Reason: formValue(c, "reason")}
	approved.ID, _ = strconv.ParseInt(formValue(c, "approval"), 10, 64) // anything else is none
	return approved
}

// reissue gives a person another key, once for each time that the form was filled in: a browser that loads the letter
// again sends the form again, and the letter that was printed would be dead.
func (p *Pages) reissue(c *gin.Context, e *elections.Election, in keysInput, to sealed.Recipients) (online.Replacement, error) {
	form, what := formValue(c, "form_key"), decimal(e.ID)+" "+in.PersonalID
	if !p.reissues.spend(form, what) {
		return online.Replacement{}, errShownOnce
	}
	voter, err := addressee(in.PersonalID, in.Letter)
	if err != nil {
		p.reissues.restore(form, what)
		return online.Replacement{}, err
	}
	replaced, err := p.Votes.ReissueTo(c.Request.Context(), principal.Actor(c), e.ID, voter, in.Approved, to)
	if err != nil {
		p.reissues.restore(form, what)
	}
	return replaced, err
}

// replace gives a person another key, sealed if the form or the election wants it. An open one needs the address of its letter.
func (p *Pages) replace(c *gin.Context, e *elections.Election, in keysInput) (address string, replaced online.Replacement, err error) {
	to, err := recipientsIn(sealField, in.SealTo)
	if err == nil && to.IsZero() && len(e.SealKeysTo) == 0 {
		address, err = p.addressOf(c)
	}
	if err == nil {
		replaced, err = p.reissue(c, e, in, to)
	}
	return address, replaced, err
}

// showReissued shows a key this once, as the letter to print.
func (p *Pages) showReissued(c *gin.Context, e *elections.Election, address string, key online.Key) {
	told, err := p.Elections.VoterInformation(c.Request.Context(), e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	l, err := p.lettersOf(e, told, address)
	if err != nil {
		respond.Error(c, err)
		return
	}
	l.Back = keysPath(e.ID)
	personal(c)
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Status(http.StatusOK)
	one := func(yield func(online.Key, error) bool) { yield(key, nil) }
	if err := l.Write(c.Request.Context(), c.Writer, one); err != nil {
		deadline.Abort(c.Writer)
	}
}

// AdminKeyRollWithdraw revokes the unused keys of a roll.
func (p *Pages) AdminKeyRollWithdraw(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	id, _ := pathID(c, "roll")
	rolls, err := p.Votes.Rolls(c.Request.Context(), election.ID)
	if err == nil {
		err = online.ErrUnknownRoll
	}
	for _, r := range rolls {
		if r.ID == id {
			err = p.Votes.Withdraw(c.Request.Context(), principal.Actor(c), id, formValue(c, "reason"))
		}
	}
	if err != nil {
		p.refuseKeys(c, election, keysInput{Approved: approvedInForm(c), Withdrawn: id}, err)
		return
	}
	respond.SeeOther(c, keysPath(election.ID)+"?done=withdrawn")
}

// refuseKeys shows the page again with what was refused.
func (p *Pages) refuseKeys(c *gin.Context, e *elections.Election, in keysInput, err error) {
	if f := asRefusal(err); f != nil && f.Code == online.ErrUnknownVoter.Code {
		p.showKeys(c, respond.Status(f.Kind), e, in, &problem.Error{
			Kind: problem.Invalid, Code: f.Code, Message: messages.RefusalInvalidInput(),
			Fields: []problem.Field{{Name: "personal_id", Message: f.Message}},
		})
		return
	}
	_, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.showKeys(c, status, e, in, err)
}
