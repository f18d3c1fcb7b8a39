package api

import (
	"context"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/elections/outlines"
	"urna/internal/problem"
	"urna/web/cache"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
)

type mapView struct {
	Source   string        `json:"source"`
	Width    int           `json:"width"`
	Height   int           `json:"height"`
	Outlines []outlineView `json:"outlines"`
}

type outlineView struct {
	ConstituencyID int64  `json:"constituency_id"`
	Name           string `json:"name"`
	Path           string `json:"path"`
}

// mapReadView is what became of a file.
type mapReadView struct {
	Property    string   `json:"property"`
	ByNumber    bool     `json:"by_number"`
	Plane       bool     `json:"plane"`
	Missing     []string `json:"missing"`
	Unknown     []string `json:"unknown"`
	WithoutArea []string `json:"without_area"`
	Map         mapView  `json:"map"`
}

func viewMap(m *elections.Map) mapView {
	v := mapView{Source: m.Source, Width: m.Width, Height: m.Height, Outlines: []outlineView{}}
	for i := range m.Outlines {
		o := &m.Outlines[i]
		v.Outlines = append(v.Outlines, outlineView{ConstituencyID: o.ConstituencyID, Name: o.Name, Path: o.Path()})
	}
	return v
}

// Map answers GET /elections/{id}/map; that of a draft to administrators only.
func (a *API) Map(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	a.public(c, cache.Key{Page: "map.json", Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		now := a.services.Elections.Now()
		e, err := a.visibleElection(ctx, c, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		m, err := a.services.Elections.Map(ctx, e)
		if err != nil {
			return cache.Drawing{}, err
		}
		if m == nil {
			return cache.Drawing{}, elections.ErrNoMap
		}
		return asJSON(viewMap(m), nextTurn(now, e))
	})
}

// MapChange answers PUT /elections/{id}/map. The body is the file: its content tells whether it is GeoJSON or SVG.
func (a *API) MapChange(c *gin.Context) {
	e, ok := a.electionOrDraft(c)
	if !ok {
		return
	}
	answer, err := a.changeMap(c, e)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, answer)
}

func (a *API) changeMap(c *gin.Context, e *elections.Election) (v mapReadView, err error) {
	var checks problem.Checks
	checkDecodes(c, &checks)
	property, _ := parameter(c, "property", &checks)
	source, _ := parameter(c, "source", &checks)
	dry := flag(c, "dry_run", &checks)
	if err := checks.Err(); err != nil {
		return v, err
	}
	if err := respond.Encoded(c); err != nil {
		return v, err
	}
	body := upload.NewBody(c.Writer, c.Request, outlines.MaxFile)
	file, err := io.ReadAll(body)
	if err != nil {
		return v, explain(body, err)
	}
	d, err := outlines.Read(file, e.Places(), property)
	if err != nil {
		return v, err
	}
	m := elections.Map{Map: d.Map, Source: source}
	if !dry {
		err = a.services.Elections.ChangeMap(c.Request.Context(), principal.Actor(c), e.ID, m)
	}
	return mapReadView{
		Property: d.Property, ByNumber: d.ByNumber, Plane: d.Plane, Missing: append([]string{}, d.Missing...),
		Unknown: append([]string{}, d.Unknown...), WithoutArea: append([]string{}, d.Bare...), Map: viewMap(&m),
	}, err
}

// MapRemove answers DELETE /elections/{id}/map.
func (a *API) MapRemove(c *gin.Context) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	if err := a.services.Elections.RemoveMap(c.Request.Context(), principal.Actor(c), id); err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
