package pages

import (
	"context"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

func coordinatorDone(what string) messages.Message {
	if what == "list" {
		return messages.ProtocolsListDone()
	}
	return messages.Message{}
}

// AdminCoordinatorName lets an official settle what differs, in an election or one of its constituencies.
func (p *Pages) AdminCoordinatorName(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	typed := protocolsTyped{email: strings.TrimSpace(formValue(c, "email")), place: formValue(c, "constituency_id")}
	official, err := p.officialOf(c.Request.Context(), typed.email)
	if err == nil {
		place, _ := strconv.ParseInt(typed.place, 10, 64) // a text that is no number is the whole election
		_, err = p.Protocols.NameCoordinator(c.Request.Context(), principal.Actor(c), protocol.Coordinator{
			ElectionID: e.ID, ConstituencyID: place, AccountID: official.ID, Name: official.Name(),
		})
	}
	if err == nil {
		respond.SeeOther(c, protocolsPath(e.ID))
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	typed.problems = problems
	p.showProtocols(c, status, typed)
}

// officialOf returns the official with an e-mail address.
func (p *Pages) officialOf(ctx context.Context, email string) (auth.User, error) {
	all, err := p.allAccounts(ctx)
	if err != nil {
		return auth.User{}, err
	}
	for _, u := range all {
		if u.Role == auth.Official && strings.EqualFold(u.Email, email) {
			return u, nil
		}
	}
	return auth.User{}, atField("email", messages.ProtocolsCoordinatorUnknown())
}

// AdminCoordinatorRemove ends the work of a coordinator.
func (p *Pages) AdminCoordinatorRemove(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	id, ok := pathID(c, "coordinator")
	if !ok {
		respond.Error(c, protocol.ErrUnknownCoordinator)
		return
	}
	err = p.Protocols.RemoveCoordinator(c.Request.Context(), principal.Actor(c), id)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, protocolsPath(e.ID))
}

func (p *Pages) protocolCoordinators(ctx context.Context, e *elections.Election, typed protocolsTyped) (*view.ProtocolCoordinators, error) {
	named, err := p.Protocols.Coordinators(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	address := "/admin/elections/" + decimal(e.ID) + "/coordinators"
	model := &view.ProtocolCoordinators{
		Action: address,
		Email: kit.Field{
			Name: "email", Label: messages.ProtocolsCoordinatorEmail(), Value: typed.email, Problem: typed.problems.Of("email"), Complete: "off",
		},
		Place:  kit.Field{Name: "constituency_id", Label: messages.ProtocolsCoordinatorPlace(), Value: typed.place, Problem: typed.problems.Of("constituency_id")},
		Places: []kit.Option{{Text: messages.ProtocolsCoordinatorEverywhere()}},
	}
	if len(e.Constituencies) > 1 {
		for _, part := range e.Constituencies {
			model.Places = append(model.Places, kit.Option{Value: decimal(part.ID), Text: messages.Verbatim(part.Name)})
		}
	}
	for _, one := range named {
		place := messages.ProtocolsCoordinatorEverywhere()
		if part := e.Constituency(one.ConstituencyID); part != nil {
			place = messages.Verbatim(part.Name)
		}
		model.List = append(model.List, view.ProtocolCoordinator{
			Text:   messages.ProtocolsCoordinatorOf(audit.WithoutAddress(one.Name), place),
			Remove: address + "/" + decimal(one.ID) + "/removal",
		})
	}
	return model, nil
}
