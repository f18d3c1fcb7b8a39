package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/ballots/protocol"
	"urna/ballots/protocol/scan"
	"urna/elections"
	"urna/elections/participants"
	"urna/elections/turnout"
	"urna/internal/app/anchor"
	"urna/internal/app/backup"
	"urna/internal/app/datafolder"
	"urna/internal/app/timeguard"
	"urna/internal/audit"
	"urna/internal/audit/countersign"
	"urna/internal/database"
	"urna/internal/postgres"
	"urna/internal/problem/warning"
	"urna/results"
	"urna/results/bundle"
	"urna/web/publicurl"
)

// App is an open data folder with the services over it. A service of a part that was not opened is nil.
type App struct {
	Options Options // as given to Open, with defaults
	Folder  *datafolder.Folder
	Time    *timeguard.Clock // Options.Now is its time
	DB      *database.DB
	Log     *audit.Log
	Audit   *audit.Reader

	PublicURL    *publicurl.Setting
	Elections    *elections.Service
	Participants *participants.Service
	Results      *results.Service
	Turnout      *turnout.Service

	// Approvals are open with every choice of parts; an act can be approved if the part that does it is open.
	Approvals *auth.Approvals

	Auth     *auth.Service
	Sessions *auth.SessionStore
	Votes    *online.Service
	Batches  *batch.Service
	// Protocols is open with every choice of parts.
	Protocols *protocol.Service
	// Scans are the files of scans of protocols.
	Scans   scan.Store
	Bundles *bundle.Service
	// Countersign is opened with Bundles.
	Countersign *countersign.Service

	// Backups makes backups while the folder is open; nil without a schedule.
	Backups *backup.Schedule
	// Warnings are what an operator should know while the folder can be used.
	Warnings warning.List

	anchor      *anchor.Anchor // nil without one
	lead        *postgres.Lead // nil with SQLite, and without Options.Lock
	scratch     string         // a temporary data folder; "" for another one
	tokenSecret []byte
	sessions    *database.DB
	started     bool
	unready     atomic.Bool // the last answer of Ready
	closing     sync.Mutex  // guards closed and closeErr
	closed      bool
	closeErr    error
}

// Start begins to take votes and to count batches. The folder must have been opened with its lock and with everything.
// It is called once.
func (a *App) Start(ctx context.Context) error {
	if !a.Options.Lock {
		return errors.New("app: started without the folder's lock")
	}
	if a.Options.Parts&Everything != Everything || a.anchor == nil && !a.onPostgres() {
		return errors.New("app: started without everything")
	}
	a.started = true
	if err := a.Bundles.Clear(ctx); err != nil {
		return err
	}
	if _, err := a.Results.CheckCertified(ctx); err != nil { // its findings are in the log, and on the pages
		slog.ErrorContext(ctx, "the figures of certified elections could not be compared", "error", err)
	}
	if err := a.Batches.Start(ctx); err != nil {
		return err
	}
	if a.anchor != nil {
		a.anchor.Start() //nolint:contextcheck // it counts votes until it is closed, whatever becomes of the start
	}
	if err := a.Votes.Start(ctx); err != nil {
		return err
	}
	if a.Backups != nil {
		a.Backups.Start() //nolint:contextcheck // it runs until the folder is closed
	}
	return nil
}

// Ready reports why the folder cannot be used at the moment: it was moved or its disk takes no write. A change is
// logged once. The folder must have been opened with its lock.
func (a *App) Ready(ctx context.Context) error {
	err := a.Folder.Ready(ctx)
	if err == nil {
		err = a.DB.Pool().PingContext(ctx)
	}
	if ctx.Err() != nil { // the caller has gone, which says nothing about the folder
		return err
	}
	switch was := a.unready.Swap(err != nil); {
	case err != nil && !was:
		slog.ErrorContext(ctx, "the server is not ready", "error", err)
	case err == nil && was:
		slog.InfoContext(ctx, "the server is ready again")
	}
	return err
}

// Close commits the votes that wait and the chunk in hand, stops all services and closes the folder. Batches that
// wait are counted after the next start. A server must have stopped answering before, and must have called Votes.Stop
// before that, so that open requests get their answers. Later calls return what the first one did.
func (a *App) Close() error {
	a.closing.Lock()
	defer a.closing.Unlock()
	if a.closed {
		return a.closeErr
	}
	a.closed = true
	// The services stop before the databases that they write to are closed. The folder's lock is freed last.
	if a.Backups != nil {
		a.Backups.Stop()
	}
	if a.Votes != nil {
		a.Votes.Stop()
	}
	if a.Batches != nil {
		a.Batches.Stop()
	}
	if a.lead != nil {
		a.lead.End()
	}
	var errs []error
	if a.sessions != nil {
		errs = append(errs, a.sessions.Close())
	}
	if a.Results != nil {
		if a.started {
			a.rememberChanges()
		}
		a.Results.Close()
	}
	if a.anchor != nil {
		errs = append(errs, a.anchor.Close())
	}
	if a.DB != nil {
		errs = append(errs, a.DB.Close())
	}
	if a.Folder != nil {
		errs = append(errs, a.Folder.Close())
	}
	if a.scratch != "" {
		errs = append(errs, os.RemoveAll(a.scratch))
	}
	a.closeErr = errors.Join(errs...)
	return a.closeErr
}

// rememberChanges stores when the figures last changed. The next start does without if that fails.
func (a *App) rememberChanges() {
	if err := a.Results.Remember(context.Background()); err != nil {
		slog.Warn("when the figures last changed could not be stored", "error", err)
	}
}
