package cli

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/cli/systemd"
	"urna/internal/database"
)

// lostCode is the exit code of a server that no longer leads its database. Its supervisor starts it again, to stand by.
const lostCode = 75 // EX_TEMPFAIL of sysexits.h

// checkDatabase refuses flags that mean a data folder, for a server on a PostgreSQL database.
func (c *ServeCommand) checkDatabase() error {
	if c.Database == "" {
		if c.Scratch != "" {
			return errors.New("--scratch needs --database: without it all files are in the data folder")
		}
		return nil
	}
	switch {
	case c.AcceptRollback != "":
		return errors.New("--accept-rollback is about the anchor in a data folder, and --database has none: compare the head of the audit log with one that " +
			"was written down elsewhere (urna verify --head)")
	case c.BackupFolder != "":
		return errors.New("--backup-folder is about a data folder: with --database, back up PostgreSQL by its own tools (pg_basebackup with an archive of its log, " +
			"or pg_dump), and the folder of the secret files")
	case len(c.ACMEHosts) > 0:
		return errors.New("--acme-host gets a certificate for one server, and --database is for several: use --behind-tls-proxy, or --tls-cert with --tls-key")
	}
	return c.fill(&app.Options{})
}

// startOnDatabase listens, waits until no other server leads the database, and serves.
func startOnDatabase(ctx context.Context, o serverOptions) (_ *runningServer, err error) {
	if o.TokenSecret, err = tokenSecret(); err != nil {
		return nil, err
	}
	if _, err := app.CheckSecrets(ctx, o.Options); err != nil {
		return nil, err
	}
	b, err := o.bind(ctx, o.Secrets)
	if err != nil {
		return nil, err
	}
	options := server.Options{
		Version: currentVersion(), TLS: b.secured.config, Secure: o.secure(), TrustedProxies: o.TrustedProxies, Language: o.Language, Languages: o.Languages,
	}
	standby, err := server.StandBy(b.listener, options) //nolint:contextcheck // it answers until End
	if err != nil {
		return nil, errors.Join(err, b.metrics.Close(), b.listener.Close())
	}
	if o.Listening != nil {
		o.Listening(b)
	}
	opening, refuse := context.WithCancelCause(ctx)
	defer refuse(nil)
	o.Standby = func() {
		slog.InfoContext(ctx, "standing by: another server leads the database")
		notifySupervisor(ctx, systemd.Ready+"\nSTATUS=Standing by at "+b.url)
		go func() {
			if err := awaitSecrets(opening, o.Options); err != nil {
				refuse(err)
			}
		}()
	}
	a, err := openFolder(opening, "", o.Options)
	if refused := context.Cause(opening); err != nil && refused != nil && ctx.Err() == nil {
		err = refused
	}
	if ended := standby.End(); err == nil { //nolint:contextcheck // it ends whatever becomes of the start
		err = ended
	}
	if err != nil {
		if a != nil {
			err = errors.Join(err, a.Close())
		}
		return nil, errors.Join(err, b.metrics.Close(), b.listener.Close())
	}
	slog.InfoContext(ctx, "this server leads the database")
	s, err := b.serve(ctx, a, o)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return s, nil
}

// awaitSecrets compares the secret files while the server is on standby, until the database knows any. It may have been empty when
// both servers started, and the other one has made the files then.
func awaitSecrets(ctx context.Context, o app.Options) error {
	const every = time.Second
	for {
		used, err := app.CheckSecrets(ctx, o)
		if used || err != nil && !database.IsFailing(err) && ctx.Err() == nil {
			return err
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return nil
		}
	}
}
