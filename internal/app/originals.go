package app

import (
	"context"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/database"
)

// originals are the files of batches and what people typed of protocols, from which an election is counted again.
type originals struct {
	files batch.Files
	app   *App
}

// CountAgain counts an election a second time, without the votes cast online.
func (o originals) CountAgain(ctx context.Context, tx *database.Tx, e *elections.Election) (*ballots.SecondCount, error) {
	second, err := o.files.CountAgain(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	return second, o.app.Protocols.CountAgain(tx, e, second)
}
