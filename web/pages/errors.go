package pages

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results"
	"urna/web/principal"
	"urna/web/view"
	"urna/web/view/kit"
)

// ErrorPage draws the page for a refusal; it is a respond.ErrorPage.
func (p *Pages) ErrorPage(c *gin.Context, status int, f *problem.Error) templ.Component {
	personal(c)
	heading, advice := explain(status)
	switch f.Code {
	case "cross-origin":
		heading, advice = messages.ErrorsOtherSite(), messages.ErrorsOtherSiteAdvice()
	case results.ErrEmbargoed.Code: // it holds for every account
		heading, advice = messages.ErrorsNotNow(), messages.Message{}
	}
	model := view.ErrorPage{
		Page: p.page(c, "", heading), Status: strconv.Itoa(status),
		Heading: heading, Message: f.Message, Advice: advice,
		Links: []kit.Crumb{{Text: messages.ErrorsAllElections(), Href: "/"}},
	}
	for _, field := range f.Fields {
		model.Details = append(model.Details, field.Message)
	}
	if u, ok := principal.Of(c); ok {
		model.Links = append(model.Links, kit.Crumb{Text: messages.ErrorsStartPage(), Href: home(u)})
	} else {
		model.Links = append(model.Links, kit.Crumb{Text: messages.ErrorsSignIn(), Href: "/login"})
	}
	return view.Error(model)
}

// explain returns a heading and what to do about a status.
func explain(status int) (heading, advice messages.Message) {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType:
		return messages.ErrorsCouldNotBeRead(), messages.ErrorsCouldNotBeReadAdvice()
	case http.StatusUnauthorized:
		return messages.ErrorsSignInNeeded(), messages.ErrorsSignInNeededAdvice()
	case http.StatusForbidden:
		return messages.ErrorsNotAllowed(), messages.ErrorsNotAllowedAdvice()
	case http.StatusNotFound:
		return messages.ErrorsNotFound(), messages.ErrorsNotFoundAdvice()
	case http.StatusConflict:
		return messages.ErrorsNotNow(), messages.ErrorsNotNowAdvice()
	case http.StatusRequestEntityTooLarge:
		return messages.ErrorsTooLarge(), messages.ErrorsTooLargeAdvice()
	case http.StatusTooManyRequests:
		return messages.ErrorsTooMany(), messages.ErrorsTooManyAdvice()
	case http.StatusServiceUnavailable:
		return messages.ErrorsBusy(), messages.ErrorsBusyAdvice()
	case http.StatusInsufficientStorage:
		return messages.ErrorsNoSpace(), messages.ErrorsNoSpaceAdvice()
	default:
		return messages.ErrorsFailed(), messages.ErrorsFailedAdvice()
	}
}
