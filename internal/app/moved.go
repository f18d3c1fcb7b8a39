package app

import (
	"context"
	"fmt"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text/strictjson"
)

// The events of a move, in the logs of its two ends.
const (
	arrivedEvent = "data-arrived"
	leftEvent    = "data-left"
)

// UnfinishedMoveError is returned for a database into which urna move was copying when it was interrupted.
type UnfinishedMoveError struct {
	From string
	At   time.Time
}

// Error says what to do.
func (e *UnfinishedMoveError) Error() string {
	return fmt.Sprintf("a move of %s into this database began at %s and was not finished, so that it was not verified. Move again, which "+
		"replaces it, or use the data where they were; nothing was changed", e.From, e.At.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// MovedError is returned for data that were moved elsewhere and go on there.
type MovedError struct {
	To     string
	At     time.Time
	Folder bool // the data that were left are in a data folder
}

// Error names the place and the remedy.
func (e *MovedError) Error() string {
	remedy := "Move them back from there, or restore a backup"
	if e.Folder {
		remedy += "; if they were given up there, start the server with --accept-rollback \"REASON\": that is recorded in the audit log"
	}
	return fmt.Sprintf("the data were moved to %s at %s, and go on there. %s. Nothing was changed", e.To, e.At.UTC().Format("2006-01-02 15:04:05 UTC"), remedy)
}

// RecordArrival appends the event of a move to the log of its target.
func (a *App) RecordArrival(ctx context.Context, tx *database.Tx, detail map[string]any) error {
	return a.Log.Append(ctx, tx.SQL(), a.Options.Operator, arrivedEvent, "", detail)
}

// RecordLeaving appends the event of a move to the log of its source, on which no server starts any more.
func (a *App) RecordLeaving(ctx context.Context, tx *database.Tx, detail map[string]any) error {
	return a.Log.Append(ctx, tx.SQL(), a.Options.Operator, leftEvent, "", detail)
}

// compareEnds refuses data that are not whole or not the last ones.
func (a *App) compareEnds(ctx context.Context) error {
	err := a.refuseMoved(ctx)
	if err == nil && !a.onPostgres() {
		err = a.openAnchor(ctx)
	}
	return err
}

// refuseMoved refuses data that are not whole yet, or that go on elsewhere.
func (a *App) refuseMoved(ctx context.Context) error {
	if !a.Options.Moving {
		var from *string
		var at *int64
		const query = `SELECT (SELECT max(source) FROM unfinished_moves), (SELECT max(begun_at) FROM unfinished_moves)`
		if err := a.DB.Pool().QueryRowContext(ctx, query).Scan(&from, &at); err != nil {
			return fmt.Errorf("look for an unfinished move: %w", err)
		}
		if from != nil {
			return &UnfinishedMoveError{*from, time.UnixMilli(*at)}
		}
	}
	moved, err := a.moved(ctx)
	if err != nil || moved == nil || moved.Folder && a.Options.AcceptRollback != "" { // openAnchor records it
		return err
	}
	return moved
}

// lacks says what data that are used again may lack.
func (e *MovedError) lacks() string {
	return "everything after the move to " + e.To + " of " + e.At.UTC().Format("2006-01-02 15:04:05 UTC")
}

// moved returns the move by which the data left, nil for none, or for one after which they were accepted again.
func (a *App) moved(ctx context.Context) (*MovedError, error) {
	log := audit.NewReader(a.DB.Pool())
	left, err := log.Last(ctx, leftEvent)
	if err != nil || left.ID == 0 {
		return nil, err
	}
	for _, later := range []string{acceptedEvent, arrivedEvent} {
		last, err := log.Last(ctx, later)
		if err != nil || last.ID > left.ID {
			return nil, err
		}
	}
	var detail struct {
		To string `json:"to"`
	}
	if err := strictjson.UnmarshalStored([]byte(left.Detail), &detail); err != nil {
		return nil, fmt.Errorf("read the event of the move: %w", err)
	}
	return &MovedError{To: detail.To, At: left.At, Folder: !a.onPostgres()}, nil
}
