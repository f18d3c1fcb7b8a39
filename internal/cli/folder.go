package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/app/datafolder"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/sqlite"
	"urna/results"
	"urna/results/bundle"
	"urna/web/publicurl"
)

// folder is an open data folder with the services over it. Commands open it beside a running server; one server at a
// time serves it.
type folder struct {
	path      string
	place     *datafolder.Folder
	db        *database.DB
	log       *audit.Log
	secret    []byte        // signs tokens and finds browser sessions; nil without accounts
	auth      *auth.Service // nil without accounts
	elections *elections.Service
	results   *results.Service
	bundles   *bundle.Service // nil unless asked for
}

// folderOptions say what a folder is opened for, and what accounts in it are kept by.
type folderOptions struct {
	Create bool // make a folder that does not exist
	Serve  bool // take the folder for a server, and open everything

	// Accounts and Bundles open what needs secret files of the folder: a command that does not need them works
	// without those files.
	Accounts bool
	Bundles  bool

	PasswordParams      *argon2id.Params // nil is auth's default
	RequireSecondFactor bool
}

// openFolder opens a data folder.
func openFolder(ctx context.Context, path string, o folderOptions) (_ *folder, err error) {
	f := &folder{path: path, log: &audit.Log{Now: time.Now}}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if f.place, err = datafolder.Open(path, o.Create, time.Now); err != nil {
		return nil, err
	}
	if o.Serve {
		if err := f.place.Lock(); err != nil {
			return nil, err
		}
	}
	if err := f.openDatabase(ctx); err != nil {
		return nil, err
	}
	if o.Accounts || o.Serve {
		if err := f.openAccounts(ctx, o); err != nil {
			return nil, err
		}
	}
	zone, remark := serverTimeZone()
	if _, set := os.LookupEnv("TZ"); remark != "" && (set || o.Serve) {
		slog.WarnContext(ctx, "the time zone of this machine is not known", "remark", remark)
	}
	f.elections = elections.New(f.db, f.log, elections.Options{
		Now: time.Now, TimeZone: zone, Administrators: auth.CountAdministrators, Keyed: online.KeyedConstituencies,
	})
	f.results = results.New(f.db, f.log, f.elections, time.Now)
	if o.Bundles || o.Serve {
		if err := f.openBundles(ctx); err != nil {
			return nil, err // without the folder, which is closed once
		}
	}
	return f, nil
}

// openDatabase opens the main database, if this program may use both databases of the folder.
func (f *folder) openDatabase(ctx context.Context) (err error) {
	if err := f.refuseLostDatabase(); err != nil {
		return err
	}
	for name, schema := range map[string]database.Schema{datafolder.Database: database.Main, datafolder.Sessions: database.Sessions} {
		if err := sqlite.CheckSchema(ctx, f.place.Path(name), schema); err != nil {
			return err
		}
	}
	f.db, err = sqlite.OpenWith(ctx, f.place.Path(datafolder.Database), database.Main, sqlite.Options{Migrating: f.place.Alone})
	return err
}

// refuseLostDatabase refuses a folder that holds accepted files and no database: a new one would know nothing of them.
func (f *folder) refuseLostDatabase() error {
	if _, err := os.Stat(f.place.Path(datafolder.Database)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	spooled, err := filepath.Glob(f.place.Path("spool") + "/*.csv")
	if err != nil {
		return err
	}
	if _, err := os.Stat(f.place.Path(datafolder.Database + "-wal")); err == nil || len(spooled) > 0 {
		return fmt.Errorf("%s is missing, and the data folder holds files that were accepted with it. Put it back from the backup "+
			"of this folder, or name another folder with --data; nothing was changed", f.place.Path(datafolder.Database))
	}
	return nil
}

// openAccounts opens what keeps accounts.
func (f *folder) openAccounts(ctx context.Context, o folderOptions) (err error) {
	if f.secret, err = f.tokenSecret(ctx); err != nil {
		return err
	}
	key, err := f.place.Secret(ctx, f.db, datafolder.ServerKey)
	if err != nil {
		return err
	}
	f.auth, err = auth.New(f.db, f.log, auth.Options{
		Now: time.Now, Secret: f.secret,
		Key: key, PasswordParams: o.PasswordParams, RequireSecondFactor: o.RequireSecondFactor,
		BeforeChange: func(ctx context.Context, tx *database.Tx) error { return f.elections.DecideCertifiers(ctx, tx) },
	})
	return err
}

// Close closes the folder and its database.
func (f *folder) Close() error {
	if f.results != nil {
		f.results.Close()
	}
	var err error
	if f.db != nil {
		err = f.db.Close()
	}
	if f.place != nil {
		err = errors.Join(err, f.place.Close())
	}
	return err
}

// linesWhileVoting is how many lines of batches one transaction counts at most while voters vote, who wait
// for its end: measured with internal/testing/vote; the README has the table.
const linesWhileVoting = 10_000

// batches returns the service that takes batches into this folder. Only a server has one. It counts fewer
// lines in one transaction while voting tells that voters vote.
func (f *folder) batches(o serverOptions, voting func() bool) (*batch.Service, error) {
	return batch.New(f.db, f.log, f.elections, batch.Options{
		Now: time.Now, Folder: filepath.Join(f.path, "spool"), OnCommit: f.results.Changed, MaxBytes: o.MaxUpload,
		ChunkLines: o.ChunkLines,
		WantedLines: func() int {
			if voting() {
				return cmp.Or(o.LinesWhileVoting, linesWhileVoting)
			}
			return math.MaxInt // as many as a transaction takes
		},
	})
}

// online returns the service that keeps this folder's voter keys and, in a server, takes votes.
func (f *folder) online(ctx context.Context, o online.Options) (*online.Service, error) {
	secret, err := f.place.Secret(ctx, f.db, datafolder.VotersKey)
	if err != nil {
		return nil, err
	}
	o.Now, o.Secret, o.Folder, o.OnCommit = time.Now, secret, filepath.Join(f.path, "rolls"), f.results.Changed
	return online.New(ctx, f.db, f.log, f.elections, o)
}

// public returns the address of the service as voters open it; fixed is the one of a flag, "" for none.
func (f *folder) public(fixed string) *publicurl.Setting {
	return &publicurl.Setting{DB: f.db, Log: f.log, Fixed: fixed}
}

// openBundles opens what writes this folder's results bundles.
func (f *folder) openBundles(ctx context.Context) error {
	secret, err := f.place.Secret(ctx, f.db, datafolder.SigningKey)
	if err != nil {
		return err
	}
	f.bundles, err = bundle.New(f.db, f.results, bundle.NewKey(secret), filepath.Join(f.path, "bundles"))
	return err
}

// tokenSecret returns the secret that signs tokens: URNA_JWT_SECRET, else the data folder's own, made at first use.
func (f *folder) tokenSecret(ctx context.Context) ([]byte, error) {
	if secret, ok := os.LookupEnv("URNA_JWT_SECRET"); ok {
		if weakness := datafolder.Weak(secret); weakness != "" {
			return nil, fmt.Errorf("URNA_JWT_SECRET is no secret: %s. Set it to 32 random characters or more, "+
				"or unset it to have one made and kept in the data folder", weakness)
		}
		return []byte(secret), nil
	}
	secret, made, err := f.place.Token()
	if err != nil || !made {
		return secret, err
	}
	used, err := auth.HasAccounts(ctx, f.db)
	if used {
		slog.WarnContext(ctx, "the token secret was missing, and a new one was made: everybody must sign in again", "file", f.place.Path(datafolder.TokenSecret))
	}
	return secret, err
}

// openExisting is openFolder for commands that a mistyped path must not make a new folder for.
func openExisting(ctx context.Context, path string, o folderOptions) (*folder, error) {
	if _, err := os.Stat(filepath.Join(path, datafolder.Database)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a data folder of Urna: %w", path, err)
	}
	return openFolder(ctx, path, o)
}
