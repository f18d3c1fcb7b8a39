package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/audit/countersign"
	"urna/web/cache"
	"urna/web/principal"
	"urna/web/respond"
)

type logView struct {
	Origin    string        `json:"origin"`
	Key       string        `json:"key"`
	Events    int64         `json:"events"`
	Head      string        `json:"head"`
	Root      string        `json:"root"`
	Witnesses []witnessView `json:"witnesses"`
}

type witnessView struct {
	ID            int64                 `json:"id"`
	Name          string                `json:"name"`
	Key           string                `json:"key"`
	Operator      string                `json:"operator"`
	RegisteredAt  time.Time             `json:"registered_at"`
	Countersigned *countersignatureView `json:"countersigned"`
	Conflict      *countersignatureView `json:"conflict"`
}

type countersignatureView struct {
	Events     int64     `json:"events"`
	SignedAt   time.Time `json:"signed_at"`
	ReceivedAt time.Time `json:"received_at"`
}

func viewWitness(w countersign.Witness) witnessView {
	return witnessView{
		ID: w.ID, Name: w.Name, Key: w.Key, Operator: w.Operator, RegisteredAt: w.RegisteredAt.UTC(),
		Countersigned: viewCountersignature(w.Last), Conflict: viewCountersignature(w.Conflict),
	}
}

func viewCountersignature(c *countersign.Countersignature) *countersignatureView {
	if c == nil {
		return nil
	}
	return &countersignatureView{Events: c.Size, SignedAt: c.SignedAt.UTC(), ReceivedAt: c.ReceivedAt.UTC()}
}

// Log answers GET /log.
func (a *API) Log(c *gin.Context) {
	key := cache.Key{Page: "log.json"}
	if c.Request.URL.RawQuery != "" {
		key = cache.Key{}
	}
	a.public(c, key, func(ctx context.Context) (cache.Drawing, error) {
		head, err := a.services.Countersign.Head(ctx)
		if err != nil {
			return cache.Drawing{}, err
		}
		witnesses, err := a.services.Countersign.Witnesses(ctx)
		if err != nil {
			return cache.Drawing{}, err
		}
		view := logView{
			Origin: head.Origin, Key: a.services.Countersign.Key(), Events: head.Size, Head: head.Hash, Root: head.Root.String(), Witnesses: []witnessView{},
		}
		for _, w := range witnesses {
			view.Witnesses = append(view.Witnesses, viewWitness(w))
		}
		return asJSON(view, time.Time{})
	})
}

// WitnessRegister answers POST /witnesses.
func (a *API) WitnessRegister(c *gin.Context) {
	var d countersign.Draft
	if err := readBody(c, object{"key": text(&d.Key), "operator": text(&d.Operator)}); err != nil {
		respond.Error(c, err)
		return
	}
	w, err := a.services.Countersign.Register(c.Request.Context(), principal.Actor(c), d)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusCreated, viewWitness(w))
}

// WitnessRemove answers DELETE /witnesses/{id}.
func (a *API) WitnessRemove(c *gin.Context) {
	id, ok := pathID(c, countersign.ErrUnknownWitness)
	if !ok {
		return
	}
	if _, err := a.services.Countersign.Remove(c.Request.Context(), principal.Actor(c), id); err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
