package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"urna/ballots/protocol"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
)

// StationProtocolRetract takes a protocol out of the count, for a reason.
func (p *Pages) StationProtocolRetract(c *gin.Context) {
	p.moveProtocol(c, "retraction", p.Protocols.Retract)
}

// StationProtocolRestore puts a retracted protocol back.
func (p *Pages) StationProtocolRestore(c *gin.Context) {
	p.moveProtocol(c, "restoration", p.Protocols.Restore)
}

// StationProtocolReopen has a protocol typed again.
func (p *Pages) StationProtocolReopen(c *gin.Context) {
	p.moveProtocol(c, "reopening", p.Protocols.Reopen)
}

type protocolAct func(ctx context.Context, by audit.Actor, stationID int64, reason string) (protocol.State, error)

func (p *Pages) moveProtocol(c *gin.Context, name string, act protocolAct) {
	at, err := p.protocolPlace(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	reason := formValue(c, "reason")
	if _, err := act(c.Request.Context(), principal.Actor(c), at.station.ID, reason); err != nil {
		p.refuseProtocolForm(c, at, err, protocolTyped{move: name, reason: reason})
		return
	}
	protocolShown(c, at, "")
}

// protocolMoves returns the forms of an administrator for a protocol in its state.
func (p *Pages) protocolMoves(ctx context.Context, at protocolPlace, stored protocol.Protocol, typed protocolTyped) (forms []view.MoveForm) {
	add := func(act approval.Act, name string, heading, explanation, button messages.Message) {
		second := p.protocolMoveNeeds(ctx, at.election, act)
		f := view.MoveForm{Action: at.path() + "/" + name, Heading: heading, Explanation: explanation, Button: button, Second: second}
		if typed.move == name {
			f.Reason, f.Problems = typed.reason, typed.problems
		}
		forms = append(forms, f)
	}
	switch stored.State {
	case protocol.Definitive:
		add(approval.RetractProtocol, "retraction", messages.ProtocolsRetractHeading(), messages.ProtocolsRetractExplanation(), messages.ProtocolsRetract())
	case protocol.Retracted:
		add(approval.RestoreProtocol, "restoration", messages.ProtocolsRestoreHeading(), messages.ProtocolsRestoreExplanation(), messages.ProtocolsRestore())
	case protocol.Empty, protocol.FirstEntry, protocol.SecondEntry, protocol.Different, protocol.Waiting, protocol.Reopened:
	}
	switch stored.State {
	case protocol.FirstEntry, protocol.SecondEntry, protocol.Different, protocol.Definitive, protocol.Retracted:
		add(approval.ReopenProtocol, "reopening", messages.ProtocolsReopenHeading(), messages.ProtocolsReopenExplanation(), messages.ProtocolsReopen())
	case protocol.Empty, protocol.Waiting, protocol.Reopened:
	}
	return forms
}
