package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// exampleParticipants is a short list as the page shows it.
const exampleParticipants = "name;short_name;color;kind\nGreen Union;GU;#2e7d32;party\nMarta Novak;;;individual"

// AdminParticipantListForm asks for a list of participants.
func (p *Pages) AdminParticipantListForm(c *gin.Context) {
	p.participantList(c, http.StatusOK, view.ParticipantListPage{}, participants.Kind(c.Query("kind")))
}

// AdminParticipantList reads a pasted or uploaded list and shows whom it registers, or the lines with mistakes. A list that is
// confirmed is stored.
func (p *Pages) AdminParticipantList(c *gin.Context) {
	form, text, err := readImport(c)
	var model view.ParticipantListPage
	kind := participants.Kind(form.Get("kind"))
	if err == nil {
		model.List.Value = string(text)
		var made int
		if made, err = p.readParticipantList(c, form, text, &model); err == nil && form.Get("action") == save && model.Preview == nil {
			respond.SeeOther(c, "/admin/participants?"+url.Values{"listed": {decimal(int64(made))}}.Encode())
			return
		}
	}
	if err == nil {
		p.participantList(c, http.StatusOK, model, kind)
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	model.Problems, model.Preview = problems, nil
	p.participantList(c, status, model, kind)
}

// readParticipantList stores a confirmed list, and returns how many participants it registered. It fills the model with the
// preview of any other, also of one that was confirmed without those who look alike by now.
func (p *Pages) readParticipantList(c *gin.Context, form url.Values, text []byte, model *view.ParticipantListPage) (made int, err error) {
	ctx := c.Request.Context()
	list, err := elections.ReadParticipants(text, kindOr(participants.Kind(form.Get("kind"))))
	if err != nil {
		return 0, err
	}
	if form.Get("action") == save {
		created, err := p.Participants.CreateAll(ctx, principal.Actor(c), list, idsIn(form.Get("seen")))
		if !errors.Is(err, participants.ErrLooksAlike) {
			return len(created), err
		}
		model.Again = messages.ParticipantsListAgain()
	}
	registered, err := p.allParticipants(ctx)
	if err != nil {
		return 0, err
	}
	model.Preview = previewOf(participants.Plan(registered, list))
	return 0, nil
}

// kindOr is the kind of participants that a form says, a party if it says none.
func kindOr(kind participants.Kind) participants.Kind {
	if kind == participants.Individual {
		return kind
	}
	return participants.Party
}

// previewOf shows what a list makes of each of its participants.
func previewOf(plan []participants.Planned) *view.ParticipantPreview {
	preview := &view.ParticipantPreview{Table: kit.Table{
		Caption: messages.ParticipantsListPreview(), Quiet: true, TestID: "participants-preview",
		Columns: []kit.Column{
			{Head: messages.ParticipantsName()},
			{Head: messages.ParticipantsShortName(), Label: messages.ParticipantsListShortLabel()},
			{Head: messages.ParticipantsKind(), Label: messages.ParticipantsListKindLabel()},
			{Head: messages.ParticipantsListOutcome(), Label: messages.ParticipantsListOutcomeLabel()},
		},
	}}
	fresh, seen := 0, []string{}
	for _, p := range plan {
		kind := messages.ParticipantsChoiceParty()
		if p.Kind == participants.Individual {
			kind = messages.ParticipantsChoiceIndividual()
		}
		outcome := kit.Cell{Content: messages.ParticipantsListNew()}
		if p.Known != nil {
			outcome = kit.Cell{Content: messages.ParticipantsListKnown(), Href: "/admin/participants/" + decimal(p.Known.ID)}
		} else {
			fresh++
			for _, other := range p.Alike {
				name := messages.ElectionImportInQuotes(other.Name)
				if other.ID > 0 {
					name = messages.ElectionImportInQuotesWithId(other.Name, decimal(other.ID))
					seen = append(seen, decimal(other.ID))
				}
				outcome.Hint = messages.Join(messages.UnitList, outcome.Hint, name)
			}
			if !outcome.Hint.IsZero() {
				preview.Alike++
				outcome.Hint = messages.ElectionImportLooksLike(outcome.Hint)
			}
		}
		preview.Table.Rows = append(preview.Table.Rows, kit.Row{TestID: "participant-listed", Cells: []kit.Cell{
			{Content: view.Named(view.ColorOr(p.Color, "none"), p.Name)}, kit.TextCell(p.ShortName), {Content: kind}, outcome,
		}})
	}
	slices.Sort(seen)
	preview.Seen = strings.Join(slices.Compact(seen), " ")
	preview.Fresh, preview.Sum = fresh, messages.ParticipantsListSum(int64(fresh))
	if known := len(plan) - fresh; known > 0 {
		preview.KnownSum = messages.ParticipantsListKnownSum(int64(known))
	}
	return preview
}

func (p *Pages) participantList(c *gin.Context, status int, model view.ParticipantListPage, kind participants.Kind) {
	model.Page = p.page(c, view.SectionParticipants, messages.ParticipantsListHeading())
	model.List.Name, model.List.Label, model.List.Problem = "list", messages.ParticipantsListField(), model.Problems.Of("list")
	model.List.Hint = messages.ElectionImportListHint()
	model.Kind = kit.Field{Name: "kind", Label: messages.ParticipantsListDefaultKind(), Value: string(kindOr(kind))}
	model.Kinds = []kit.Option{
		{Value: string(participants.Party), Text: messages.ParticipantsChoiceParty()},
		{Value: string(participants.Individual), Text: messages.ParticipantsChoiceIndividual()},
	}
	model.Columns, model.Example = elections.ParticipantColumns(), exampleParticipants
	personal(c)
	respond.Page(c, status, view.ParticipantList(model))
}
