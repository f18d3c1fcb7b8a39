package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/elections"
	"urna/internal/problem"
	"urna/results"
	"urna/web/principal"
	"urna/web/respond"
)

type certificationView struct {
	State         elections.State `json:"state"`
	Confirmations int             `json:"confirmations"`
	Required      int             `json:"required"`
	Figures       string          `json:"figures"`
	Obstacles     []string        `json:"obstacles"`
	OpenPoints    []openPointView `json:"open_points"`
	CertifiedAt   *time.Time      `json:"certified_at"`
	AuditHead     *string         `json:"audit_head"`
	Altered       bool            `json:"figures_altered"`

	AccountChanges []accountChangeView `json:"account_changes"`
	Approvals      []decidedView       `json:"approvals"`
}

// decidedView is a decided approval, as the figures have it.
type decidedView struct {
	ID             int64             `json:"id"`
	Act            string            `json:"act"`
	Subject        string            `json:"subject"`
	Details        map[string]string `json:"details"`
	Reason         string            `json:"reason"`
	ProposedBy     string            `json:"proposed_by"`
	ProposedAt     time.Time         `json:"proposed_at"`
	Outcome        string            `json:"outcome"`
	DecidedBy      string            `json:"decided_by"`
	DecidedAt      time.Time         `json:"decided_at"`
	DecisionReason string            `json:"decision_reason"`
	Done           bool              `json:"done"`
}

func viewDecided(figures []results.ApprovalFigure) []decidedView {
	views := make([]decidedView, 0, len(figures))
	for i := range figures {
		v := decidedView(figures[i])
		if v.Details == nil {
			v.Details = map[string]string{}
		}
		views = append(views, v)
	}
	return views
}

// accountChangeView is a change by another person to the password, second factor or e-mail of an administrator who
// confirmed or may confirm.
type accountChangeView struct {
	UserID int64     `json:"user_id"`
	What   string    `json:"what"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

type openPointView struct {
	Code           string       `json:"code"`
	ConstituencyID int64        `json:"constituency_id,omitempty"`
	StationID      int64        `json:"station_id,omitempty"`
	Message        string       `json:"message"`
	Liftable       bool         `json:"liftable"`
	Lifted         *liftingView `json:"lifted,omitempty"`
}

type liftingView struct {
	Reason string `json:"reason"`
	By     string `json:"by"`
}

func viewOpenPoints(ctx context.Context, points []results.OpenPoint) []openPointView {
	views := make([]openPointView, 0, len(points))
	for i := range points {
		p := &points[i]
		v := openPointView{Code: p.Code, ConstituencyID: p.ConstituencyID, Message: p.Message.In(ctx), Liftable: p.Liftable}
		if p.Lifted != nil {
			v.Lifted = &liftingView{Reason: p.Lifted.Reason, By: p.Lifted.By()}
		}
		if len(p.Stations) > 0 {
			views = append(views, viewStationPoints(ctx, p, v.Lifted)...)
			continue
		}
		views = append(views, v)
	}
	return views
}

func viewCertification(ctx context.Context, f *results.Final) certificationView {
	v := certificationView{
		State: f.Results.State, Confirmations: len(f.Certification.Standing(f.Hash)), Required: f.Certification.Required,
		Altered: f.Results.Altered, Figures: f.Hash, Obstacles: make([]string, 0, len(f.Obstacles)),
		OpenPoints: viewOpenPoints(ctx, f.OpenPoints), AccountChanges: []accountChangeView{}, Approvals: viewDecided(f.Figures.Approvals),
	}
	for _, change := range f.AccountChanges {
		v.AccountChanges = append(v.AccountChanges, accountChangeView{change.UserID, change.What, change.By, change.At.UTC()})
	}
	for _, obstacle := range f.Obstacles {
		v.Obstacles = append(v.Obstacles, obstacle.In(ctx))
	}
	if record := f.Certification.Record; record != nil {
		at := record.At.UTC()
		v.CertifiedAt, v.AuditHead, v.Obstacles = &at, &record.AuditHead, []string{}
	}
	return v
}

// Certification answers GET /elections/{id}/certification.
func (a *API) Certification(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	if err := a.mayObserve(c, id, elections.ErrUnknownElection); err != nil {
		respond.Error(c, err)
		return
	}
	final, err := a.services.Results.Final(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewCertification(c.Request.Context(), final))
}

// Certify answers POST /elections/{id}/certification. It needs the caller's password again and, if the account has a second
// factor, a code as "otp". Without "figures" the caller confirms the present figures. "reasons" lift open points, each by
// its code, "code:constituency" or "code:station".
func (a *API) Certify(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	var figures, password, otp string
	var reasons []results.Reason
	if c.Request.ContentLength != 0 {
		fields := object{
			"figures": text(&figures), "reasons": reasonsInto(&reasons), "password": text(&password), "otp": nullable(text(&otp)),
		}
		if err := readBody(c, fields); err != nil {
			respond.Error(c, err)
			return
		}
	}
	caller, _ := principal.Of(c)
	if err := a.services.Auth.Reauthenticate(c.Request.Context(), caller, auth.Proof{Password: password, Code: otp}, c.ClientIP()); err != nil {
		respond.Error(c, err)
		return
	}
	final, err := a.services.Results.Certify(c.Request.Context(), principal.Actor(c), id, figures, reasons...)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewCertification(c.Request.Context(), final))
}

// reasonsInto takes an object with a text for each open point.
func reasonsInto(into *[]results.Reason) target {
	return byName(func(name string, raw json.RawMessage) []problem.Field {
		reason := results.Reason{Point: name}
		problems := text(&reason.Text)(raw)
		*into = append(*into, reason)
		return problems
	})
}

// SecondRoundCreate answers POST /elections/{id}/second-round.
func (a *API) SecondRoundCreate(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	var period elections.Period
	fields := object{
		"starts_at": instant(&period.StartsAt), "ends_at": instant(&period.EndsAt), elections.OpenNow: truth(&period.OpenNow),
	}
	if err := readBody(c, fields); err != nil {
		respond.Error(c, err)
		return
	}
	e, err := a.services.Results.CreateSecondRound(c.Request.Context(), principal.Actor(c), id, period)
	if err != nil {
		respond.Error(c, namedAsHere(err))
		return
	}
	created(c, "elections", e.ID, a.viewElection(e))
}
