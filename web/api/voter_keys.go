package api

import (
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/ballots/online"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/sealed"
	"urna/internal/text/csvtext"
	"urna/web/deadline"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
)

var (
	errRollType = problem.New(problem.Malformed, "malformed-upload",
		messages.RefusalMalformedUploadRoll())
	errPersonalID = &problem.Error{
		Kind: problem.Invalid, Code: "invalid-input", Message: messages.RefusalInvalidInput(),
		Fields: []problem.Field{{Name: "personal_id", Message: messages.FieldPersonalIdNeeded()}},
	}
)

type voterKeysView struct {
	Keys     int64         `json:"keys"`
	Rolls    []rollView    `json:"rolls"`
	Warnings []warningView `json:"warnings"`
}

type rollView struct {
	ID        int64            `json:"id"`
	State     online.RollState `json:"state"`
	Keys      int64            `json:"keys"`
	ChangedAt time.Time        `json:"changed_at"`
	SealedTo  []string         `json:"sealed_to"`
}

func viewRoll(r online.Roll) rollView {
	return rollView{ID: r.ID, State: r.State, Keys: r.Keys, ChangedAt: r.ChangedAt.UTC(), SealedTo: texts(r.SealedTo)}
}

// VoterKeys answers GET /elections/{id}/voter-keys: how many keys there are, and the rolls they came with.
func (a *API) VoterKeys(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	keys, err := a.services.Votes.Keys(c.Request.Context(), e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	rolls, err := a.services.Votes.Rolls(c.Request.Context(), e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	few, err := a.services.Votes.WithFewKeys(c.Request.Context(), e.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	view := voterKeysView{Keys: keys, Rolls: []rollView{}, Warnings: fewVoters(c.Request.Context(), few)}
	for _, r := range rolls {
		view.Rolls = append(view.Rolls, viewRoll(r))
	}
	respond.JSON(c, http.StatusOK, view)
}

// VoterKeysCreate answers POST /elections/{id}/voter-keys. The roll goes to the service as it arrives; the
// answer begins once all keys are in force, and shows them this once.
func (a *API) VoterKeysCreate(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	approved, to, err := issueParameters(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || kind != "text/csv" {
		respond.Error(c, errRollType)
		return
	}
	if err := respond.Encoded(c); err != nil {
		respond.Error(c, err)
		return
	}
	answer := deadline.NewWriter(c.Writer)
	body := upload.NewBody(c.Writer, c.Request, a.services.MaxUpload)
	roll := online.NewRollFile(body)
	issued, err := a.services.Votes.IssueApproved(c.Request.Context(), principal.Actor(c), e.ID, approved, to, roll.Voters(), func(online.Progress) {
		answer.Wait(2 * deadline.IdleTimeout)
	})
	if err != nil {
		respond.Error(c, explain(body, err))
		return
	}
	defer func() { _ = issued.Close() }() // only read from here on
	c.Header("Cache-Control", "no-store")
	c.Header("Urna-Roll", strconv.FormatInt(issued.Roll.ID, 10))
	if file := issued.Sealed(); file != nil {
		c.Header("Content-Type", sealed.MediaType)
		c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="urna-election-%d-roll-%d-keys.csv%s"`, e.ID, issued.Roll.ID, sealed.Extension))
		c.Status(http.StatusOK)
		_, err := io.Copy(answer, file)
		a.endKeys(c, issued, err)
		return
	}
	header := "absent"
	if roll.Header {
		header = "present"
	}
	c.Header("Content-Type", "text/csv; charset=utf-8; header="+header)
	c.Status(http.StatusOK)
	a.endKeys(c, issued, writeKeys(csvtext.NewWriter(answer), issued, roll.Header))
}

// endKeys makes sure that an answer with keys that broke off does not look whole.
func (a *API) endKeys(c *gin.Context, issued *online.Issued, err error) {
	if err != nil {
		slog.WarnContext(c.Request.Context(), "the answer with a roll's keys broke off", "roll", issued.Roll.ID, "error", err)
		deadline.Abort(c.Writer)
	}
}

// issueParameters reads the query parameters approval, the number of an approval with which the same is sent again, reason,
// for a second administrator, and seal_to, the recipients of the keys.
func issueParameters(c *gin.Context) (approved online.Approved, to sealed.Recipients, err error) {
	var checks problem.Checks
	if s, given := parameter(c, "approval", &checks); given {
		if approved.ID, err = strconv.ParseInt(s, 10, 64); err != nil || approved.ID < 1 {
			checks.Add("approval", messages.JsonInteger())
		}
	}
	approved.Reason, _ = parameter(c, "reason", &checks)
	if s, given := parameter(c, "seal_to", &checks); given {
		to = recipients(s, &checks)
	}
	return approved, to, checks.Err()
}

// recipients reads the recipients of keys, of which there must be one or more.
func recipients(text string, checks *problem.Checks) sealed.Recipients {
	to, mistake := sealed.Parse(text)
	if mistake.IsZero() && to.IsZero() {
		mistake = messages.FieldSealToNeeded()
	}
	if !mistake.IsZero() {
		checks.Add("seal_to", mistake)
	}
	return to
}

// writeKeys writes a key a line, in the order of the roll, with a header where the roll had one.
func writeKeys(w *csvtext.Writer, issued *online.Issued, header bool) error {
	if header {
		_ = w.Write("personal_id", "guid") // the writer keeps its first error
	}
	for key, err := range issued.Keys() {
		if err != nil {
			return err
		}
		if err := w.Write(key.PersonalID, key.GUID); err != nil {
			return err
		}
	}
	return w.Flush()
}

// revocationView is a revoked key; GUID is the new one, if it was reissued, or Sealed an armored age file with it.
type revocationView struct {
	PersonalID     string   `json:"personal_id"`
	GUID           string   `json:"guid,omitempty"`
	ConstituencyID int64    `json:"constituency_id,omitempty"`
	Sealed         string   `json:"sealed,omitempty"`
	SealedTo       []string `json:"sealed_to,omitempty"`
}

// VoterKeyRevoke answers POST /elections/{id}/voter-keys/revocations.
func (a *API) VoterKeyRevoke(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	var personalID string
	var reissue bool
	var approved online.Approved
	var names []string
	var to sealed.Recipients
	err := readBody(c, object{
		"personal_id": text(&personalID), "reissue": truth(&reissue), "approval": integer(&approved.ID), "reason": text(&approved.Reason),
		"seal_to": each(&names, text),
	})
	if err == nil && personalID == "" {
		err = errPersonalID
	}
	if err == nil && names != nil {
		var checks problem.Checks
		if to = recipients(strings.Join(names, " "), &checks); !reissue {
			checks.Add("seal_to", messages.FieldSealToWithoutReissue())
		}
		err = checks.Err()
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	view := revocationView{PersonalID: personalID}
	if reissue {
		r, failed := a.services.Votes.ReissueApproved(c.Request.Context(), principal.Actor(c), e.ID, personalID, approved, to)
		view, err = revocationView{
			PersonalID: r.Key.PersonalID, GUID: r.Key.GUID, ConstituencyID: r.Key.ConstituencyID, Sealed: r.Sealed, SealedTo: r.SealedTo,
		}, failed
	} else {
		err = a.services.Votes.RevokeApproved(c.Request.Context(), principal.Actor(c), e.ID, personalID, approved)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	respond.JSON(c, http.StatusOK, view)
}

// VoterKeysWithdraw answers POST /elections/{id}/voter-keys/withdrawals: the unused keys of a roll are
// dead, so that it can be issued again.
func (a *API) VoterKeysWithdraw(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	var id int64
	var reason string
	if err := readBody(c, object{"roll_id": integer(&id), "reason": text(&reason)}); err != nil {
		respond.Error(c, err)
		return
	}
	r, err := a.roll(c, e.ID, id)
	if err == nil {
		err = a.services.Votes.Withdraw(c.Request.Context(), principal.Actor(c), r.ID, reason)
	}
	if err == nil {
		r, err = a.roll(c, e.ID, id)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewRoll(r))
}

// roll returns a roll of the election.
func (a *API) roll(c *gin.Context, electionID, id int64) (online.Roll, error) {
	rolls, err := a.services.Votes.Rolls(c.Request.Context(), electionID)
	if err != nil {
		return online.Roll{}, err
	}
	for _, r := range rolls {
		if r.ID == id {
			return r, nil
		}
	}
	return online.Roll{}, online.ErrUnknownRoll
}
