package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"urna/internal/app/anchor"
	"urna/internal/app/datafolder"
	"urna/internal/audit"
	"urna/internal/database"
)

// openAnchor compares the database with the anchor beside it, and keeps the anchor up to date from then on.
func (a *App) openAnchor(ctx context.Context) (err error) {
	lost := ""
	if empty, err := a.isEmpty(ctx); err != nil {
		return err
	} else if empty {
		lost = a.usedWithout()
	}
	if !a.Options.Restoring {
		switch restored, err := a.restored(ctx); {
		case err != nil:
			return err
		case restored != nil && a.Options.AcceptRollback == "":
			return restored
		case restored != nil:
			lost = "the folder was restored from a backup of " + restored.Made.UTC().Format("2006-01-02 15:04:05 UTC")
		}
	}
	switch moved, err := a.moved(ctx); {
	case err != nil:
		return err
	case moved != nil:
		lost = moved.lacks()
	}
	a.anchor, err = anchor.Open(ctx, anchor.Settings{
		Path: a.Folder.Path(anchor.Name), DB: a.DB, Log: a.Log, Now: a.Options.Now,
		Accept: a.Options.AcceptRollback, Record: a.recordRollback, Lost: lost,
	})
	if err != nil {
		return err
	}
	a.DB.SetAnchor(a.anchor)
	return nil
}

// recordRollback appends the event of a database that is used although it lacks something.
func (a *App) recordRollback(ctx context.Context, tx *database.Tx, detail map[string]any) (event int64, err error) {
	slog.WarnContext(ctx, "a database is used that lacks what was accepted with a later one", "lacks", detail["lacks"], "elections", detail["elections"])
	if err := a.Log.Append(ctx, tx.SQL(), a.Options.Operator, acceptedEvent, "", detail); err != nil {
		return 0, err
	}
	_, event, err = audit.NewReader(tx.SQL()).Head(ctx)
	return event, err
}

// ReadAnchor reads the anchor beside the database.
func (a *App) ReadAnchor() (anchor.Kept, error) { return anchor.Read(a.Folder.Path(anchor.Name)) }

// refuseLostDatabase refuses a folder that was used and has no database: a new one would lack everything that was
// accepted.
func (a *App) refuseLostDatabase() error {
	database := a.Folder.Path(datafolder.Database)
	if _, err := os.Stat(database); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(database + "-wal"); err == nil { // a new database would overwrite it
		return fmt.Errorf("%s is missing, and the data folder holds its log of changes. Put it back from the backup of this folder, or "+
			"name another folder with --data; nothing was changed", database)
	}
	trace := a.usedWithout()
	if trace == "" || a.Options.AcceptRollback != "" {
		return nil
	}
	return fmt.Errorf("%s is missing, and %s. Put it back from the backup of this folder, or name another folder with --data. If it is lost for "+
		"good, start the server with --accept-rollback \"REASON\"; nothing was changed", database, trace)
}

// usedWithout returns the evidence that the folder was used with a database that was not empty, "" for none. One or
// two secret files alone are no evidence: a person may put them into a new folder.
func (a *App) usedWithout() string {
	spooled, _ := filepath.Glob(filepath.Join(a.SpoolFolder(), "*.csv")) // the pattern is a good one
	if len(spooled) > 0 {
		return "the data folder holds files that were accepted with it"
	}
	// An anchor of nothing was made by a first start that ended before it recorded anything.
	if kept, err := anchor.Read(a.Folder.Path(anchor.Name)); err != nil || !kept.OfNothing() {
		return "the data folder holds its anchor, " + anchor.Name
	}
	for _, name := range []string{datafolder.VotersKey, datafolder.SigningKey, datafolder.ServerKey} {
		if _, err := os.Stat(a.Folder.Path(name)); err != nil {
			return ""
		}
	}
	return "the data folder holds the secret files that were used with it"
}

// isEmpty reports whether nothing was ever recorded in the database.
func (a *App) isEmpty(ctx context.Context) (bool, error) {
	_, events, err := audit.NewReader(a.DB.Pool()).Head(ctx)
	if err != nil || events > 0 {
		return false, err
	}
	used, err := datafolder.Used(ctx, a.DB)
	if err != nil || used {
		return false, err
	}
	anchored, err := anchor.Known(ctx, a.DB)
	return !anchored, err
}
