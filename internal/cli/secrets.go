package cli

import (
	"context"
	"errors"
	"fmt"

	"urna/ballots/online"
	"urna/internal/app"
	"urna/internal/app/datafolder"
	"urna/internal/database"
)

// SecretsCommand manages the secret files of a data folder.
type SecretsCommand struct {
	Replace SecretsReplaceCommand `cmd:"" help:"Make another secret file in the place of one that is lost and in no backup."`
}

// Help is the text below the command's usage.
func (c *SecretsCommand) Help() string {
	return "Restore a lost secret file from a backup. Replace it only if no backup has it;\ndocs/operating.md says what else is lost then."
}

// SecretsReplaceCommand replaces a secret.
type SecretsReplaceCommand struct {
	dataFlag

	Name string `arg:"" help:"voters.key, signing.key or server.key." enum:"voters.key,signing.key,server.key"`
}

// Run replaces the secret and records that in the audit log. No server may run on the folder.
func (c *SecretsReplaceCommand) Run(ctx context.Context, streams *Streams) (err error) {
	f, err := c.openFolder(ctx, app.Options{Lock: c.Database != ""}) // which is the lead of the database
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Folder.Lock(); err != nil {
		return fmt.Errorf("%w; stop it first", err)
	}
	err = f.Folder.Replace(ctx, f.DB, c.Name, func(tx *database.Tx) error {
		if c.Name == datafolder.ServerKey {
			if err := f.Log.ForgetDigests(ctx, tx); err != nil {
				return err
			}
		}
		if c.Name == datafolder.VotersKey {
			if err := online.ForgetSums(ctx, tx); err != nil {
				return err
			}
		}
		return f.Log.Append(ctx, tx.SQL(), commandLine(), "secret-replaced", "", map[string]any{"file": c.Name})
	})
	if err != nil {
		return fmt.Errorf("%s was not replaced: %w", c.Name, err)
	}
	next := map[string]string{
		datafolder.VotersKey:  "voter keys that were issued before are void",
		datafolder.SigningKey: "publish the new fingerprint, which the next results bundle tells, and why it changed",
		datafolder.ServerKey:  "second factors cannot be checked any more: run urna users remove-second-factor for each account that has one",
	}[c.Name]
	_, err = fmt.Fprintf(streams.Out, "%s was replaced; %s\n", c.Name, next)
	return err
}
