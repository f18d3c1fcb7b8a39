package pages

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/internal/audit/countersign"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

const witnessesPath = "/admin/witnesses"

// witnessNotice returns the sentence of administrators' pages about witnesses that contradict the log or that have sent
// nothing for long; no sentence for none. A page is shown without it if that fails.
func (p *Pages) witnessNotice(ctx context.Context) (none messages.Message) {
	if p.Countersign == nil {
		return none
	}
	witnesses, err := p.Countersign.Witnesses(ctx)
	if err != nil {
		if ctx.Err() == nil {
			slog.ErrorContext(ctx, "read the witnesses", "error", err)
		}
		return none
	}
	var conflicts, late []string
	for _, w := range witnesses {
		switch {
		case w.Conflict != nil:
			conflicts = append(conflicts, w.Operator)
		case w.Late(p.Now()):
			late = append(late, w.Operator)
		}
	}
	switch {
	case len(conflicts) > 0:
		return messages.LogBannerConflict(strings.Join(slices.Compact(conflicts), ", "))
	case len(late) > 0:
		return messages.LogBannerLate(strings.Join(slices.Compact(late), ", "))
	default:
		return none
	}
}

// AdminWitnesses lists the witnesses, with a form for another one.
func (p *Pages) AdminWitnesses(c *gin.Context) {
	p.showWitnesses(c, http.StatusOK, countersign.Draft{}, kit.Problems{})
}

func (p *Pages) showWitnesses(c *gin.Context, status int, d countersign.Draft, problems kit.Problems) {
	witnesses, err := p.Countersign.Witnesses(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.WitnessesPage{
		Page: p.page(c, view.SectionAdmin, messages.LogManageHeading()), Zone: view.ZoneName(p.zone()), Rows: p.witnessRows(witnesses), Problems: problems,
		Key:      kit.Field{Name: "key", Label: messages.LogKeyField(), Value: d.Key, Problem: problems.Of("key"), Complete: "off"},
		Operator: kit.Field{Name: "operator", Label: messages.LogOperatorField(), Hint: messages.LogOperatorHint(), Value: d.Operator, Problem: problems.Of("operator"), Complete: "off"},
	}
	switch done := c.Query("done"); {
	case problems.Any():
	case done == "registered":
		model.Notice = messages.LogDoneRegistered()
	case done == "removed":
		model.Notice = messages.LogDoneRemoved()
	}
	personal(c)
	respond.Page(c, status, view.Witnesses(model))
}

// AdminWitnessRegister registers a witness.
func (p *Pages) AdminWitnessRegister(c *gin.Context) {
	d := countersign.Draft{Key: formValue(c, "key"), Operator: formValue(c, "operator")}
	if _, err := p.Countersign.Register(c.Request.Context(), principal.Actor(c), d); err != nil {
		problems, status, ok := formProblems(err)
		if !ok {
			respond.Error(c, err)
			return
		}
		p.showWitnesses(c, status, d, problems)
		return
	}
	respond.SeeOther(c, witnessesPath+"?done=registered")
}

// AdminWitnessRemove ends the registration of a witness.
func (p *Pages) AdminWitnessRemove(c *gin.Context) {
	id, ok := pathID(c, "witness")
	if !ok {
		respond.Error(c, countersign.ErrUnknownWitness)
		return
	}
	if _, err := p.Countersign.Remove(c.Request.Context(), principal.Actor(c), id); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, witnessesPath+"?done=removed")
}
