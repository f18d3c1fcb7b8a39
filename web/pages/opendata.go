package pages

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
	"urna/web/opendata"
	"urna/web/respond"
)

// ElectionCDF hands out the results in NIST's common data format.
func (p *Pages) ElectionCDF(c *gin.Context) {
	p.publicFile(c, "results.cdf.json", func(ctx context.Context, public *results.Public) (cache.Drawing, error) {
		by, err := p.publisher(ctx)
		if err != nil {
			return cache.Drawing{}, err
		}
		return opendata.CDF(public, by.Name, p.Version)
	})
}

// ElectionDataPackage describes the CSV tables of the election.
func (p *Pages) ElectionDataPackage(c *gin.Context) {
	p.publicFile(c, "datapackage.json", func(_ context.Context, public *results.Public) (cache.Drawing, error) {
		return opendata.DataPackage(public, p.Bundles.Fingerprint())
	})
}

// ElectionFeed hands out the Atom feed, in the reader's language.
func (p *Pages) ElectionFeed(c *gin.Context) {
	c.Header("Content-Language", messages.From(c.Request.Context()).Language())
	p.publicFile(c, "feed.atom", func(ctx context.Context, public *results.Public) (cache.Drawing, error) {
		by, err := p.publisher(ctx)
		if err != nil {
			return cache.Drawing{}, err
		}
		return opendata.Feed(ctx, public, by)
	})
}

// ElectionResultsCSV hands out one line for each candidacy.
func (p *Pages) ElectionResultsCSV(c *gin.Context) {
	p.publicFile(c, "results-table", func(_ context.Context, public *results.Public) (cache.Drawing, error) {
		return opendata.ResultsCSV(public)
	})
}

// ElectionConstituenciesCSV hands out one line for each constituency.
func (p *Pages) ElectionConstituenciesCSV(c *gin.Context) {
	p.publicFile(c, "constituencies-table", func(_ context.Context, public *results.Public) (cache.Drawing, error) {
		return opendata.ConstituenciesCSV(public)
	})
}

// ElectionStationsCSV hands out one line for each polling station and candidacy.
func (p *Pages) ElectionStationsCSV(c *gin.Context) {
	p.electionFile(c, "stations-table", func(ctx context.Context, id int64) (cache.Drawing, error) {
		t, err := p.Results.StationTable(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		return opendata.StationsCSV(t)
	})
}

// ElectionTurnoutCSV hands out one line for each turnout report.
func (p *Pages) ElectionTurnoutCSV(c *gin.Context) {
	p.electionFile(c, "turnout-table", func(ctx context.Context, id int64) (cache.Drawing, error) {
		return opendata.TurnoutCSV(ctx, p.Turnout, id)
	})
}

// publicFile answers with a file that is drawn from all that anyone may see of the election that the path names.
func (p *Pages) publicFile(c *gin.Context, name string, draw func(context.Context, *results.Public) (cache.Drawing, error)) {
	p.electionFile(c, name, func(ctx context.Context, id int64) (cache.Drawing, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		return draw(ctx, public)
	})
}

// electionFile answers with a file about the election that the path names, in the reader's language: from the cache to
// everybody who is not signed in, else drawn now. name is unique among the answers about an election.
func (p *Pages) electionFile(c *gin.Context, name string, draw func(ctx context.Context, id int64) (cache.Drawing, error)) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	p.drawnFile(c, cache.Key{Page: name, Election: id}, func(ctx context.Context) (cache.Drawing, error) { return draw(ctx, id) })
}

// drawnFile answers with a file in the reader's language, as electionFile does. The key needs no language.
func (p *Pages) drawnFile(c *gin.Context, key cache.Key, draw cache.Draw) {
	if respond.IsShared(c) {
		language := messages.From(c.Request.Context())
		key.Language = language.Language()
		answer, err := p.Cache.Get(c.Request.Context(), key, func(ctx context.Context) (cache.Drawing, error) { return draw(messages.With(ctx, language)) })
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

// publisher returns who publishes open data: the server at its address, if that is known.
func (p *Pages) publisher(ctx context.Context) (opendata.Publisher, error) {
	address, err := p.PublicURL.Get(ctx)
	if err != nil {
		return opendata.Publisher{}, err
	}
	by := opendata.Publisher{Identity: p.Bundles.Fingerprint(), Address: address, Name: "Urna"}
	if u, err := url.Parse(address); err == nil {
		by.Name = cmp.Or(u.Hostname(), by.Name)
	}
	return by, nil
}
