package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/elections/participants"
	"urna/elections/turnout"
	"urna/internal/app/anchor"
	"urna/internal/app/datafolder"
	"urna/internal/audit"
	"urna/internal/audit/countersign"
	"urna/internal/database"
	"urna/results"
	"urna/results/bundle"
)

// LoggedTables are all tables whose rows the audit log has. docs/trust.md names the others, with the reasons.
func LoggedTables() []audit.Table {
	return slices.Concat(
		auth.LoggedTables(), participants.LoggedTables(), elections.LoggedTables(), turnout.LoggedTables(), batch.LoggedTables(), online.LoggedTables(),
		protocol.LoggedTables(),
		results.LoggedTables(), bundle.LoggedTables(), anchor.LoggedTables(), countersign.LoggedTables(),
		[]audit.Table{
			{Name: "settings", Key: []string{"name"}, Columns: []string{"value"}},
			{Name: "folder_secrets", Key: []string{"name"}, Columns: []string{"fingerprint"}},
		},
	)
}

// completeLog gives the audit log the secret of its digests, and makes it complete for a folder of an earlier version.
// From openDatabase on it carries the rows that changes touch.
func (a *App) completeLog(ctx context.Context) error {
	a.Folder.OnSecret = func(ctx context.Context, tx *database.Tx, name string) error {
		return a.Log.Append(ctx, tx.SQL(), audit.System(), "secret-recorded", "", map[string]any{"file": name})
	}
	if err := a.useLogSecret(ctx); err != nil {
		return err
	}
	return a.Log.Begin(ctx)
}

// useLogSecret opens the secret of the log's digests if the folder has it: commands that change no account do without.
func (a *App) useLogSecret(ctx context.Context) error {
	if _, err := os.Stat(a.Folder.SecretPath(datafolder.ServerKey)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	secret, err := a.Folder.Secret(ctx, a.DB, datafolder.ServerKey)
	if _, lost := errors.AsType[*datafolder.SecretError](err); lost {
		return nil // openAccounts reports it
	}
	if err != nil {
		return err
	}
	return a.Log.UseSecret(secret)
}

// LogSecret returns the secret of the log's digests, nil if the folder has not the right one. It changes nothing.
func (r *Reading) LogSecret(ctx context.Context, tx *database.Tx) ([]byte, error) {
	return r.Folder.Known(ctx, tx, datafolder.ServerKey)
}

// VotersSecret returns the secret of voter keys and running sums, nil if the folder has not the right one. It changes
// nothing.
func (r *Reading) VotersSecret(ctx context.Context, tx *database.Tx) ([]byte, error) {
	return r.Folder.Known(ctx, tx, datafolder.VotersKey)
}

// SigningSecret returns the secret of bundles and checkpoints, nil if the folder has not the right one. It changes
// nothing.
func (r *Reading) SigningSecret(ctx context.Context, tx *database.Tx) ([]byte, error) {
	return r.Folder.Known(ctx, tx, datafolder.SigningKey)
}
