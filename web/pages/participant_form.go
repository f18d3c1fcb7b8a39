package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminParticipantNew asks for a participant.
func (p *Pages) AdminParticipantNew(c *gin.Context) {
	draft := participants.Draft{Kind: participants.Party}
	if c.Query("kind") == string(participants.Individual) {
		draft.Kind = participants.Individual
	}
	model := view.ParticipantFormPage{New: true}
	if added := c.Query("added"); added != "" {
		model.Added = messages.ParticipantsAdded(added)
	}
	p.participantForm(c, http.StatusOK, model, draft)
}

// AdminParticipantCreate registers a participant.
func (p *Pages) AdminParticipantCreate(c *gin.Context) {
	draft := readParticipant(c)
	participant, err := p.Participants.CreateSeeing(c.Request.Context(), principal.Actor(c), draft, seenIDs(c))
	if err != nil {
		p.refuseParticipant(c, err, view.ParticipantFormPage{New: true}, draft)
		return
	}
	if wantsAnother(c) {
		query := url.Values{"kind": {string(participant.Kind)}, "added": {participant.Name}}
		respond.SeeOther(c, "/admin/participants/new?"+query.Encode())
		return
	}
	respond.SeeOther(c, "/admin/participants")
}

// AdminParticipantEdit asks for a change to a participant.
func (p *Pages) AdminParticipantEdit(c *gin.Context) {
	id, ok := pathID(c, "participant")
	if !ok {
		respond.Error(c, participants.ErrUnknown)
		return
	}
	participant, err := p.Participants.Participant(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	draft := participants.Draft{
		Name: participant.Name, ShortName: participant.ShortName, Kind: participant.Kind, Color: participant.Color, Names: participant.Names,
	}
	p.participantForm(c, http.StatusOK, view.ParticipantFormPage{Action: "/admin/participants/" + decimal(id), ID: id}, draft)
}

// AdminParticipantDelete deletes a participant that was never a candidate.
func (p *Pages) AdminParticipantDelete(c *gin.Context) {
	id, ok := pathID(c, "participant")
	if !ok {
		respond.Error(c, participants.ErrUnknown)
		return
	}
	if err := p.Participants.Delete(c.Request.Context(), principal.Actor(c), id); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, "/admin/participants?done=participant-deleted")
}

// AdminParticipantChange changes a participant.
func (p *Pages) AdminParticipantChange(c *gin.Context) {
	id, ok := pathID(c, "participant")
	if !ok {
		respond.Error(c, participants.ErrUnknown)
		return
	}
	draft := readParticipant(c)
	if _, err := p.Participants.ChangeSeeing(c.Request.Context(), principal.Actor(c), id, draft, seenIDs(c)); err != nil {
		p.refuseParticipant(c, err, view.ParticipantFormPage{Action: "/admin/participants/" + decimal(id), ID: id}, draft)
		return
	}
	respond.SeeOther(c, "/admin/participants")
}

// wantsAnother reports whether the form is wanted once more, by its own button or by the one that answered a question.
func wantsAnother(c *gin.Context) bool {
	return formValue(c, "action") == "another" || formValue(c, "seen") != "" && formValue(c, "then") == "another"
}

// seenIDs returns the participants that the form has asked about.
func seenIDs(c *gin.Context) []int64 { return idsIn(formValue(c, "seen")) }

// idsIn returns the numbers in a field, with blanks between them.
func idsIn(value string) []int64 {
	var ids []int64
	for field := range strings.FieldsSeq(value) {
		if id, err := strconv.ParseInt(field, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// askAlike returns the question that a refusal asks, nil for none.
func askAlike(c *gin.Context, err error, draft participants.Draft) *view.AlikeQuestion {
	if !errors.Is(err, participants.ErrLooksAlike) {
		return nil
	}
	similar, _ := asRefusal(err).Extra["similar"].([]participants.Participant)
	q := &view.AlikeQuestion{Name: draft.Name, Another: wantsAnother(c)}
	var ids []string
	for _, other := range similar {
		id := decimal(other.ID)
		ids = append(ids, id)
		q.Others = append(q.Others, view.AlikeRow{Href: "/admin/participants/" + id, Name: other.Name, ShortName: other.ShortName, ID: id})
	}
	q.Seen = strings.Join(ids, " ")
	return q
}

func readParticipant(c *gin.Context) participants.Draft {
	draft := participants.Draft{
		Name: formValue(c, "name"), ShortName: formValue(c, "short_name"),
		Kind: participants.Kind(formValue(c, "kind")),
	}
	names, err := text.ParseNames(formValue(c, "names"))
	if err != nil { // the service refuses the line, and names it
		names = text.NewNames(map[string]string{err.Error(): err.Error()})
	}
	draft.Names = names
	// A colour input always has a colour; the box beside it says whether it is meant.
	if formValue(c, "own_color") != "" {
		draft.Color = formValue(c, "color")
	}
	return draft
}

func (p *Pages) refuseParticipant(c *gin.Context, err error, model view.ParticipantFormPage, draft participants.Draft) {
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	model.Problems, model.Alike = problems, askAlike(c, err, draft)
	if model.Alike != nil {
		model.Problems.List = []kit.Problem{{Field: "alike", Message: messages.ParticipantsAlikeNeeded()}}
	}
	p.participantForm(c, status, model, draft)
}

func (p *Pages) participantForm(c *gin.Context, status int, model view.ParticipantFormPage, draft participants.Draft) {
	model.Heading = messages.ParticipantsHeadingChange()
	if model.New {
		model.Heading, model.Action = messages.ParticipantsHeadingAdd(), "/admin/participants"
	}
	model.Page = p.page(c, view.SectionParticipants, model.Heading)
	model.Kind = kit.Field{Name: "kind", Label: messages.ParticipantsKind(), Value: string(draft.Kind), Problem: model.Problems.Of("kind")}
	model.Kinds = []kit.Option{
		{Value: string(participants.Party), Text: messages.ParticipantsChoiceParty(), Hint: messages.ParticipantsPartyHint()},
		{Value: string(participants.Individual), Text: messages.ParticipantsChoiceIndividual(), Hint: messages.ParticipantsIndividualHint()},
	}
	model.Name = kit.Field{
		Name: "name", Label: messages.ParticipantsName(), Value: draft.Name, Problem: model.Problems.Of("name"),
		Hint: messages.ParticipantsNameHint(), Complete: "off",
	}
	model.Short = kit.Field{
		Name: "short_name", Label: messages.ParticipantsShortName(), Value: draft.ShortName, Problem: model.Problems.Of("short_name"),
		Hint: messages.ParticipantsShortNameHint(), Optional: true, Complete: "off",
	}
	model.Names = namesField("names", draft.Names.Lines(), model.Problems)
	if typed := formValue(c, "names"); c.Request.Method == http.MethodPost {
		model.Names.Value = typed
	}
	model.Color = draft.Color
	if model.ID != 0 {
		refusal, ok := errors.AsType[*problem.Error](p.Participants.Deletable(c.Request.Context(), model.ID))
		if ok {
			model.Stays = refusal.Message
		}
	}
	personal(c)
	respond.Page(c, status, view.ParticipantForm(model))
}
