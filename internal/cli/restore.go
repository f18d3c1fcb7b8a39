package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"urna/internal/app/restore"
	"urna/internal/text"
)

// RestoreCommand makes a data folder from a backup.
type RestoreCommand struct {
	File string `arg:"" help:"The backup." type:"existingfile"`

	Data string `help:"The data folder to make. It must not exist yet, or be empty." type:"path"`

	Identity        string `help:"Of an encrypted backup: the file with the identity that opens it, as urna keys identity or age-keygen wrote it." type:"path" env:"-"`
	PassphraseStdin bool   `help:"Read the passphrase of the identity from the first line of standard input." env:"-"`

	Check   bool   `help:"Make all checks of the backup and write nothing that stays." env:"-"`
	Anchor  string `help:"The urna.anchor of the folder that was lost: the report says exactly what the backup lacks." type:"existingfile" env:"-"`
	Scratch string `help:"A folder for temporary files. Without it the system's own is used." type:"existingdir" env:"-"`
	Replace bool   `help:"Put the backup in the place of a data folder that no server uses. That folder is kept under another name." env:"-"`

	AcceptDifferences string `placeholder:"REASON" help:"Restore a backup that contradicts its own originals. The reason is recorded in the audit log." env:"-"`
}

// Run checks the backup and makes the folder.
func (c *RestoreCommand) Run(ctx context.Context, streams *Streams) error {
	if c.Data == "" && !c.Check {
		return errors.New("--data is missing: name the data folder to make, or give --check to check the backup only")
	}
	if c.AcceptDifferences != "" && strings.TrimSpace(c.AcceptDifferences) == "" {
		return errors.New("--accept-differences is blank: write the reason, which is recorded")
	}
	o := restore.Options{
		Scratch: c.Scratch, Operator: commandLine(), Anchor: c.Anchor, Replace: c.Replace, AcceptDifferences: strings.TrimSpace(c.AcceptDifferences),
	}
	if c.Identity != "" {
		identities, err := identityFlags{Identity: c.Identity, PassphraseStdin: c.PassphraseStdin}.read(streams)
		if err != nil {
			return err
		}
		o.Identities = identities
	}
	var report restore.Report
	var err error
	if c.Check {
		report, err = restore.Check(ctx, c.File, o)
	} else {
		report, err = restore.Restore(ctx, c.File, c.Data, o)
	}
	if report.Verified != nil {
		c.print(streams, report, err == nil)
	}
	return err
}

// print says what the backup has and what became of it.
func (c *RestoreCommand) print(streams *Streams, r restore.Report, ok bool) {
	printReport(streams, r.Verified)
	say := func(format string, args ...any) {
		fmt.Fprintln(streams.Out, text.Printable(fmt.Sprintf(format, args...)))
	}
	say("backup of %s by version %s: %d files; the audit log has %d events, its head is %s",
		r.Manifest.Made.UTC().Format(time.DateTime+" UTC"), r.Manifest.Version, len(r.Manifest.Parts), r.Manifest.Events, r.Manifest.Head)
	switch {
	case r.Compared && len(r.Missing) == 0:
		say("compared with the anchor of the lost folder: nothing is missing")
	case r.Compared:
		say("compared with the anchor of the lost folder: %s", strings.Join(r.Missing, "; "))
	}
	if !ok || c.Check {
		return
	}
	say("restored to %s; all tokens and browser sessions have ended", c.Data)
	if r.Replaced != "" {
		say("the folder that was there is kept as %s", r.Replaced)
	}
	if r.Asks {
		say("elections had begun: start the server with --accept-rollback \"REASON\"")
	}
}
