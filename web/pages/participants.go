package pages

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/elections/participants"
	"urna/internal/messages"
	"urna/web/respond"
	"urna/web/view"
)

// AdminParticipants lists who can stand in elections.
func (p *Pages) AdminParticipants(c *gin.Context) {
	list, err := p.allParticipants(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	parties := view.ParticipantGroup{
		Heading: messages.ParticipantsParties(), Empty: messages.ParticipantsPartiesEmpty(),
		New: "/admin/participants/new?kind=party", NewText: messages.ParticipantsPartiesAdd(),
	}
	individuals := view.ParticipantGroup{
		Heading: messages.ParticipantsIndividuals(), Empty: messages.ParticipantsIndividualsEmpty(),
		New: "/admin/participants/new?kind=individual", NewText: messages.ParticipantsIndividualsAdd(),
	}
	for _, participant := range list {
		row := view.ParticipantRow{
			Href: "/admin/participants/" + decimal(participant.ID), Name: participant.Name,
			ShortName: participant.ShortName, Color: view.ColorOr(participant.Color, "none"),
		}
		if participant.Kind == participants.Individual {
			individuals.Rows = append(individuals.Rows, row)
		} else {
			parties.Rows = append(parties.Rows, row)
		}
	}
	notice := doneNotice(c.Query("done"))
	if made, err := strconv.ParseInt(c.Query("listed"), 10, 64); err == nil && made >= 0 {
		notice = messages.ParticipantsListDone(made)
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Participants(view.ParticipantsPage{
		Page: p.page(c, view.SectionParticipants, messages.ParticipantsHeading()), Notice: notice,
		Groups: []view.ParticipantGroup{parties, individuals},
	}))
}
