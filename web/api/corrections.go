package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/problem"
	"urna/results"
	"urna/web/cache"
	"urna/web/principal"
	"urna/web/respond"
)

// correctionView is a correction of a certified result as anyone may see it.
type correctionView struct {
	Number    int    `json:"number"`
	State     string `json:"state"` // "open", "ended" or "certified"
	Reason    string `json:"reason"`
	OrderedBy string `json:"ordered_by"`
	// Corrects is the SHA-256 of the figures that it corrects.
	Corrects   string                 `json:"corrects"`
	OpenedBy   string                 `json:"opened_by"`
	ApprovedBy *string                `json:"approved_by"`
	OpenedAt   time.Time              `json:"opened_at"`
	Stations   []correctedStationView `json:"stations"`
	// Constituencies are those whose online votes it annuls.
	Constituencies []int64      `json:"constituencies"`
	Ended          *endedView   `json:"ended"`
	CertifiedAt    *time.Time   `json:"certified_at"`
	Changes        *changesView `json:"changes"`
}

type correctedStationView struct {
	StationID      *int64                  `json:"id"`
	ConstituencyID int64                   `json:"constituency_id"`
	Act            elections.CorrectionAct `json:"act"`
}

type endedView struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// changesView is what a certified correction changed.
type changesView struct {
	Figures        string                   `json:"figures"`
	Ballots        ballotsChangeView        `json:"ballots"`
	Participants   []participantChangeView  `json:"participants"`
	Constituencies []constituencyChangeView `json:"constituencies"`
}

type changeView struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

type ballotsChangeView struct {
	Cast    changeView `json:"cast"`
	Valid   changeView `json:"valid"`
	Blank   changeView `json:"blank"`
	Invalid changeView `json:"invalid"`
}

type participantChangeView struct {
	ParticipantID int64      `json:"participant_id"`
	Name          string     `json:"name"`
	Votes         changeView `json:"votes"`
	Seats         changeView `json:"seats"`
}

type constituencyChangeView struct {
	ID          int64                 `json:"id"`
	Name        string                `json:"name"`
	Ballots     ballotsChangeView     `json:"ballots"`
	Unassigned  changeView            `json:"unassigned_seats"`
	Candidacies []candidacyChangeView `json:"candidacies"`
}

type candidacyChangeView struct {
	PollNumber    int        `json:"poll_number"`
	ParticipantID int64      `json:"participant_id"`
	Name          string     `json:"name"`
	Votes         changeView `json:"votes"`
	Seats         changeView `json:"seats"`
}

func viewCorrection(c *elections.Correction) correctionView {
	v := correctionView{
		Number: c.Number, State: "open", Reason: c.Reason, OrderedBy: c.OrderedBy, Corrects: c.Figures, OpenedBy: audit.WithoutAddress(c.OpenedBy),
		OpenedAt: c.OpenedAt.UTC(), Stations: []correctedStationView{}, Constituencies: append([]int64{}, c.Constituencies...),
	}
	if c.ApprovedBy != "" {
		name := audit.WithoutAddress(c.ApprovedBy)
		v.ApprovedBy = &name
	}
	for _, s := range c.Stations {
		v.Stations = append(v.Stations, correctedStationView{known(s.StationID), s.ConstituencyID, s.Act})
	}
	if c.EndedAt != nil {
		v.State, v.Ended = "ended", &endedView{c.EndReason, audit.WithoutAddress(c.EndedBy), c.EndedAt.UTC()}
	}
	if c.CertifiedAt != nil {
		at := c.CertifiedAt.UTC()
		v.State, v.CertifiedAt = "certified", &at
	}
	return v
}

func viewBallotsChange(b results.BallotsChange) ballotsChangeView {
	return ballotsChangeView{changeView(b.Cast()), changeView(b.Valid()), changeView(b.Blank()), changeView(b.Invalid())}
}

func viewChanges(c *results.Comparison) *changesView {
	v := &changesView{
		Figures: c.After.Figures, Ballots: viewBallotsChange(c.Ballots), Participants: []participantChangeView{}, Constituencies: []constituencyChangeView{},
	}
	for _, p := range c.Participants {
		v.Participants = append(v.Participants, participantChangeView{p.ParticipantID, p.Name, changeView(p.Votes), changeView(p.Seats)})
	}
	for i := range c.Constituencies {
		k := &c.Constituencies[i]
		if !k.Changed() {
			continue
		}
		one := constituencyChangeView{k.ID, k.Name, viewBallotsChange(k.Ballots), changeView(k.Unassigned), []candidacyChangeView{}}
		for _, candidacy := range k.Candidacies {
			one.Candidacies = append(one.Candidacies, candidacyChangeView{
				candidacy.PollNumber, candidacy.ParticipantID, candidacy.Name, changeView(candidacy.Votes), changeView(candidacy.Seats),
			})
		}
		v.Constituencies = append(v.Constituencies, one)
	}
	return v
}

// Corrections answers GET /elections/{id}/corrections: all corrections of a certified result, the first one first.
func (a *API) Corrections(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	a.public(c, cache.Key{Page: "corrections.json", Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		public, err := a.services.Results.Public(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		found, err := a.services.Elections.Corrections(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		answer := list[correctionView]{Items: []correctionView{}}
		for i := range found {
			v := viewCorrection(&found[i])
			for k := range public.Corrected {
				if public.Corrected[k].Correction.Number == v.Number {
					v.Changes = viewChanges(&public.Corrected[k])
				}
			}
			answer.Items = append(answer.Items, v)
		}
		return asJSON(answer, public.Until)
	})
}

// stationOrder takes a polling station of a correction: its id, or an object with its id, or with the id of a constituency
// that has none, and the act.
func stationOrder(into *elections.StationOrder) target {
	return func(raw json.RawMessage) []problem.Field {
		if len(raw) > 0 && raw[0] == '{' {
			return nested(object{
				"id": integer(&into.StationID), "constituency_id": integer(&into.ConstituencyID), "act": named(&into.Act),
			})(raw)
		}
		return integer(&into.StationID)(raw)
	}
}

// CorrectionOpen answers POST /elections/{id}/corrections. If no second administrator has to approve, it needs the caller's
// password again and, if the account has a second factor, a code as "otp".
func (a *API) CorrectionOpen(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	var d elections.CorrectionDraft
	var password, otp string
	err := readBody(c, object{
		"reason": text(&d.Reason), "ordered_by": text(&d.OrderedBy), "stations": each(&d.Stations, stationOrder),
		"constituencies": each(&d.Constituencies, integer[int64]), "password": text(&password), "otp": nullable(text(&otp)),
	})
	if err == nil {
		err = a.proofIfAlone(c, e, auth.Proof{Password: password, Code: otp})
	}
	var opened *elections.Correction
	if err == nil {
		opened, err = a.services.Elections.OpenCorrection(c.Request.Context(), principal.Actor(c), e.ID, d)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusCreated, viewCorrection(opened))
}

// proofIfAlone asks again who the caller is, if no second administrator has to approve.
func (a *API) proofIfAlone(c *gin.Context, e *elections.Election, proof auth.Proof) error {
	ctx := c.Request.Context()
	needed, err := a.services.Auth.Approvals().Needed(ctx, e.PublishedAt)
	if err != nil || needed {
		return err
	}
	caller, _ := principal.Of(c)
	return a.services.Auth.Reauthenticate(ctx, caller, proof, c.ClientIP())
}

// CorrectionEnd answers POST /elections/{id}/corrections/{number}/end.
func (a *API) CorrectionEnd(c *gin.Context) {
	var reason string
	if err := readBody(c, object{"reason": text(&reason)}); err != nil {
		respond.Error(c, err)
		return
	}
	e, ok := a.election(c)
	if !ok {
		return
	}
	// A text that is no number is that of no correction.
	number, _ := strconv.Atoi(c.Param("number"))
	ended, err := a.services.Elections.EndCorrection(c.Request.Context(), principal.Actor(c), e.ID, number, reason)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewCorrection(ended))
}
