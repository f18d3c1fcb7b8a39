package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"urna/internal/app"
	"urna/internal/app/backup"
	"urna/internal/sealed"
	"urna/internal/text"
)

// BackupCommand writes a backup of a data folder, also of one that a server uses.
type BackupCommand struct {
	File string `arg:"" help:"The file for the backup, which must not exist yet. With --every, a folder for many." type:"path"`

	dataFlag
	toFlag

	Every    time.Duration `help:"Make a backup each so often until the program is stopped, such as 5m." env:"-"`
	Keep     int           `help:"With --every: how many of the newest backups are kept." default:"24" env:"-"`
	KeepDays int           `help:"With --every: of how many days the last backup is kept, too." default:"30" env:"-"`
	Scratch  string        `help:"A folder for the temporary copy of the database. Without it the data folder is used." type:"existingdir" env:"-"`
}

// toFlag names the recipients of backups.
type toFlag struct {
	To []string `help:"Encrypt the backup to these recipients of age, which begin with age1; separated by commas. Their identities belong on another machine." env:"-"`
}

// recipients reads them. A secret key that was given by mistake is not repeated.
func (f toFlag) recipients() (sealed.Recipients, error) { return recipientsOf("--to", f.To) }

// recipientsOf reads the recipients of a flag.
func recipientsOf(flag string, given []string) (sealed.Recipients, error) {
	to, mistake := sealed.Parse(strings.Join(given, " "))
	switch {
	case !mistake.IsZero():
		return to, errors.New(flag + ": " + mistake.String())
	case to.IsZero() && given != nil:
		return to, fmt.Errorf("%s is empty: give a recipient, or leave the flag out", flag)
	}
	return to, nil
}

// Run writes the backup, reads it back and compares it.
func (c *BackupCommand) Run(ctx context.Context, streams *Streams) error {
	if err := c.instead("PostgreSQL is backed up by its own tools: pg_basebackup with an archive of its log for any moment in time, or pg_dump; " +
		"copy the folder of the secret files, too"); err != nil {
		return err
	}
	to, err := c.recipients()
	if err != nil {
		return err
	}
	if c.Every != 0 {
		return c.many(ctx, streams, to)
	}
	source, closeSource, err := c.open(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	m, err := backup.Make(ctx, source, c.File, to)
	if err = errors.Join(err, closeSource()); err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(streams.Out, text.Printable(madeSentence(backup.Outcome{
		Name: c.File, Bytes: info.Size(), Took: time.Since(began), Manifest: m,
	})))
	return err
}

// madeSentence says what was made.
func madeSentence(o backup.Outcome) string {
	const mebibyte = 1 << 20
	return fmt.Sprintf("%s: %d files, %.1f MiB, written, read back and compared in %v; the audit log has %d events, its head is %s",
		o.Name, len(o.Manifest.Parts), float64(o.Bytes)/mebibyte, o.Took.Round(10*time.Millisecond), o.Manifest.Events, o.Manifest.Head)
}

// open opens the folder for one backup. A server may start or stop between two of them.
func (c *BackupCommand) open(ctx context.Context) (backup.Source, func() error, error) {
	reading, err := app.OpenForReading(ctx, c.Data, app.ReadOptions{Scratch: c.Scratch})
	if err != nil {
		return backup.Source{}, nil, err
	}
	return reading.BackupSource(currentVersion(), c.Scratch), func() error {
		return errors.Join(reading.Unchanged(), reading.Close())
	}, nil
}

// many makes backups until the program is stopped.
func (c *BackupCommand) many(ctx context.Context, streams *Streams, to sealed.Recipients) error {
	plan := backup.Plan{Folder: c.File, Every: c.Every, Keep: c.Keep, KeepDays: c.KeepDays, To: to}
	if err := plan.Check(c.Data); err != nil {
		return err
	}
	backup.NewSchedule(plan, time.Now, c.open, func(o backup.Outcome) {
		if o.Name != "" {
			fmt.Fprintln(streams.Out, text.Printable(madeSentence(o)))
		}
		if o.Err != nil {
			printError(streams, o.Err)
		}
	}).Run(ctx)
	return nil
}

// backupFlags are the schedule of the backups that a server makes by itself.
type backupFlags struct {
	BackupFolder   string        `help:"Make backups by itself in this folder, which must exist and is best on another disk." type:"path"`
	BackupEvery    time.Duration `help:"How often." default:"1h"`
	BackupKeep     int           `help:"How many of the newest backups are kept." default:"24"`
	BackupKeepDays int           `help:"Of how many days the last backup is kept, too." default:"30"`
	BackupTo       []string      `help:"Encrypt the backups to these recipients of age, which begin with age1; separated by commas. Without one, backups are paused while people vote online."`
}

// plan reads the schedule; nil for none.
func (f backupFlags) plan() (*backup.Plan, error) {
	to, err := recipientsOf("--backup-to", f.BackupTo)
	switch {
	case err != nil:
		return nil, err
	case f.BackupFolder == "" && f.BackupTo != nil:
		return nil, errors.New("--backup-to needs --backup-folder, the folder for the backups")
	case f.BackupFolder == "":
		return nil, nil //nolint:nilnil // no schedule
	}
	return &backup.Plan{Folder: f.BackupFolder, Every: f.BackupEvery, Keep: f.BackupKeep, KeepDays: f.BackupKeepDays, To: to}, nil
}
