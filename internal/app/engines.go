package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"urna/auth"
	"urna/internal/app/datafolder"
	"urna/internal/database"
	"urna/internal/postgres"
	"urna/internal/sqlite"
)

// onPostgres reports whether the database is PostgreSQL's. It has no anchor: that its commits are not lost is the promise
// of its own replication, and witnesses follow its log.
func (a *App) onPostgres() bool { return a.Options.Database != "" }

// Lost receives an error if this process may not write any more: another one may lead the PostgreSQL database now. The
// process must end then. It is nil if that cannot happen.
func (a *App) Lost() <-chan error {
	if a.lead == nil {
		return nil
	}
	return a.lead.Lost()
}

// makeScratch makes a temporary data folder, which Close removes.
func (a *App) makeScratch() (path string, err error) {
	if a.scratch, err = os.MkdirTemp(cmp.Or(a.Options.Scratch, os.TempDir()), "urna-"); err != nil {
		return "", fmt.Errorf("make a folder for temporary files (name another place with --scratch): %w", err)
	}
	return a.scratch, nil
}

// openDatabase opens the main database, if this program may use both databases.
func (a *App) openDatabase(ctx context.Context) (err error) {
	file := datafolder.Database
	if a.onPostgres() {
		file = ""
		if a.Options.Lock {
			a.lead = postgres.NewLead(a.Options.Standby)
		}
		a.DB, err = postgres.OpenWith(ctx, a.Options.Database, database.Main, postgres.Options{Create: a.Options.Create, Lead: a.lead})
	} else {
		err = a.openFile(ctx)
	}
	if err != nil {
		return err
	}
	if a.lead != nil {
		go a.lead.Keep(database.Main) //nolint:contextcheck // until Close
	}
	if err := a.Log.Record(ctx, a.DB, LoggedTables()); err != nil || !a.Options.Lock {
		return err
	}
	return a.Folder.Watch(file)
}

// openFile opens the database in the folder.
func (a *App) openFile(ctx context.Context) (err error) {
	if err := a.refuseLostDatabase(); err != nil {
		return err
	}
	for name, schema := range map[string]database.Schema{datafolder.Database: database.Main, datafolder.Sessions: database.Sessions} {
		if err := sqlite.CheckSchema(ctx, a.Folder.Path(name), schema); err != nil {
			return err
		}
	}
	a.DB, err = sqlite.OpenWith(ctx, a.Folder.Path(datafolder.Database), database.Main, sqlite.Options{VFS: a.Options.VFS, Migrating: a.Folder.Alone})
	return err
}

func (a *App) openSessions(ctx context.Context) (err error) {
	if a.onPostgres() {
		a.sessions, err = postgres.OpenWith(ctx, a.Options.Database, database.Sessions, postgres.Options{Create: true, Lead: a.lead})
	} else {
		a.sessions, err = sqlite.Open(ctx, a.Folder.Path(datafolder.Sessions), database.Sessions)
	}
	if err != nil {
		return err
	}
	if a.lead != nil {
		go a.lead.Keep(database.Sessions) //nolint:contextcheck // until Close
	}
	a.Sessions = auth.NewSessionStore(a.sessions, a.Options.SessionsNow, a.tokenSecret)
	a.Auth.UseSessions(a.Sessions)
	return nil
}

// Sizes returns how many bytes the database takes, and its log of changes where that is the program's own.
func (a *App) Sizes(ctx context.Context) (bytes, log int64, err error) {
	if a.onPostgres() {
		bytes, err = postgres.Size(ctx, a.DB.Pool())
		return bytes, 0, err
	}
	size := func(name string) int64 {
		info, failed := os.Stat(a.Folder.Path(name))
		if errors.Is(failed, fs.ErrNotExist) { // no log was written since the last checkpoint of all
			return 0
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("read the size of the database: %w", failed))
			return 0
		}
		return info.Size()
	}
	return size(datafolder.Database), size(datafolder.Database + "-wal"), err
}

// OpenTarget opens a database into which data are moved, without services and without a log. It makes the schema.
func OpenTarget(ctx context.Context, folder, address string) (*database.DB, error) {
	if address != "" {
		return postgres.Open(ctx, address, database.Main)
	}
	return sqlite.Open(ctx, filepath.Join(folder, datafolder.Database), database.Main)
}

// Exclude refuses a PostgreSQL database that a server leads, and keeps others from leading it until the transaction ends. A
// folder has a lock for that.
func Exclude(ctx context.Context, tx *database.Tx, address string) error {
	if address == "" {
		return nil
	}
	err := postgres.Exclude(ctx, tx.SQL())
	if errors.Is(err, postgres.ErrLed) {
		err = fmt.Errorf("%w, %s: stop it first; nothing was changed", err, NameOf("", address))
	}
	return err
}

// NameOf names a data folder or a PostgreSQL database, without accounts and passwords.
func NameOf(folder, database string) string {
	if database == "" {
		return folder
	}
	u, err := url.Parse(database)
	if err != nil {
		return "a PostgreSQL database"
	}
	host := cmp.Or(u.Host, u.Query().Get("host"))
	return "postgres://" + host + u.Path
}
