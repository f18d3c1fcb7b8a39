package app

import (
	"context"
	"fmt"
	"time"

	"urna/auth"
	"urna/internal/app/anchor"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text/strictjson"
)

// The events of a restoration, and of the use of a database that lacks something.
const (
	restoredEvent = "folder-restored"
	acceptedEvent = "rollback-accepted"
)

// RestoredError is returned for the first use of a folder that was restored while elections had begun.
type RestoredError struct {
	Made      time.Time // of the backup
	Elections []int64   // that had begun
}

// Error names the missing acts and the remedy.
func (e *RestoredError) Error() string {
	return fmt.Sprintf("this data folder was restored from a backup of %s. Votes, files and acts that were accepted after that are missing, and "+
		"elections had begun (%v). Make sure that no other server uses the folder that was backed up. Then start the server with "+
		"--accept-rollback \"REASON\": that is recorded in the audit log, and each of these elections gets an open point. Nothing was changed",
		e.Made.UTC().Format("2006-01-02 15:04:05 UTC"), e.Elections)
}

// RecordRestoration appends the event of a restoration, which ends all tokens. asks reports whether the first start of a
// server will ask for a reason, because elections had begun.
func (a *App) RecordRestoration(ctx context.Context, detail map[string]any) (asks bool, err error) {
	err = a.DB.Write(ctx, func(tx *database.Tx) error {
		begun, err := anchor.Begun(ctx, tx.SQL(), a.Options.Now())
		if err != nil {
			return err
		}
		asks = len(begun) > 0
		detail["elections"] = begun
		if err := auth.EndAllTokens(tx, a.Options.Now()); err != nil {
			return err
		}
		return a.Log.Append(ctx, tx.SQL(), a.Options.Operator, restoredEvent, "", detail)
	})
	return asks, err
}

// restored returns the restoration of the folder that no start of a server has accepted yet; nil for none.
func (a *App) restored(ctx context.Context) (*RestoredError, error) {
	log := audit.NewReader(a.DB.Pool())
	restored, err := log.Last(ctx, restoredEvent)
	if err != nil || restored.ID == 0 {
		return nil, err
	}
	accepted, err := log.Last(ctx, acceptedEvent)
	if err != nil || accepted.ID > restored.ID {
		return nil, err
	}
	var detail struct {
		Made      time.Time `json:"made"`
		Elections []int64   `json:"elections"`
	}
	if err := strictjson.UnmarshalStored([]byte(restored.Detail), &detail); err != nil {
		return nil, fmt.Errorf("read the event of the restoration: %w", err)
	}
	if len(detail.Elections) == 0 {
		return nil, nil //nolint:nilnil // nothing to accept
	}
	return &RestoredError{Made: detail.Made, Elections: detail.Elections}, nil
}
