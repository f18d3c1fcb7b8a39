package pages

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// sentForm is what a form of the certification page sent, so that it comes back with its problems.
type sentForm struct {
	form     func(name string) string // nil where nothing was sent
	problems kit.Problems
}

func (t sentForm) value(name string) string {
	if t.form == nil {
		return ""
	}
	return t.form(name)
}

// AdminCertification shows the open points of an election and the next step to its certification; to an observer without
// forms.
func (p *Pages) AdminCertification(c *gin.Context) {
	election, err := p.election(c)
	if err == nil {
		err = p.mayObserve(c, election.ID, elections.ErrUnknownElection)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.certification(c, http.StatusOK, election, sentForm{})
}

// AdminCertify confirms the figures that the page showed.
func (p *Pages) AdminCertify(c *gin.Context) {
	p.certificationAct(c, "confirmed", func(e *elections.Election) error {
		shown := formValue(c, "figures")
		if shown == "" { // a browser confirms the figures that it showed, never others
			return results.ErrFiguresChanged
		}
		if err := p.reauthenticated(c, certifyPurpose(e.ID, shown)); err != nil {
			return err
		}
		_, err := p.Results.Certify(c.Request.Context(), principal.Actor(c), e.ID, shown)
		return err
	})
}

// AdminPointsLift records the reasons for open points that the form has.
func (p *Pages) AdminPointsLift(c *gin.Context) {
	p.certificationAct(c, "reasons", func(e *elections.Election) error {
		shown := formValue(c, "figures")
		if shown == "" {
			return results.ErrFiguresChanged
		}
		var reasons, empty []results.Reason
		for i := 1; formValue(c, "point_"+strconv.Itoa(i)) != ""; i++ {
			r := results.Reason{Point: formValue(c, "point_"+strconv.Itoa(i))}
			if r.Text = formValue(c, reasonField+r.Point); r.Text == "" {
				empty = append(empty, r)
			} else {
				reasons = append(reasons, r)
			}
		}
		if len(reasons) == 0 { // some may wait; none at all is a mistake
			reasons = empty
		}
		_, err := p.Results.Lift(c.Request.Context(), principal.Actor(c), e.ID, shown, reasons...)
		return err
	})
}

// AdminLotRecord records the lot that settles a tie.
func (p *Pages) AdminLotRecord(c *gin.Context) {
	p.tieAct(c, "lot", func(e *elections.Election) error {
		d := results.LotDraft{
			Place: formValue(c, "place"), Witnesses: formValue(c, "witnesses"), Note: formValue(c, "note"), Seeded: formValue(c, "from_seed") == "true",
		}
		d.ConstituencyID, _ = strconv.ParseInt(formValue(c, "constituency_id"), 10, 64)
		for i := 1; !d.Seeded && formValue(c, "drawn_"+strconv.Itoa(i)) != ""; i++ {
			id, _ := strconv.ParseInt(formValue(c, "drawn_"+strconv.Itoa(i)), 10, 64)
			d.Participants = append(d.Participants, id)
		}
		_, err := p.Results.RecordLot(c.Request.Context(), principal.Actor(c), e.ID, d)
		return err
	})
}

// AdminSeedCommit records the hash of a person's phrase, or the name of a public value.
func (p *Pages) AdminSeedCommit(c *gin.Context) {
	p.tieAct(c, "seed", func(e *elections.Election) error {
		d := results.LotValueDraft{Name: formValue(c, "name"), Commitment: formValue(c, "commitment")}
		if public, sent := c.GetPostForm("public_value"); sent {
			d = results.LotValueDraft{Name: public, Public: true}
		}
		return p.Results.CommitLotValue(c.Request.Context(), principal.Actor(c), e.ID, d)
	})
}

// AdminSeedReveal records a phrase or a public value that is known now.
func (p *Pages) AdminSeedReveal(c *gin.Context) {
	p.tieAct(c, "seed-revealed", func(e *elections.Election) error {
		return p.Results.RevealLotValue(c.Request.Context(), principal.Actor(c), e.ID, formValue(c, "name"), formValue(c, "value"))
	})
}

// AdminSecondRound creates the second round.
func (p *Pages) AdminSecondRound(c *gin.Context) {
	var created *elections.Election
	p.certificationAct(c, "", func(e *elections.Election) error {
		var checks problem.Checks
		typed := func(name string) string { return formValue(c, name) }
		starts := readTyped(typed, "starts_at").read(&checks, "starts_at", e.Location(), time.Time{})
		ends := readTyped(typed, "ends_at").read(&checks, "ends_at", e.Location(), time.Time{})
		err := checks.Err()
		if err == nil {
			period := elections.Period{StartsAt: starts, EndsAt: ends, OpenNow: formValue(c, elections.OpenNow) != ""}
			created, err = p.Results.CreateSecondRound(c.Request.Context(), principal.Actor(c), e.ID, period)
		}
		return err
	})
	if created != nil {
		respond.SeeOther(c, "/admin/elections/"+decimal(created.ID))
	}
}

// certificationAct does what a form asks for; where that is refused the page comes back saying why. Where
// it is done and done is not empty, the browser goes back to the page.
func (p *Pages) certificationAct(c *gin.Context, done string, act func(*elections.Election) error) {
	p.actOnFigures(c, certificationEntry, p.certification, done, act)
}

// tieAct is certificationAct for the forms of the page of ties.
func (p *Pages) tieAct(c *gin.Context, done string, act func(*elections.Election) error) {
	p.actOnFigures(c, tiesEntry, p.ties, done, act)
}

func (p *Pages) actOnFigures(
	c *gin.Context, at menuEntry, show func(*gin.Context, int, *elections.Election, sentForm), done string, act func(*elections.Election) error,
) {
	election, err := p.election(c)
	if err == nil {
		err = act(election)
	}
	if err == nil {
		if done != "" {
			respond.SeeOther(c, adminPath(election.ID, string(at))+"?done="+done)
		}
		return
	}
	problems, status, ok := formProblems(err, problem.TooMany, problem.Busy)
	if !ok || election == nil {
		respond.Error(c, err)
		return
	}
	show(c, status, election, sentForm{form: func(name string) string { return formValue(c, name) }, problems: problems})
}

func certificationPath(electionID int64) string {
	return "/admin/elections/" + decimal(electionID) + "/certification"
}

// certificationNotice returns the notice after an act, no sentence without one.
func certificationNotice(done string) messages.Message {
	switch done {
	case "confirmed":
		return messages.CertificationDoneConfirmed()
	case "reasons":
		return messages.CertificationDoneReasons()
	case "lot":
		return messages.CertificationDoneLot()
	case "seed":
		return messages.CertificationDoneSeed()
	case "seed-revealed":
		return messages.CertificationDoneSeedRevealed()
	default:
		return messages.Message{}
	}
}

func (p *Pages) certification(c *gin.Context, status int, election *elections.Election, t sentForm) {
	model := view.CertificationPage{
		Page:    p.inElection(c, election, certificationEntry, messages.CertificationHeading()),
		Address: certificationPath(election.ID), Problems: t.problems, Asks: certification(election),
	}
	if !t.problems.Any() {
		model.Notice = certificationNotice(c.Query("done"))
	}
	public, err := p.Results.Public(c.Request.Context(), election.ID)
	if err == nil {
		live := p.live(c.Request.Context(), public)
		live.Certified, live.Lots = nil, nil // they have places of their own on this page
		model.Figures = live
		err = p.fillCertification(c, &model, election, t)
	}
	if observes(c) {
		readOnly(&model, election)
	}
	if model.Certified != nil && model.Certified.Altered && model.Page.Menu != nil {
		model.Page.Menu.State = kit.Mark{Class: "failed", Text: messages.ElectionStateAltered()}
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, status, view.Certification(model))
}

func (p *Pages) fillCertification(c *gin.Context, model *view.CertificationPage, election *elections.Election, t sentForm) error {
	state := election.StateAt(p.Now())
	if state == elections.Scheduled || state == elections.Open {
		model.Obstacles = []messages.Message{messages.ObstaclesVotingNotEnded()}
		return nil
	}
	final, err := p.Results.Final(c.Request.Context(), election.ID)
	if err != nil {
		return err
	}
	r := final.Results
	if state == elections.Correcting { // everybody still sees the certified figures
		model.Figures = resultsLive(r)
	}
	if state == elections.Certified || state == elections.Correcting {
		model.Correct = "/admin" + correctionsPath(election.ID)
	}
	model.Hash = final.Hash
	model.Obstacles, model.ToLift, model.Lifted = openPointRows(final, t)
	model.Lots = lotRows(r)
	model.Confirmations = confirmationRows(final)
	me, _ := principal.Of(c)
	model.AccountChanges = accountChanges(final, me)
	model.Approvals = approvalLines(final.Figures.Approvals)
	model.Certified = p.certifiedBox(final, !observes(c))
	model.SecondRound = secondRoundBox(final, t)
	if state == elections.Certified {
		model.Lifted = nil // the record of the certification has them
		model.Next = nextAct(model)
		return nil
	}
	if at := slices.IndexFunc(r.Constituencies, func(k results.Constituency) bool { return k.Tie != nil }); at >= 0 {
		model.Tie = tiesPath(election.ID) + "#tie-" + decimal(r.Constituencies[at].ID)
	}
	model.Waits = p.confirmationWaits(c, final, me)
	model.MayConfirm = model.Waits.IsZero() && len(final.Obstacles) == 0
	if model.MayConfirm {
		if len(final.Certification.Confirmations) == 0 && election.Takes(elections.Batches) && election.Confirmations > 1 {
			model.First = messages.CertificationFirstConfirmation()
		}
		return p.fillProof(c, model, me, certifyPurpose(election.ID, final.Hash), t)
	}
	model.Next = nextAct(model)
	return nil
}

// confirmationWaits says why the person cannot confirm the figures now; the zero message if they can.
func (p *Pages) confirmationWaits(c *gin.Context, final *results.Final, me auth.User) (waits messages.Message) {
	if f, ok := errors.AsType[*problem.Error](elections.MayConfirm(final.AccountChanges, principal.Actor(c), p.Now())); ok {
		waits = f.Message
	}
	for _, k := range final.Certification.Standing(final.Hash) {
		if k.AdministratorID == me.ID {
			waits = messages.CertificationWaits()
		}
	}
	return waits
}

// fillProof asks again who the person is that confirms.
func (p *Pages) fillProof(c *gin.Context, model *view.CertificationPage, me auth.User, purpose string, t sentForm) (err error) {
	model.Proof = proofFields(me, t.problems)
	model.Passkey, err = p.proofPasskey(c.Request.Context(), me, purpose)
	if model.Passkey != nil {
		model.Page.Scripts = append(model.Page.Scripts, passkeyScripts()...)
	}
	model.Next = nextAct(model)
	return err
}

// certifyPurpose names the confirmation of an election's figures: a passkey confirms what the page showed.
func certifyPurpose(electionID int64, figures string) string {
	return "certify:" + decimal(electionID) + ":" + figures
}

// nextAct leads past the figures to the act that waits for the administrator.
func nextAct(model *view.CertificationPage) kit.Crumb {
	switch {
	case model.Tie != "":
		return kit.Crumb{Text: messages.CertificationNextLot(), Href: model.Tie}
	case len(model.ToLift) > 0:
		return kit.Crumb{Text: messages.CertificationNextReasons(), Href: "#reasons"}
	case model.MayConfirm:
		return kit.Crumb{Text: messages.CertificationNextConfirm(), Href: "#confirmation"}
	case model.SecondRound != nil && model.SecondRound.Href == "":
		return kit.Crumb{Text: messages.CertificationNextSecondRound(), Href: "#second-round"}
	default:
		return kit.Crumb{}
	}
}

func certifiersInWords(n int) messages.Message {
	if n == 1 {
		return messages.CertificationOneCertifies()
	}
	return messages.CertificationTwoCertify()
}

func confirmationRows(final *results.Final) []view.ConfirmationRow {
	var rows []view.ConfirmationRow
	for _, k := range final.Certification.Confirmations {
		row := view.ConfirmationRow{
			Who: k.Administrator, When: view.NewExactMoment(k.At, final.Results.Election.Location()), Hash: k.Figures[:12],
			Mark: kit.Mark{Class: "counted", Text: messages.CertificationStateValid()},
		}
		if k.VoidedAt != nil || k.Figures != final.Hash {
			row.Mark = kit.Mark{Class: "failed", Text: messages.CertificationStateVoid()}
		}
		rows = append(rows, row)
	}
	return rows
}

func secondRoundBox(final *results.Final, t sentForm) *view.SecondRoundBox {
	r := final.Results
	if r.State != elections.Certified || len(r.SecondRound) != 2 {
		return nil
	}
	names := []string{participantIn(r, r.SecondRound[0]).Name, participantIn(r, r.SecondRound[1]).Name}
	box := &view.SecondRoundBox{Between: messages.CertificationSecondRoundBetween(nobodyOverHalf(r), namesInWords(names))}
	if final.SecondRound != 0 {
		box.Href = "/admin/elections/" + decimal(final.SecondRound)
		return box
	}
	zone := r.Election.Location()
	const fortnight = 14
	starts := typedOf(r.Election.StartsAt.In(zone).AddDate(0, 0, fortnight), zone)
	ends := typedOf(r.Election.EndsAt.In(zone).AddDate(0, 0, fortnight), zone)
	if t.value("starts_at") != "" || t.value("ends_at") != "" {
		starts, ends = readTyped(t.value, "starts_at"), readTyped(t.value, "ends_at")
	}
	box.OpenNow = openNowBox(t.problems, t.value(elections.OpenNow) != "")
	hint := messages.CertificationInZone(view.ZoneName(zone))
	box.Starts = starts.field(kit.Field{Name: "starts_at", Label: messages.CertificationStartsAt(), Hint: hint, Problem: t.problems.Of("starts_at")}, zone)
	box.Ends = ends.field(kit.Field{Name: "ends_at", Label: messages.CertificationEndsAt(), Hint: hint, Problem: t.problems.Of("ends_at")}, zone)
	return box
}
