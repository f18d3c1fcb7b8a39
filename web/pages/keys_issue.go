package pages

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/deadline"
	"urna/web/letters"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
	"urna/web/view"
	"urna/web/view/kit"
)

// lettersAtOnce is how many letters the form asks for unless told otherwise.
const lettersAtOnce = 500

// errNoRoll is returned for a form without a file.
var errNoRoll = &problem.Error{
	Kind: problem.Invalid, Code: "file-needed", Message: messages.RefusalInvalidInput(),
	Fields: []problem.Field{{Name: "file", Message: messages.FieldChooseRollFile()}},
}

// errOneRoll is returned for a form in which something comes behind the roll.
var errOneRoll = problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAFormOneRoll())

// AdminKeysIssue issues keys for a roll, which it reads as it arrives and never buffers whole. After the roll is
// checked, it redirects the browser to the page that exports the keys.
func (p *Pages) AdminKeysIssue(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	body := upload.NewBody(c.Writer, c.Request, p.MaxUpload+upload.FormOverhead)
	issue, in, err := p.beginIssue(c, body, election)
	if err == nil {
		respond.SeeOther(c, keysPath(election.ID)+"/issues/"+issue.id)
		return
	}
	body.Drain()
	if body.TooLarge() {
		err = problem.New(problem.TooLarge, "too-large", messages.RefusalTooLargeRoll(messages.Size(p.MaxUpload)))
	}
	p.refuseKeys(c, election, in, err)
}

// beginIssue begins to issue keys for the form's file, which must be its only file and its last part. It returns the
// form's values, also with an error.
func (p *Pages) beginIssue(c *gin.Context, body io.Reader, e *elections.Election) (issue *keyIssue, in keysInput, err error) {
	in.Roll = true
	user, ok := principal.Of(c)
	if !ok {
		return nil, in, errUnknownIssue // cannot happen: the route needs an administrator
	}
	form := upload.Form{Files: upload.Chosen, MaxValue: maxRecipientsText}
	form.Field = func(field upload.Field) error {
		switch {
		case field.AfterFile:
			return errOneRoll
		case field.Name == upload.FileField:
			return errNoRoll
		case field.Name == "approval":
			in.ID, _ = strconv.ParseInt(field.Value, 10, 64) // anything else is none
		case field.Name == "reason":
			in.Reason = field.Value
		case field.Name == sealField:
			in.SealTo = field.Value
		}
		return nil
	}
	form.File = func(_ string, content io.Reader) (err error) {
		to, err := recipientsIn(sealField, in.SealTo)
		if err == nil {
			issue, err = p.issues.begin(principal.Actor(c), user.ID, e.ID, in.Approved, to, online.NewRollFile(content))
		}
		return err
	}
	err = form.Read(c.GetHeader("Content-Type"), body)
	if errors.Is(err, upload.ErrSecondFile) {
		err = errOneRoll
	}
	return issue, in, formRefusal(err, errNoRoll)
}

// issue returns the election and the issue that the path names, if the caller began it.
func (p *Pages) issue(c *gin.Context) (*elections.Election, *keyIssue, error) {
	election, err := p.election(c)
	if err != nil {
		return nil, nil, err
	}
	user, ok := principal.Of(c)
	if !ok {
		return nil, nil, errUnknownIssue
	}
	issue, err := p.issues.find(c.Param("issue"), user.ID, election.ID)
	return election, issue, err
}

// AdminKeyIssue shows how far an issue is, and then exports its keys to the person who began it.
func (p *Pages) AdminKeyIssue(c *gin.Context) {
	election, issue, err := p.issue(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.showIssue(c, http.StatusOK, election, issue, nil)
}

func (p *Pages) showIssue(c *gin.Context, status int, e *elections.Election, issue *keyIssue, refusal error) {
	model := view.KeyIssuePage{
		Page: p.inElection(c, e, keysEntry, messages.KeysIssuePageHeading()), Crumbs: keyCrumbs(e), Election: e.Title,
		Issue: p.keyIssue(c, issue, refusal),
	}
	if model.Issue.PollURL != "" {
		model.Page.Scripts, model.Page.Refresh = liveScripts(), 2
	}
	personal(c)
	respond.Page(c, status, view.KeyIssuePageOf(model))
}

// AdminKeyIssueProgress is the fragment that the page asks for once a second.
func (p *Pages) AdminKeyIssueProgress(c *gin.Context) {
	_, issue, err := p.issue(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.KeyIssueFragment(p.keyIssue(c, issue, nil)))
}

// keyIssue returns the changing part of an issue's page.
func (p *Pages) keyIssue(c *gin.Context, issue *keyIssue, refusal error) view.KeyIssue {
	base := keysPath(issue.electionID) + "/issues/" + issue.id
	progress, issued, err := issue.state()
	switch {
	case err != nil:
		message := messages.KeysStoringFailed()
		if f := asRefusal(err); f != nil {
			message = f.Message
		}
		return view.KeyIssue{Failure: message}
	case issued == nil:
		return view.KeyIssue{
			PollURL: base + "/progress", Done: decimal(progress.Issued), Total: decimal(max(1, progress.Read)),
			Status: messages.KeysStatus(progress.Issued, progress.Read),
		}
	}
	if issued.Roll.SealedTo != nil {
		return sealedIssue(issue, issued.Roll, base)
	}
	model := view.KeyIssue{
		Issued: messages.KeysIssued(issued.Roll.Keys), CSV: base + "/keys.csv", Letters: base + "/letters", Archive: base + "/letters.zip", Forget: base + "/drop",
	}
	if !issue.named() {
		model.Remark = messages.KeysNoHeader(issued.Roll.ID)
	}
	model.Problems, _, _ = formProblems(refusal)
	address := c.Query(addressField)
	if address == "" {
		if address, err = p.publicAddress(c); err != nil {
			return view.KeyIssue{Failure: messages.KeysAddressFailed()}
		}
	}
	model.Address, model.Loopback = addressFields(address, model.Problems.Of(addressField))
	model.LoopbackTicked = c.Query(loopbackField) == "true"
	model.First = kit.Field{Name: "first", Label: messages.KeysFirstLetter(), Value: c.DefaultQuery("first", "1"), Mode: "numeric", Problem: model.Problems.Of("first")}
	model.Most = kit.Field{Name: "most", Label: messages.KeysMostLetters(), Value: c.DefaultQuery("most", strconv.Itoa(lettersAtOnce)), Mode: "numeric", Problem: model.Problems.Of("most")}
	told, err := p.Elections.VoterInformation(c.Request.Context(), issue.electionID)
	if err != nil {
		return view.KeyIssue{Failure: messages.KeysAddressFailed()}
	}
	model.Languages, model.LanguageNames = p.letterLanguages(c, model.Problems, told.Languages)
	return model
}

// AdminKeyIssueCSV exports the keys as a table, as often as asked while they are here. The audit log records the disclosure.
func (p *Pages) AdminKeyIssueCSV(c *gin.Context) {
	election, issue, err := p.issue(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	issued, err := issue.openKeys()
	if err == nil && !isHead(c) { // which discloses nothing
		err = issue.recordExport("table", func() error {
			return p.Votes.RecordDisclosure(c.Request.Context(), principal.Actor(c), issued.Roll, "table", issued.Roll.Keys)
		})
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	c.Header("Content-Type", "text/csv; charset=utf-8; header=present")
	c.Header("Content-Disposition", `attachment; filename="urna-election-`+decimal(election.ID)+`-roll-`+decimal(issued.Roll.ID)+`-keys.csv"`)
	c.Status(http.StatusOK)
	if isHead(c) {
		return
	}
	p.sent(c, issued, letters.WriteCSV(deadline.NewWriter(c.Writer), election, issued.Keys()))
}

// AdminKeyIssueLetters exports the keys as letters, all or a part. The audit log records the disclosure of each part.
func (p *Pages) AdminKeyIssueLetters(c *gin.Context) {
	election, issue, err := p.issue(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	issued, err := issue.openKeys()
	if err != nil {
		respond.Error(c, err)
		return
	}
	l, first, most, err := p.readLetters(c, election, issued.Roll.Keys)
	if err != nil {
		p.showIssue(c, http.StatusUnprocessableEntity, election, issue, err)
		return
	}
	personal(c)
	c.Header("Content-Type", "text/html; charset=utf-8")
	if isHead(c) { // which discloses nothing
		c.Status(http.StatusOK)
		return
	}
	many := min(most, issued.Roll.Keys-first+1)
	if err := p.PublicURL.Remember(c.Request.Context(), principal.Actor(c), c.Query(addressField)); err != nil {
		respond.Error(c, err)
		return
	}
	err = issue.recordExport("letters-"+decimal(first)+"+"+decimal(many), func() error {
		return p.Votes.RecordDisclosure(c.Request.Context(), principal.Actor(c), issued.Roll, "letters", many)
	})
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusOK)
	p.sent(c, issued, l.Write(c.Request.Context(), deadline.NewWriter(c.Writer), letters.Part(issued.Keys(), first, most)))
}

// AdminKeyIssueArchive exports the keys as letters in several files, with a table of addresses, for a mailing house. The audit log
// records the disclosure.
func (p *Pages) AdminKeyIssueArchive(c *gin.Context) {
	election, issue, err := p.issue(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	issued, err := issue.openKeys()
	if err != nil {
		respond.Error(c, err)
		return
	}
	l, first, most, err := p.readLetters(c, election, issued.Roll.Keys)
	if err != nil {
		p.showIssue(c, http.StatusUnprocessableEntity, election, issue, err)
		return
	}
	many := issued.Roll.Keys - first + 1
	if !isHead(c) { // which discloses nothing
		if err := p.PublicURL.Remember(c.Request.Context(), principal.Actor(c), c.Query(addressField)); err != nil {
			respond.Error(c, err)
			return
		}
		err = issue.recordExport("archive-"+decimal(first)+"+"+decimal(many), func() error {
			return p.Votes.RecordDisclosure(c.Request.Context(), principal.Actor(c), issued.Roll, "letters", many)
		})
		if err != nil {
			respond.Error(c, err)
			return
		}
	}
	personal(c)
	c.Header("Content-Type", "application/zip")
	c.Header("Content-Disposition", `attachment; filename="urna-election-`+decimal(election.ID)+`-roll-`+decimal(issued.Roll.ID)+`-letters.zip"`)
	c.Status(http.StatusOK)
	if isHead(c) {
		return
	}
	p.sent(c, issued, l.WriteArchive(c.Request.Context(), deadline.NewWriter(c.Writer), most, letters.Part(issued.Keys(), first, 0)))
}

// readLetters reads which letters are asked for, of so many.
func (p *Pages) readLetters(c *gin.Context, e *elections.Election, keys int64) (l *letters.Letters, first, most int64, err error) {
	var checks problem.Checks
	address := strings.TrimSpace(c.Query(addressField))
	checkAddress(&checks, address, c.Query(loopbackField) == "true")
	if checks.Err() == nil {
		told, failure := p.Elections.VoterInformation(c.Request.Context(), e.ID)
		if failure != nil {
			return nil, 0, 0, failure
		}
		if l, err = p.lettersOf(e, told, address); err != nil {
			checks.Add(addressField, asRefusal(err).Fields[0].Message)
		}
	}
	languages := p.readLetterLanguages(c, &checks)
	if l != nil {
		l.Languages = languages
	}
	number := func(name string, label messages.Message) int64 {
		n, err := strconv.ParseInt(strings.TrimSpace(c.Query(name)), 10, 64)
		if err != nil || n < 1 {
			checks.Add(name, messages.FieldEnterWholeNumberFromOne(label))
		}
		return n
	}
	first, most = number("first", messages.KeysFirstLetter()), number("most", messages.KeysMostLetters())
	if first > keys {
		checks.Add("first", messages.FieldRollHas(keys))
	}
	return l, first, most, checks.Err()
}

// sent notes an answer with keys that broke off, and makes sure that it does not look whole.
func (p *Pages) sent(c *gin.Context, issued *online.Issued, err error) {
	if err != nil {
		slog.WarnContext(c.Request.Context(), "an answer with voter keys broke off", "roll", issued.Roll.ID, "error", err)
		deadline.Abort(c.Writer)
	}
}

// AdminKeyIssueDrop drops the keys of an issue.
func (p *Pages) AdminKeyIssueDrop(c *gin.Context) {
	election, issue, err := p.issue(c)
	if err == nil {
		if _, issued, failure := issue.state(); issued == nil && failure == nil {
			err = online.ErrIssueUnderWay
		}
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.issues.forget(issue)
	respond.SeeOther(c, keysPath(election.ID)+"?done=dropped")
}

// asRefusal returns the refusal in an error, or nil if there is none.
func asRefusal(err error) *problem.Error {
	f, _ := errors.AsType[*problem.Error](err)
	return f
}
