package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/problem"
	"urna/results"
	"urna/web/principal"
	"urna/web/respond"
)

type lotView struct {
	ID             int64     `json:"id"`
	ConstituencyID int64     `json:"constituency_id"`
	Seats          int       `json:"seats"`
	Participants   []int64   `json:"participants"`
	Votes          []int64   `json:"votes"`
	FromSeed       bool      `json:"from_seed"`
	Formula        int       `json:"formula"`
	Place          string    `json:"place"`
	Witnesses      string    `json:"witnesses"`
	Note           string    `json:"note"`
	RecordedAt     time.Time `json:"recorded_at"`
	Holds          bool      `json:"holds"`
}

func viewLot(l results.Lot) lotView {
	return lotView{
		ID: l.ID, ConstituencyID: l.ConstituencyID, Seats: l.Seats, Participants: l.Participants, Votes: l.Votes,
		FromSeed: l.Seeded, Formula: l.Formula, Place: l.Place, Witnesses: l.Witnesses, Note: l.Note, RecordedAt: l.RecordedAt.UTC(), Holds: l.Holds,
	}
}

// Lots answers GET /elections/{id}/lots: all of them, oldest first.
func (a *API) Lots(c *gin.Context) {
	r, ok := a.results(c)
	if !ok {
		return
	}
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	page, err := pageOf(w, r.Lots, func(l results.Lot) int64 { return l.ID }, viewLot)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, page)
}

// LotCreate answers POST /elections/{id}/lots.
func (a *API) LotCreate(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	var d results.LotDraft
	err := readBody(c, object{
		"constituency_id": nullable(integer(&d.ConstituencyID)),
		"participants":    each(&d.Participants, integer[int64]),
		"from_seed":       truth(&d.Seeded),
		"place":           nullable(text(&d.Place)), "witnesses": nullable(text(&d.Witnesses)), "note": nullable(text(&d.Note)),
	})
	if err != nil {
		respond.Error(c, err)
		return
	}
	lot, err := a.services.Results.RecordLot(c.Request.Context(), principal.Actor(c), id, d)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusCreated, viewLot(lot))
}

type lotValueView struct {
	Name        string     `json:"name"`
	Commitment  *string    `json:"commitment"` // null of a public value
	CommittedAt time.Time  `json:"committed_at"`
	Value       *string    `json:"value"` // null until it is revealed
	RevealedAt  *time.Time `json:"revealed_at"`
}

// LotValues answers GET /elections/{id}/lot-seed: the values from which lots are drawn, in their order.
func (a *API) LotValues(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	values, err := a.services.Results.LotValues(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	views := make([]lotValueView, 0, len(values))
	for _, v := range values {
		one := lotValueView{Name: v.Name, CommittedAt: v.CommittedAt.UTC()}
		if !v.IsPublic() {
			one.Commitment = &v.Commitment
		}
		if v.RevealedAt != nil {
			at := v.RevealedAt.UTC()
			one.Value, one.RevealedAt = &v.Value, &at
		}
		views = append(views, one)
	}
	respond.JSON(c, http.StatusOK, map[string]any{"values": views})
}

// LotSeedCommit answers POST /elections/{id}/lot-seed.
func (a *API) LotSeedCommit(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	d := results.LotValueDraft{Public: true}
	commitment := func(raw json.RawMessage) []problem.Field {
		d.Public = false
		return text(&d.Commitment)(raw)
	}
	err := readBody(c, object{"name": text(&d.Name), "commitment": nullable(commitment)})
	if err == nil {
		err = a.services.Results.CommitLotValue(c.Request.Context(), principal.Actor(c), id, d)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// LotSeedReveal answers POST /elections/{id}/lot-seed/revelation.
func (a *API) LotSeedReveal(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	var name, value string
	err := readBody(c, object{"name": text(&name), "value": text(&value)})
	if err == nil {
		err = a.services.Results.RevealLotValue(c.Request.Context(), principal.Actor(c), id, name, value)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
