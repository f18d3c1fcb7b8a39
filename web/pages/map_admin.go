package pages

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/elections/outlines"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminMap shows the map of an election's constituencies, and asks for another one.
func (p *Pages) AdminMap(c *gin.Context) {
	e, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.MapPage{}
	switch c.Query("done") {
	case "saved":
		model.Notice = messages.MapSaved()
	case "removed":
		model.Notice = messages.MapRemoved()
	}
	p.adminMap(c, http.StatusOK, e, url.Values{}, model)
}

// AdminMapChange previews a file, or stores the map of a preview.
func (p *Pages) AdminMapChange(c *gin.Context) {
	e, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	form, file, err := readImportUpTo(c, outlines.MaxFile+1<<20)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.MapPage{}
	if form.Get("action") == save {
		if err = p.saveMap(c, e, form); err == nil {
			respond.SeeOther(c, adminPath(e.ID, "map")+"?done=saved")
			return
		}
	} else {
		model.Preview, err = mapPreview(e, file, form)
	}
	status := http.StatusOK
	if err != nil {
		var ok bool
		if model.Problems, status, ok = formProblems(err); !ok {
			respond.Error(c, err)
			return
		}
		model.Problems = ofFile(model.Problems, "map")
	}
	p.adminMap(c, status, e, form, model)
}

// saveMap stores the map of a preview, which came back with the form.
func (p *Pages) saveMap(c *gin.Context, e *elections.Election, form url.Values) error {
	m, err := outlines.Parse([]byte(form.Get("drawn")))
	if err != nil {
		return atField("map", messages.MapTampered())
	}
	return p.Elections.ChangeMap(c.Request.Context(), principal.Actor(c), e.ID, elections.Map{Map: m, Source: form.Get("source")})
}

// mapPreview reads a file and shows what it makes.
func mapPreview(e *elections.Election, file []byte, form url.Values) (*view.MapPreview, error) {
	d, err := outlines.Read(file, e.Places(), form.Get("property"))
	if err != nil {
		return nil, err
	}
	m := elections.Map{Map: d.Map, Source: form.Get("source")}
	return &view.MapPreview{
		Figure: plainMap(&m), Outlines: mapOutlines(d.Map), Missing: d.Missing, Unknown: d.Unknown, Bare: d.Bare,
		Plane: d.Plane, ByNumber: d.ByNumber, Drawn: drawnMap(d.Map), Source: m.Source,
		Matched: messages.MapMatched(int64(len(d.Map.Outlines)), int64(len(e.Constituencies)), d.Property),
	}, nil
}

// AdminMapRemove removes the map.
func (p *Pages) AdminMapRemove(c *gin.Context) {
	e, err := p.electionOrDraft(c)
	if err == nil {
		err = p.Elections.RemoveMap(c.Request.Context(), principal.Actor(c), e.ID)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, adminPath(e.ID, "map")+"?done=removed")
}

func (p *Pages) adminMap(c *gin.Context, status int, e *elections.Election, form url.Values, model view.MapPage) {
	stored, err := p.Elections.Map(c.Request.Context(), e)
	if err != nil {
		respond.Error(c, err)
		return
	}
	of := model.Problems.Of
	model.Page = p.inElection(c, e, constituenciesEntry, messages.MapHeading())
	model.Action = adminPath(e.ID, "map")
	model.File = kit.Field{Name: upload.FileField, Label: messages.MapFile(), Hint: messages.MapFileHint(), Problem: of(upload.FileField)}
	model.Property = kit.Field{
		Name: "property", Label: messages.MapProperty(), Hint: messages.MapPropertyHint(), Value: form.Get("property"), Problem: of("property"),
		Optional: true, Complete: "off",
	}
	model.Source = kit.Field{
		Name: "source", Label: messages.MapSource(), Hint: messages.MapSourceHint(), Value: form.Get("source"), Problem: of("source"), Optional: true,
		Complete: "off",
	}
	if stored != nil {
		figure := plainMap(stored)
		model.Stored, model.StoredOutlines, model.Remove = &figure, mapOutlines(stored.Map), model.Action+"/removal"
		if !form.Has("source") {
			model.Source.Value = stored.Source
		}
	}
	personal(c)
	respond.Page(c, status, view.AdminMap(model))
}
