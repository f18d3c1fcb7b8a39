package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
)

// ElectionWall shows an election on a screen in a hall: its state, its sentence, seats and the strongest lists, in large type.
// It follows the count as the election's page does.
func (p *Pages) ElectionWall(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	key := cache.Key{Page: "wall", Election: id}
	if waits, err := p.waitingElection(c.Request.Context(), id); err != nil {
		respond.Error(c, err)
		return
	} else if waits {
		key = cache.Key{} // no commit and no time tells the cache that it does
	}
	p.public(c, key, func(ctx context.Context, _ *view.Person) (publicPage, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		public = public.In(tagOf(ctx))
		model, err := p.electionModel(ctx, nil, public)
		if err != nil {
			return publicPage{}, err
		}
		return publicPage{view.Wall(model), public.Until}, nil
	})
}
