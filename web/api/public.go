package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
)

// public sends an answer that is the same for every reader: from the cache to readers who are not signed in, else drawn
// now. An answer with the zero key is not kept.
func (a *API) public(c *gin.Context, key cache.Key, draw cache.Draw) {
	if respond.IsShared(c) && key != (cache.Key{}) {
		language := messages.From(c.Request.Context())
		key.Language = language.Language()
		answer, err := a.services.Cache.Get(c.Request.Context(), key, func(ctx context.Context) (cache.Drawing, error) {
			return draw(messages.With(ctx, language))
		})
		if err != nil {
			respond.Error(c, err)
			return
		}
		answer.Write(c)
		return
	}
	d, err := draw(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	if d.FileName != "" {
		c.Header("Content-Disposition", `attachment; filename="`+d.FileName+`"`)
	}
	respond.Body(c, http.StatusOK, d.ContentType, d.Body)
}

// asJSON draws a value as JSON.
func asJSON(value any, until time.Time) (cache.Drawing, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return cache.Drawing{}, fmt.Errorf("encode the answer: %w", err)
	}
	return cache.Drawing{ContentType: respond.JSONType, Body: body, Until: until}, nil
}

// publicElection answers with what draw makes of the public part of the election that the path names.
func (a *API) publicElection(c *gin.Context, name string, draw func(*results.Public) (cache.Drawing, error)) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return
	}
	a.public(c, cache.Key{Page: name, Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		public, err := a.services.Results.Public(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		return draw(public)
	})
}
