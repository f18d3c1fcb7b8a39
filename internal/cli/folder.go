package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/sqlite"
	"urna/results"
	"urna/results/publish"
)

// folder is an open data folder with the services over it. Commands that only change accounts open it
// beside a running server; one server at a time serves it.
type folder struct {
	path      string
	db        *sqlite.DB
	log       *audit.Log
	secret    []byte // signs tokens and finds browser sessions
	auth      *auth.Service
	elections *elections.Service
	results   *results.Service
	bundles   *publish.Service
}

// folderOptions are what accounts in a folder are kept by.
type folderOptions struct {
	PasswordParams      *argon2id.Params // nil is auth's default
	RequireSecondFactor bool
}

// openFolder opens a data folder, making it where it does not exist.
func openFolder(ctx context.Context, path string, o folderOptions) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	secret, err := tokenSecret(path)
	if err != nil {
		return nil, err
	}
	key, err := ownSecret(filepath.Join(path, "server.key"))
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, filepath.Join(path, "urna.db"), sqlite.Main)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, secret: secret, db: db, log: &audit.Log{Now: time.Now}}
	f.auth, err = auth.New(db, f.log, auth.Options{
		Now: time.Now, Secret: secret,
		Key: key, PasswordParams: o.PasswordParams, RequireSecondFactor: o.RequireSecondFactor,
		BeforeChange: func(ctx context.Context, tx *sqlite.Tx) error { return f.elections.DecideCertifiers(ctx, tx) },
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	f.elections = elections.New(db, f.log, elections.Options{
		Now: time.Now, TimeZone: serverTimeZone(), Administrators: auth.CountAdministrators, Keyed: online.KeyedConstituencies,
	})
	f.results = results.New(db, f.log, f.elections, time.Now)
	if f.bundles, err = openBundles(f); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return f, nil
}

// Close closes the folder's database.
func (f *folder) Close() error {
	f.results.Close()
	return f.db.Close()
}

// linesWhileVoting is how many lines of batches one transaction counts at most while voters vote, who wait
// for its end: measured with internal/votebench; the README has the table.
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

// votersKey is the file with the secret of the voter keys' hashes. Without it, or with another, no key can
// vote, so it belongs into every backup.
const votersKey = "voters.key"

// online returns the service that keeps this folder's voter keys and, in a server, takes votes.
func (f *folder) online(ctx context.Context, o online.Options) (*online.Service, error) {
	secret, err := ownSecret(filepath.Join(f.path, votersKey))
	if err != nil {
		return nil, err
	}
	o.Now, o.Secret, o.Folder, o.OnCommit = time.Now, secret, filepath.Join(f.path, "rolls"), f.results.Changed
	return online.New(ctx, f.db, f.log, f.elections, o)
}

// signingKey is the file with the secret of the key that signs results bundles. It belongs into every backup:
// another key has another fingerprint.
const signingKey = "signing.key"

// openBundles returns the service that writes this folder's results bundles.
func openBundles(f *folder) (*publish.Service, error) {
	secret, err := ownSecret(filepath.Join(f.path, signingKey))
	if err != nil {
		return nil, err
	}
	return publish.New(f.db, f.results, publish.NewKey(secret), filepath.Join(f.path, "bundles"))
}

// lock takes the folder for one server. The lock ends with the process, however it ends.
func (f *folder) lock() (unlock func() error, err error) {
	file, err := os.OpenFile(filepath.Join(f.path, "server.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server's lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another server is running on the data folder %s", f.path), file.Close())
	}
	return file.Close, nil
}

// tokenSecret returns the secret that signs tokens: URNA_JWT_SECRET, else the data folder's own, made
// at first use and readable by its owner only.
func tokenSecret(path string) ([]byte, error) {
	if secret := os.Getenv("URNA_JWT_SECRET"); secret != "" {
		if len(secret) < 32 {
			return nil, errors.New("URNA_JWT_SECRET needs 32 characters or more")
		}
		return []byte(secret), nil
	}
	return ownSecret(filepath.Join(path, "jwt.secret"))
}

// ownSecret returns the random secret in a file, made at first use and readable by its owner only.
func ownSecret(name string) ([]byte, error) {
	secret, err := os.ReadFile(name)
	if err == nil && len(secret) < 32 {
		return nil, fmt.Errorf("%s is damaged: it holds %d bytes; put a copy back, or remove it to have a new one made "+
			"(everybody must sign in again)", name, len(secret))
	}
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return secret, err
	}
	secret = []byte(rand.Text() + rand.Text())
	// Written aside and linked, so that two programs starting at once agree on one secret.
	draft := name + "." + rand.Text()
	if err := writeSynced(draft, secret); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Link(draft, name); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(draft))
	}
	if err := os.Remove(draft); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return os.ReadFile(name)
}

// writeSynced writes a file, readable by its owner only, and puts it on disk.
func writeSynced(name string, content []byte) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

// openExisting is openFolder for commands that a mistyped path must not make a new folder for.
func openExisting(ctx context.Context, path string) (*folder, error) {
	if _, err := os.Stat(filepath.Join(path, "urna.db")); err != nil {
		return nil, fmt.Errorf("%s is not a data folder of Urna: %w", path, err)
	}
	return openFolder(ctx, path, folderOptions{})
}

// serverTimeZone returns the IANA name of the machine's time zone, "UTC" where it has none.
func serverTimeZone() string {
	if name := os.Getenv("TZ"); name != "" {
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
	}
	if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		const zones = "/usr/share/zoneinfo/"
		if name, ok := strings.CutPrefix(target, zones); ok {
			if _, err := time.LoadLocation(name); err == nil {
				return name
			}
		}
	}
	return "UTC"
}
