package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/results"
	"urna/results/document"
	"urna/web/cache"
)

// ElectionRecord hands out the record of the results as a PDF, in the reader's language.
func (p *Pages) ElectionRecord(c *gin.Context) {
	c.Header("Content-Language", messages.From(c.Request.Context()).Language())
	p.electionFile(c, "protocol.pdf", func(ctx context.Context, id int64) (cache.Drawing, error) {
		record, public, err := p.electionRecord(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		record.Results = record.Results.In(tagOf(ctx))
		body, err := document.Draw(ctx, *record)
		name := "record-" + decimal(id)
		if record.Results.Provisional {
			name += "-provisional"
		}
		return cache.Drawing{ContentType: "application/pdf", FileName: name + ".pdf", Body: body, Until: public.Until}, err
	})
}

// electionRecord returns what the record has: of a certified election its certified figures, else the present ones. Figures
// that were altered after the certification have none.
func (p *Pages) electionRecord(ctx context.Context, id int64) (*document.Record, *results.Public, error) {
	public, err := p.Results.Public(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	r, err := public.Count()
	if err != nil {
		return nil, nil, err
	}
	if r.Altered {
		return nil, nil, results.ErrAltered
	}
	by, err := p.publisher(ctx)
	if err != nil {
		return nil, nil, err
	}
	record := &document.Record{Results: r, Publisher: by.Name, Kind: kindName(r.Election.Kind)}
	if method := r.Election.Rules.Method; method != "" {
		record.Method = methodName(method)
	}
	if final := public.Final; final != nil {
		record.Figures, record.Hash, record.Certification, record.Points = final.Figures, final.Hash, final.Certification, final.OpenPoints
		return record, public, nil
	}
	if r.Stations == nil {
		record.Figures, err = results.NewFigures(r, nil)
	} else {
		var table *results.StationTable
		if table, err = p.Results.StationTable(ctx, id); err == nil {
			record.Results, record.Figures = table.Results, table.Figures // of one moment
		}
	}
	if err != nil {
		return nil, nil, err
	}
	_, record.Hash, err = record.Figures.Encode()
	return record, public, err
}
