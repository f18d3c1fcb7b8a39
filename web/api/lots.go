package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
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
	Place          string    `json:"place"`
	Witnesses      string    `json:"witnesses"`
	Note           string    `json:"note"`
	RecordedAt     time.Time `json:"recorded_at"`
	Holds          bool      `json:"holds"`
}

func viewLot(l results.Lot) lotView {
	return lotView{
		ID: l.ID, ConstituencyID: l.ConstituencyID, Seats: l.Seats, Participants: l.Participants, Votes: l.Votes,
		FromSeed: l.Seeded, Place: l.Place, Witnesses: l.Witnesses, Note: l.Note, RecordedAt: l.RecordedAt.UTC(), Holds: l.Holds,
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

// LotSeedCommit answers POST /elections/{id}/lot-seed.
func (a *API) LotSeedCommit(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	var commitment string
	err := readBody(c, object{"commitment": text(&commitment)})
	if err == nil {
		err = a.services.Results.CommitSeed(c.Request.Context(), principal.Actor(c), id, commitment)
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
	var seed string
	err := readBody(c, object{"seed": text(&seed)})
	if err == nil {
		err = a.services.Results.RevealSeed(c.Request.Context(), principal.Actor(c), id, seed)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
