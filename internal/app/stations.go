package app

import (
	"context"
	"errors"

	"urna/auth"
	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
)

// stationBallots are the batches and protocols of polling stations.
type stationBallots struct{ app *App }

// Holds reports whether a polling station has batches or a protocol that are not retracted.
func (b stationBallots) Holds(_ context.Context, tx *database.Tx, stationID int64) (bool, error) {
	holds, err := batch.StationHolds(tx, stationID)
	if err != nil || holds {
		return holds, err
	}
	return ballots.StationHasProtocol(tx, stationID)
}

// Retract retracts the batches or the protocol of a polling station. It returns ballots.ErrStationBeingCounted while any of
// them is being counted or waits for a decision.
func (b stationBallots) Retract(ctx context.Context, tx *database.Tx, actor audit.Actor, e *elections.Election, stationID int64, reason string) error {
	if b.app.Batches == nil {
		return errors.New("app: a polling station is annulled without batches")
	}
	if err := b.app.Batches.RetractStation(ctx, tx, actor, e, stationID, reason); err != nil {
		return err
	}
	return b.app.Protocols.RetractStation(ctx, tx, actor, stationID, reason)
}

// dropStations removes polling stations from the places of officials.
func (a *App) dropStations(ctx context.Context, tx *database.Tx, actor audit.Actor, names map[int64]string) error {
	return auth.DropStations(ctx, tx, a.Log, actor, names, placeNames)
}

// placeNames names places of officials.
func placeNames(tx *database.Tx, places []auth.Place) (map[auth.Place]string, error) {
	var constituencies, stations, observed []int64
	for _, place := range places {
		switch {
		case place.ElectionID != 0:
			observed = append(observed, place.ElectionID)
		case place.StationID != 0:
			stations = append(stations, place.StationID)
		default:
			constituencies = append(constituencies, place.ConstituencyID)
		}
	}
	names := make(map[auth.Place]string, len(places))
	found, err := elections.ConstituencyNames(tx, constituencies)
	if err != nil {
		return nil, err
	}
	for id, name := range found {
		names[auth.Place{ConstituencyID: id}] = name
	}
	if found, err = elections.StationNames(tx, stations); err != nil {
		return nil, err
	}
	for id, name := range found {
		names[auth.Place{StationID: id}] = name
	}
	if found, err = elections.Titles(tx, observed); err != nil {
		return nil, err
	}
	for id, name := range found {
		names[auth.Place{ElectionID: id}] = name
	}
	return names, nil
}
