package epms

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/elections/participants"
	"urna/internal/problem"
	"urna/web/respond"
)

type idView struct {
	ID int64 `json:"id"`
}

// CreateParticipant answers POST /createParticipant.
func (e *EPMS) CreateParticipant(c *gin.Context) {
	f, ok := readWith(c, "name", "individual")
	if !ok {
		return
	}
	kind := participants.Party
	individual, ok := f.truth("individual")
	if individual {
		kind = participants.Individual
	}
	name, isText := f.text("name")
	switch {
	case !isText || !problem.InText(name).IsZero():
		fail(c, invalid("name"))
		return
	case !ok:
		fail(c, invalid("individual"))
		return
	}
	p, err := e.services.Participants.Create(c.Request.Context(), actor(c), participants.Draft{Name: name, Kind: kind})
	if problem.KindOf(err) == problem.Invalid { // longer than names may be
		err = invalid("name")
	}
	if err != nil {
		fail(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, idView{ID: p.ID})
}

type participantView struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Individual bool   `json:"individual"`
}

type participantsView struct {
	Participants []participantView `json:"participants"`
}

// GetParticipants answers GET /getParticipants, in the order in which they were made.
func (e *EPMS) GetParticipants(c *gin.Context) {
	all, err := e.services.Participants.All(c.Request.Context())
	if err != nil {
		fail(c, err)
		return
	}
	slices.SortFunc(all, func(a, b participants.Participant) int { return cmp.Compare(a.ID, b.ID) })
	view := participantsView{Participants: make([]participantView, 0, len(all))}
	for _, p := range all {
		view.Participants = append(view.Participants, participantView{
			ID: p.ID, Name: p.Name, Individual: p.Kind == participants.Individual,
		})
	}
	respond.JSON(c, http.StatusOK, view)
}
