package pages

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/view"
)

// ErrorPage draws the page for a refusal; it is a respond.ErrorPage.
func (p *Pages) ErrorPage(c *gin.Context, status int, f *problem.Error) templ.Component {
	personal(c)
	heading, advice := explain(status)
	if f.Code == "cross-origin" {
		heading = "Sent from another site"
		advice = "Nothing was changed. Open the page here and send the form from it. If this happens on this service's own pages, a proxy before the server does not keep the Host header: tell the operator."
	}
	model := view.ErrorPage{
		Page: p.page(c, "", messages.Literal(heading)), Status: strconv.Itoa(status),
		Heading: heading, Message: f.Message.In(c.Request.Context()), Advice: advice,
		Links: []view.Crumb{{Text: messages.Literal("All elections"), Href: "/"}},
	}
	for _, field := range f.Fields {
		model.Details = append(model.Details, field.Message.In(c.Request.Context()))
	}
	if u, ok := principal.Of(c); ok {
		model.Links = append(model.Links, view.Crumb{Text: messages.Literal("Where your work begins"), Href: home(u)})
	} else {
		model.Links = append(model.Links, view.Crumb{Text: messages.Literal("Sign in"), Href: "/login"})
	}
	return view.Error(model)
}

// explain returns a heading and what to do about a status.
func explain(status int) (heading, advice string) {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType:
		return "That could not be read", "Go back, look at what was entered, and try again."
	case http.StatusUnauthorized:
		return "Please sign in", "This page is for people with an account here."
	case http.StatusForbidden:
		return "Not for this account", "If you need it for your work, ask an administrator of this election service."
	case http.StatusNotFound:
		return "Nothing here", "The address may be mistyped, or the page may belong to another person."
	case http.StatusConflict:
		return "Not possible now", "Nothing was changed."
	case http.StatusRequestEntityTooLarge:
		return "Too large", "Split it and send the parts."
	case http.StatusTooManyRequests:
		return "Too many tries", "Wait a minute, then try again."
	case http.StatusServiceUnavailable:
		return "Busy just now", "Nothing was stored. Try again in a few seconds."
	default:
		return "Something went wrong", "Nothing more was changed. If it happens again, tell the people who run this service when it happened."
	}
}
