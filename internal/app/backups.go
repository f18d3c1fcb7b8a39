package app

import (
	"context"
	"fmt"
	"log/slog"

	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/internal/app/backup"
	"urna/internal/database"
)

// BackupSource returns the folder as the source of a backup. Version is that of the program; scratch is the folder for the
// temporary copy of the database, "" the data folder itself.
func (a *App) BackupSource(version, scratch string) backup.Source {
	return backup.Source{
		DB: a.DB, Folder: a.Folder.Path(""), Scratch: scratch, Version: version, Now: a.Options.Now, Unerased: online.Unerased,
		Space: func(folder string, bytes int64) error {
			space := a.Options.Ingest
			space.Folder = folder
			if err := batch.Reserve(space)(bytes); err != nil {
				const mebibyte = 1 << 20
				return fmt.Errorf("the backup needs %d MiB in %s, beside the reserve of the disk for votes and sign-ins: %w", bytes/mebibyte+1, folder, database.ErrDiskFull)
			}
			return nil
		},
	}
}

// openBackups prepares the schedule of the options. Start starts it.
func (a *App) openBackups() error {
	plan := a.Options.Backups
	if plan == nil {
		return nil
	}
	if err := plan.Check(a.Folder.Path("")); err != nil {
		return err
	}
	source := a.BackupSource(a.Options.Version, "")
	a.Backups = backup.NewSchedule(*plan, a.Options.Now, func(context.Context) (backup.Source, func() error, error) {
		return source, func() error { return nil }, nil
	}, reportBackup)
	return nil
}

// reportBackup logs what became of a backup of the schedule.
func reportBackup(o backup.Outcome) {
	if o.Name != "" {
		slog.Info("a backup was made, read back and compared", "file", o.Name, "bytes", o.Bytes, "took", o.Took, "events", o.Manifest.Events, "head", o.Manifest.Head)
	}
	if o.Err != nil {
		slog.Error("no backup was made, or old ones could not be removed", "error", o.Err)
	}
}
