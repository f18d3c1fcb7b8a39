package api

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/elections/participants"
	wording "urna/internal/text"
	"urna/web/principal"
	"urna/web/respond"
)

type participantView struct {
	ID        int64             `json:"id"`
	Name      string            `json:"name"`
	Kind      participants.Kind `json:"kind"`
	ShortName string            `json:"short_name,omitempty"`
	Names     wording.Names     `json:"names,omitempty"` // in other languages
	Color     string            `json:"color,omitempty"`
	// Similar are the others whose names look the same, in the answer to a call that stores one.
	Similar []int64 `json:"similar,omitempty"`
}

func viewParticipant(p participants.Participant) participantView {
	return participantView{ID: p.ID, Name: p.Name, Kind: p.Kind, ShortName: p.ShortName, Color: p.Color, Names: p.Names}
}

// created answers 201 with the new thing and where it is found.
func created(c *gin.Context, collection string, id int64, view any) {
	c.Header("Location", Base+"/"+collection+"/"+strconv.FormatInt(id, 10))
	respond.JSON(c, http.StatusCreated, view)
}

func participantFields(d *participants.Draft) object {
	return object{
		"name": text(&d.Name), "kind": named(&d.Kind),
		"short_name": nullable(text(&d.ShortName)), "color": nullable(text(&d.Color)),
		"names": names(&d.Names),
	}
}

// Participants answers GET /participants.
func (a *API) Participants(c *gin.Context) {
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	all, err := a.services.Participants.All(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	page, err := pageOf(w, all, func(p participants.Participant) int64 { return p.ID }, viewParticipant)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, page)
}

// ParticipantCreate answers POST /participants.
func (a *API) ParticipantCreate(c *gin.Context) {
	var draft participants.Draft
	if err := readBody(c, participantFields(&draft)); err != nil {
		respond.Error(c, err)
		return
	}
	p, err := a.services.Participants.Create(c.Request.Context(), principal.Actor(c), draft)
	if err != nil {
		respond.Error(c, err)
		return
	}
	view, err := a.viewStored(c, p)
	if err != nil {
		respond.Error(c, err)
		return
	}
	created(c, "participants", p.ID, view)
}

// viewStored shows a participant that was just stored, and who looks like it.
func (a *API) viewStored(c *gin.Context, p participants.Participant) (participantView, error) {
	view := viewParticipant(p)
	similar, err := a.services.Participants.Similar(c.Request.Context(), p)
	for _, other := range similar {
		view.Similar = append(view.Similar, other.ID)
	}
	return view, err
}

// Participant answers GET /participants/{id}.
func (a *API) Participant(c *gin.Context) {
	id, ok := pathID(c, participants.ErrUnknown)
	if !ok {
		return
	}
	p, err := a.services.Participants.Participant(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewParticipant(p))
}

// ParticipantChange answers PATCH /participants/{id}; fields that are absent stay as they are.
func (a *API) ParticipantChange(c *gin.Context) {
	id, ok := pathID(c, participants.ErrUnknown)
	if !ok {
		return
	}
	p, err := a.services.Participants.Participant(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	draft := participants.Draft{Name: p.Name, ShortName: p.ShortName, Kind: p.Kind, Color: p.Color, Names: p.Names}
	fields := participantFields(&draft)
	fields["short_name"], fields["color"] = erasable(&draft.ShortName), erasable(&draft.Color)
	if err := readBody(c, fields); err != nil {
		respond.Error(c, err)
		return
	}
	p, err = a.services.Participants.Change(c.Request.Context(), principal.Actor(c), id, draft)
	if err != nil {
		respond.Error(c, err)
		return
	}
	view, err := a.viewStored(c, p)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, view)
}

// ParticipantDelete answers DELETE /participants/{id}: it deletes a participant that was never a candidate.
func (a *API) ParticipantDelete(c *gin.Context) {
	id, ok := pathID(c, participants.ErrUnknown)
	if !ok {
		return
	}
	if err := a.services.Participants.Delete(c.Request.Context(), principal.Actor(c), id); err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
