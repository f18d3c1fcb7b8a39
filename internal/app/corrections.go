package app

import (
	"context"
	"errors"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/database"
)

// correctedResults are the results of elections, as corrections ask for them.
type correctedResults struct{ app *App }

// Count returns the count of a polling station, or of a constituency without stations.
func (r correctedResults) Count(ctx context.Context, tx *database.Tx, constituencyID, stationID int64) (elections.PlaceCount, error) {
	return ballots.PlaceCount(ctx, tx, constituencyID, stationID)
}

// OnlineVotes returns how many online votes a constituency has.
func (r correctedResults) OnlineVotes(ctx context.Context, tx *database.Tx, constituencyID int64) (int64, error) {
	return online.VotesOf(ctx, tx, constituencyID)
}

// Hold reports whether the figures of a certified election are those of its last certification.
func (r correctedResults) Hold(ctx context.Context, tx *database.Tx, electionID int64) (bool, error) {
	return r.app.Results.CertificationHolds(ctx, tx, electionID)
}

// Prepare writes the bundles that Keep keeps.
func (r correctedResults) Prepare(ctx context.Context, electionID int64) {
	if r.app.Bundles != nil {
		_ = r.app.Bundles.Prepare(ctx, electionID) // Keep reports the same error
	}
}

// Keep keeps the figures and the bundles of the last certification.
func (r correctedResults) Keep(ctx context.Context, tx *database.Tx, e *elections.Election) error {
	if r.app.Bundles == nil {
		return errors.New("app: a correction keeps bundles, which are not open")
	}
	if err := r.app.Results.KeepFigures(ctx, tx, e); err != nil {
		return err
	}
	return r.app.Bundles.Keep(ctx, tx, e)
}

// Changed tells watchers of the election.
func (r correctedResults) Changed(electionID int64) { r.app.Results.Changed(electionID) }
