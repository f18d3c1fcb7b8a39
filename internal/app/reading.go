package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"urna/auth"
	"urna/ballots"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app/datafolder"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/postgres"
	"urna/internal/sqlite"
	"urna/results"
	"urna/results/bundle"
)

// ReadOptions say how OpenForReading reads a data folder.
type ReadOptions struct {
	Now func() time.Time // nil is time.Now
	// Database is the URL of a PostgreSQL database; "" is SQLite in the folder.
	Database string
	// Secrets is the folder of the secret files; "" is the data folder.
	Secrets string
	// Scratch is the folder for a private copy of the database and for temporary files; "" is the system's own folder
	// for them.
	Scratch string
	// Earlier accepts a PostgreSQL database that the next server of this version upgrades. Its secrets can be read, and nothing else.
	Earlier bool
	// Note is called with a sentence about each use of space in Scratch; nil discards them.
	Note func(sentence string)
}

// Reading is a data folder that is open for reading only: elections, results and the audit log of it. All of its parts
// are nil.
type Reading struct {
	*App

	// Scratch is a folder for temporary files, which Close removes.
	Scratch string

	closed bool
	before map[string]fs.FileInfo // the database's files, if no program has it open
}

// ErrChangedMeanwhile is returned if another program wrote to the database while it was read as a closed file.
var ErrChangedMeanwhile = errors.New("another program wrote to the database while it was read: run this again, with the server running or after it has stopped")

// OpenForReading opens the data folder at path and changes nothing in it; no file appears beside the database. The
// database of a folder that a server uses is read beside the server. One that no program has open is read as it is. If
// a program that was killed left a log, or the schema is that of an earlier version, a private copy in the scratch
// folder is read, which Close removes.
func OpenForReading(ctx context.Context, path string, o ReadOptions) (_ *Reading, err error) {
	if o.Database == "" {
		if err := exists(path); err != nil {
			return nil, err
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	r := &Reading{App: &App{Options: Options{Now: o.Now, Database: o.Database}.withDefaults(), Log: &audit.Log{Now: o.Now}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.Scratch, err = os.MkdirTemp(cmp.Or(o.Scratch, os.TempDir()), "urna-verify-*"); err != nil {
		return nil, fmt.Errorf("make a folder for temporary files (name another place with --scratch): %w", err)
	}
	if path == "" && o.Database != "" {
		path = r.Scratch
	}
	if r.Folder, err = datafolder.OpenToRead(path, o.Now); err != nil {
		return nil, err
	}
	if o.Secrets != "" {
		if err := r.Folder.UseSecrets(o.Secrets); err != nil {
			return nil, err
		}
	}
	if r.onPostgres() {
		r.DB, err = postgres.OpenForReading(ctx, o.Database, database.Main, o.Earlier)
	} else {
		err = r.openDatabase(ctx, o.Note)
	}
	if err != nil {
		return nil, err
	}
	r.Audit = audit.NewReader(r.DB.Pool())
	r.Participants = participants.New(r.DB, r.Log, participants.Options{Now: o.Now, Standing: elections.Standing})
	r.Elections = elections.New(r.DB, r.Log, r.Participants, elections.Options{Now: o.Now, TimeZone: time.UTC.String()})
	r.Protocols = protocol.New(r.DB, r.Log, r.Elections, protocol.Options{Now: o.Now})
	r.Results = results.New(r.DB, r.Log, r.Elections, originals{r.AcceptedFiles(r.Scratch), r.App},
		auth.NewApprovals(r.DB, r.Log, o.Now), o.Now)
	r.Results.UseProtocols(r.Protocols)
	return r, nil
}

// CheckSecrets refuses a server whose secret files are not those of the PostgreSQL database, before it waits as a standby: it could
// not take over. used says whether a server has run on the database; one without any has no secrets.
func CheckSecrets(ctx context.Context, o Options) (used bool, err error) {
	r, err := OpenForReading(ctx, "", ReadOptions{Database: o.Database, Secrets: o.Secrets, Scratch: o.Scratch, Earlier: true})
	if _, empty := errors.AsType[*postgres.EmptyError](err); empty {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	used, err = r.CheckSecrets(ctx)
	if err == nil && used && o.TokenSecret == nil && !r.Folder.HasToken() {
		err = r.Folder.TokenRefusal()
	}
	return used, err
}

// CheckSecrets refuses secret files that are missing or others than those that the database knows. used says whether a server has
// run on the database.
func (r *Reading) CheckSecrets(ctx context.Context) (used bool, err error) {
	err = r.DB.Read(ctx, func(tx *database.Tx) error {
		states, err := r.Folder.Secrets(ctx, tx)
		if err != nil {
			return err
		}
		for _, s := range states {
			if err := r.Folder.Refusal(s); err != nil {
				return err
			}
			used = used || s.Name == datafolder.ServerKey
		}
		return nil
	})
	return used, err
}

// CompareKeptBundles compares the kept bundles with their files.
func (r *Reading) CompareKeptBundles(ctx context.Context, tx *database.Tx) ([]bundle.KeptFile, []ballots.Difference, error) {
	stored := r.stored(bundle.Stored)
	if stored == nil {
		return bundle.CompareKept(ctx, tx, nil, r.Folder.Path("bundles"))
	}
	return bundle.CompareKept(ctx, tx, stored.Within(tx), r.Scratch)
}

// openDatabase opens the database in the way that its state allows.
func (r *Reading) openDatabase(ctx context.Context, note func(string)) error {
	path := r.Folder.Path(datafolder.Database)
	inUse, err := r.Folder.InUse()
	if err != nil {
		return err
	}
	if r.before, err = filesOf(path); err != nil {
		return err
	}
	if err := r.refuseNewerSessions(ctx, !inUse); err != nil {
		return err
	}
	leftover := r.before[path+"-wal"] != nil && r.before[path+"-wal"].Size() > 0 || r.before[path+"-journal"] != nil
	if inUse || !leftover {
		r.DB, err = sqlite.OpenForReading(ctx, path, database.Main, !inUse)
		older, isOlder := errors.AsType[*sqlite.OlderSchemaError](err)
		switch {
		case isOlder && inUse:
			return fmt.Errorf("%w: a server of an earlier version runs on this folder; use its own program, or stop that server", older)
		case !isOlder:
			r.closed = !inUse
			return err
		}
	}
	return r.openCopy(ctx, path, note)
}

// refuseNewerSessions refuses a folder whose browser sessions a newer program has written, as Open does.
func (r *Reading) refuseNewerSessions(ctx context.Context, closed bool) error {
	path := r.Folder.Path(datafolder.Sessions)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	sessions, err := sqlite.OpenForReading(ctx, path, database.Sessions, closed)
	if _, older := errors.AsType[*sqlite.OlderSchemaError](err); older {
		return nil
	}
	if err != nil {
		return err
	}
	return sessions.Close()
}

// filesOf returns the files that a database consists of, by path.
func filesOf(path string) (map[string]fs.FileInfo, error) {
	found := map[string]fs.FileInfo{}
	for _, name := range []string{path, path + "-wal", path + "-journal"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the data folder: %w", err)
		}
		found[name] = info
	}
	return found, nil
}

// Unchanged returns ErrChangedMeanwhile if a database that no program had open has changed since.
func (r *Reading) Unchanged() error {
	if !r.closed {
		return nil
	}
	return changed(r.Folder.Path(datafolder.Database), r.before)
}

func changed(path string, before map[string]fs.FileInfo) error {
	now, err := filesOf(path)
	if err != nil {
		return err
	}
	for name, info := range now {
		was := before[name]
		switch {
		case was == nil && info.Size() == 0: // a log without content
		case was == nil, !os.SameFile(was, info), was.Size() != info.Size(), !was.ModTime().Equal(info.ModTime()):
			return ErrChangedMeanwhile
		}
	}
	return nil
}

// openCopy copies the database with its log to the scratch folder and opens the copy, brought up to date.
func (r *Reading) openCopy(ctx context.Context, path string, note func(string)) error {
	var size int64
	for _, info := range r.before {
		size += info.Size()
	}
	const mebibyte = 1 << 20
	needed := 2*size + mebibyte // the log moves into the file, and a migration rewrites tables
	_, free, err := database.DiskSpace(r.Scratch)
	if err != nil {
		return fmt.Errorf("ask for the free space of %s: %w", r.Scratch, err)
	}
	if free < needed {
		return fmt.Errorf("a private copy of the database needs up to %d MiB in %s, and there are %d MiB: name another place with --scratch",
			(needed+mebibyte-1)/mebibyte, r.Scratch, free/mebibyte)
	}
	note(fmt.Sprintf("a private copy of the database is read: up to %d MiB in %s, which are freed at the end", (needed+mebibyte-1)/mebibyte, r.Scratch))
	own := filepath.Join(r.Scratch, datafolder.Database)
	for name := range r.before {
		if err := copyFile(ctx, name, own+name[len(path):]); err != nil {
			return fmt.Errorf("copy the database: %w", err)
		}
	}
	if err := changed(path, r.before); err != nil {
		return err
	}
	upgraded, err := sqlite.OpenWith(ctx, own, database.Main, sqlite.Options{Private: true})
	if err != nil {
		return err
	}
	if err := upgraded.Close(); err != nil { // the log is in the file then
		return err
	}
	r.DB, err = sqlite.OpenForReading(ctx, own, database.Main, true)
	return err
}

// copyFile copies until the context ends.
func copyFile(ctx context.Context, from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // only read
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	for {
		_, err := io.CopyN(target, source, 64<<20)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
	}
}

// Close closes the folder and removes the scratch folder.
func (r *Reading) Close() error {
	err := r.App.Close()
	if r.Scratch != "" {
		err = errors.Join(err, os.RemoveAll(r.Scratch))
	}
	return err
}
