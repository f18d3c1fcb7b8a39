package pages

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// mostWaitingShown is how many registered accounts the page shows at once.
const mostWaitingShown = 100

// waitingAccounts are the registered accounts among the users, those who came first at the top; nil for none.
func (p *Pages) waitingAccounts(users []auth.User, scope string) *view.WaitingAccounts {
	model := &view.WaitingAccounts{
		Scope: kit.Field{Name: "scope", Label: messages.PlacesUploadsFor(), Value: scope}, Scopes: scopeOptions(),
	}
	more := int64(0)
	for _, u := range inOrderOfIDs(users) {
		switch {
		case !u.Waiting:
		case len(model.Rows) == mostWaitingShown:
			more++
		default:
			model.Rows = append(model.Rows, view.WaitingAccount{
				ID: decimal(u.ID), Name: u.Name(), Email: u.Email, JMBG: u.JMBG, Since: view.NewMoment(u.CreatedAt, p.zone()),
			})
		}
	}
	if len(model.Rows) == 0 {
		return nil
	}
	if more > 0 {
		model.More = messages.PlacesWaitingMore(more)
	}
	return model
}

// The values of the choice where an official uploads.
const (
	scopeEverywhere = "everywhere"
	scopePlaces     = "places"
)

func scopeOptions() []kit.Option {
	return []kit.Option{
		{Value: scopeEverywhere, Text: messages.PlacesChoiceEverywhere(), Hint: messages.PlacesChoiceEverywhereHint()},
		{Value: scopePlaces, Text: messages.PlacesChoicePlaces(), Hint: messages.PlacesChoicePlacesHint()},
	}
}

// AdminUsersWaiting accepts or refuses registered accounts.
func (p *Pages) AdminUsersWaiting(c *gin.Context) {
	act, scope := formValue(c, "act"), formValue(c, "scope")
	chosen := c.Request.PostForm["users"]
	accepts := act == "accept"
	if !accepts && act != "refuse" || accepts && scope != scopeEverywhere && scope != scopePlaces {
		respond.Error(c, errNotAForm.With(messages.RefusalNotAFormOpenAgain()))
		return
	}
	problems := kit.Problems{}
	if len(chosen) == 0 {
		problems = kit.Problems{Summary: messages.PlacesWaitingChooseNone()}
	}
	accepted := int64(0)
	for _, value := range chosen {
		id, _ := strconv.ParseInt(value, 10, 64) // a text that is no number names no account
		err := p.decideWaiting(c, id, accepts, scope)
		refusal, is := errors.AsType[*problem.Error](err)
		if is && (refusal.Kind == problem.NotFound || refusal.Kind == problem.Conflict) { // another administrator was faster
			problems.Summary = messages.PlacesWaitingProblems()
			problems.List = append(problems.List, kit.Problem{Message: messages.PlacesWaitingFailed(value, refusal.Message)})
			continue
		}
		if err != nil {
			respond.Error(c, err)
			return
		}
		accepted = id
	}
	switch {
	case problems.Any():
		p.usersPage(c, http.StatusUnprocessableEntity, scope, problems)
	case accepts && scope == scopePlaces && len(chosen) == 1:
		respond.SeeOther(c, userPath(accepted)+"/places?done=user-accepted")
	default:
		respond.SeeOther(c, "/admin/users?done=waiting")
	}
}

// decideWaiting accepts an account, or deletes one that waits.
func (p *Pages) decideWaiting(c *gin.Context, id int64, accepts bool, scope string) error {
	ctx, actor := c.Request.Context(), principal.Actor(c)
	if accepts {
		_, err := p.Auth.ChangeUser(ctx, actor, id, auth.UserChange{Accept: true, Places: &[]auth.Place{}, Bound: scope == scopePlaces})
		return err
	}
	return p.Auth.Refuse(ctx, actor, id)
}
