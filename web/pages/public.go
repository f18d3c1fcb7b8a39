package pages

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
)

// publicPage is a page that everybody may see.
type publicPage struct {
	component templ.Component
	until     time.Time // when the clock alone changes it; zero is never
}

// drawPublic draws a public page for a reader, nil for everybody who is not signed in. Only the reader may differ from
// one person to the other.
type drawPublic func(ctx context.Context, reader *view.Person) (publicPage, error)

// public answers with a public page: the one from the cache to everybody who is not signed in, else one for the reader.
// A page with the zero key is not kept.
func (p *Pages) public(c *gin.Context, key cache.Key, draw drawPublic) {
	reader := p.reader(c)
	if reader != nil || !respond.IsShared(c) || key == (cache.Key{}) {
		page, err := draw(c.Request.Context(), reader)
		if err != nil {
			respond.Error(c, err)
			return
		}
		respond.Page(c, http.StatusOK, page.component)
		return
	}
	language, around := messages.From(c.Request.Context()), view.LanguagesOf(c.Request.Context())
	explained := view.HelpOf(c.Request.Context())
	key.Language, around.Address = language.Language(), publicAddress(key)
	c.Header("Content-Language", key.Language)
	answer, err := p.Cache.Get(c.Request.Context(), key, func(ctx context.Context) (cache.Drawing, error) {
		ctx = view.WithHelp(view.WithLanguages(messages.With(ctx, language), around), explained)
		page, err := draw(ctx, nil)
		if err != nil {
			return cache.Drawing{}, err
		}
		var b bytes.Buffer
		err = page.component.Render(ctx, &b)
		return cache.Drawing{ContentType: respond.HTML, Body: b.Bytes(), Until: page.until}, err
	})
	if err != nil {
		respond.Error(c, err)
		return
	}
	answer.Write(c)
}

// earliest returns when the clock alone changes any of the elections next; zero is never.
func earliest(all []*results.Public) (until time.Time) {
	for _, public := range all {
		if u := public.Until; !u.IsZero() && (until.IsZero() || u.Before(until)) {
			until = u
		}
	}
	return until
}

// publicAddress returns the address of a page that is kept, by its key alone.
func publicAddress(key cache.Key) string {
	election := "/elections/" + decimal(key.Election)
	switch {
	case key.Election == 0 && key.Page == "home":
		return "/"
	case key.Election == 0:
		return "/" + key.Page
	case key.Page == "election", key.Page == "waiting-election":
		return election
	case key.Page == "station-page":
		return election + "/stations/" + decimal(key.Part)
	case key.Page == "constituency-page":
		return election + "/constituencies/" + decimal(key.Part)
	case key.Part != 0:
		return election + "/" + key.Page + "?constituency=" + decimal(key.Part)
	default:
		return election + "/" + strings.TrimSuffix(key.Page, "-page")
	}
}
