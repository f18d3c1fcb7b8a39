package datafolder

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"urna/internal/database"
)

// A secret file of the folder. A backup of the database is worth little without them.
type secret struct {
	name    string
	purpose string // of the fingerprint's key
	loss    string // what does not work without it
	needed  string // a query: whether the database holds something that needs it
}

// The secret files whose fingerprints the database knows.
const (
	VotersKey  = "voters.key"  // of the hashes of voter keys
	SigningKey = "signing.key" // of the key that signs results bundles
	ServerKey  = "server.key"  // of the seals of second factors
)

// TokenSecret is the file with the secret that signs tokens and finds browser sessions. It may change: tokens and
// sessions end then. The database knows nothing of it.
const TokenSecret = "jwt.secret"

// secrets lists the secret files.
func secrets() []secret {
	return []secret{
		{VotersKey, "urna voter secret", "no voter key that was issued with it can vote", `SELECT EXISTS (SELECT * FROM voter_keys)`},
		{
			SigningKey, "urna secret signing.key", "results bundles get another signature than those that were published",
			`SELECT EXISTS (SELECT * FROM certifications)`,
		},
		{ServerKey, "urna secret server.key", "accounts with a second factor cannot sign in", `SELECT EXISTS (SELECT * FROM users WHERE totp_secret IS NOT NULL)`},
	}
}

func find(name string) secret {
	for _, s := range secrets() {
		if s.name == name {
			return s
		}
	}
	panic("datafolder: unknown secret " + name)
}

// fingerprint returns what the database keeps: a hash keyed by the secret itself, of nothing. It tells one secret from
// another, and nothing of one of 130 random bits or more.
func (s secret) fingerprint(content []byte) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, content, nil, s.purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("fingerprint %s: %w", s.name, err)
	}
	return hmac.New(sha256.New, key).Sum(nil)[:16], nil
}

// SecretError is returned for a secret file that is missing, damaged, or another one than before.
type SecretError struct {
	Name   string
	Folder string
	Fault  string // such as "is missing"
	Loss   string
}

// Error says what to put back.
func (e *SecretError) Error() string {
	return fmt.Sprintf("%s %s. Without the right file %s. Put %s back from the backup of this folder, byte for byte, "+
		"and start again; nothing was changed. If no backup has it, read \"When a secret is lost\" in docs/operating.md",
		filepath.Join(e.Folder, e.Name), e.Fault, e.Loss, e.Name)
}

// The faults of a SecretError.
const (
	missingFault = "is missing"
	otherFault   = "is another file than the one that was used before (a line break at its end is enough)"
)

// OnSecret is called in the transaction in which the database first knows a secret file.
type OnSecret func(ctx context.Context, tx *database.Tx, name string) error

// Secret returns the content of a secret file whose fingerprint the database knows. The first use records the
// fingerprint, and makes the file if the folder is new; from then on a file that is missing, damaged or another one is
// a SecretError.
func (f *Folder) Secret(ctx context.Context, db *database.DB, name string) ([]byte, error) {
	s := find(name)
	known, needed, err := s.recorded(ctx, db)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(f.SecretPath(name))
	refuse := func(fault string) ([]byte, error) {
		return nil, &SecretError{Name: name, Folder: f.secrets, Fault: fault, Loss: s.loss}
	}
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case missing && (known != nil || needed):
		return refuse(missingFault)
	case err != nil && !missing:
		return nil, explain(f.SecretPath(name), err)
	}
	if damage := damaged(content); damage != "" && !missing {
		return refuse("is damaged: " + damage)
	}
	if known == nil {
		if known, content, err = s.record(ctx, db, f.SecretPath(name), content, f.OnSecret); err != nil {
			return nil, err
		}
	}
	if content == nil {
		return refuse(missingFault)
	}
	fingerprint, err := s.fingerprint(content)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(known, fingerprint) {
		return refuse(otherFault)
	}
	return content, nil
}

// Known returns the content of a secret file if it is the one whose fingerprint the database knows, and nil if not. It
// changes nothing.
func (f *Folder) Known(ctx context.Context, tx *database.Tx, name string) ([]byte, error) {
	s := find(name)
	known, err := s.fingerprintWithin(ctx, tx)
	if err != nil || known == nil {
		return nil, err
	}
	content, err := os.ReadFile(f.SecretPath(name))
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // it is not there, or not for this account
	}
	if fingerprint, err := s.fingerprint(content); err != nil || !bytes.Equal(known, fingerprint) {
		return nil, err
	}
	return content, nil
}

func (s secret) fingerprintWithin(ctx context.Context, tx *database.Tx) (known []byte, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT (SELECT fingerprint FROM folder_secrets WHERE name = $1)`, s.name).Scan(&known)
	if err != nil {
		return nil, fmt.Errorf("read the fingerprint of %s: %w", s.name, err)
	}
	return known, nil
}

// recorded returns the fingerprint that the database knows, nil for none, and whether the database holds something
// that needs the secret.
func (s secret) recorded(ctx context.Context, db *database.DB) (known []byte, needed bool, err error) {
	err = db.Read(ctx, func(tx *database.Tx) (err error) {
		if known, err = s.fingerprintWithin(ctx, tx); err != nil {
			return err
		}
		return tx.SQL().QueryRowContext(ctx, s.needed).Scan(&needed)
	})
	if err != nil {
		return nil, false, fmt.Errorf("read the fingerprint of %s: %w", s.name, err)
	}
	return known, needed, nil
}

// record records the fingerprint of the file's content, unless another program was quicker, and returns the one that counts.
// It makes a file that is missing (nil), while no other program records, and never one for a database that knows another:
// of several folders for one database, one gets a new file.
func (s secret) record(ctx context.Context, db *database.DB, path string, content []byte, then OnSecret) (known, found []byte, err error) {
	err = db.Write(ctx, func(tx *database.Tx) (err error) {
		if found = content; found == nil {
			if known, err = s.fingerprintWithin(ctx, tx); err != nil || known != nil {
				return err
			}
			if found, err = makeSecret(path); err != nil {
				return err
			}
		}
		fingerprint, err := s.fingerprint(found)
		if err != nil {
			return err
		}
		const insert = `INSERT INTO folder_secrets (name, fingerprint) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING fingerprint`
		err = tx.SQL().QueryRowContext(ctx, insert, s.name, fingerprint).Scan(&known)
		if err != nil || then == nil {
			return err
		}
		return then(ctx, tx, s.name)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("record the fingerprint of %s: %w", s.name, err)
	}
	return known, found, nil
}

// TokenRefusal is the SecretError for a missing TokenSecret of a database that several folders are used with.
func (f *Folder) TokenRefusal() error {
	return &SecretError{Name: TokenSecret, Folder: f.secrets, Fault: missingFault, Loss: "everybody must sign in again whenever another server takes over"}
}

// HasToken reports whether the folder has the secret that signs tokens, or a file in its place that cannot be read.
func (f *Folder) HasToken() bool {
	_, err := os.Stat(f.SecretPath(TokenSecret))
	return !errors.Is(err, fs.ErrNotExist)
}

// Token returns the secret that signs tokens, and whether it was made just now.
func (f *Folder) Token() (content []byte, made bool, err error) {
	path := f.SecretPath(TokenSecret)
	content, err = os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		content, err = makeSecret(path)
		return content, true, err
	case err != nil:
		return nil, false, explain(path, err)
	}
	if damage := damaged(content); damage != "" {
		return nil, false, fmt.Errorf("%s is damaged: %s. Put a copy back, or remove it to have a new one made (everybody must sign in again)", path, damage)
	}
	return content, false, nil
}

// The least that a secret must have.
const (
	leastBytes     = 32
	leastDifferent = 8 // a file of blanks or zeros, as a crash can leave it, has one
)

// damaged returns the damage of a secret, "" for none.
func damaged(content []byte) string {
	different := map[byte]bool{}
	for _, b := range content {
		different[b] = true
	}
	switch visible := bytes.TrimSpace(content); {
	case len(content) == 0:
		return "it is empty"
	case len(visible) < leastBytes:
		return fmt.Sprintf("it holds %d bytes instead of %d or more", len(visible), leastBytes)
	case len(different) < leastDifferent:
		return "it holds the same few bytes again and again"
	}
	return ""
}

// Weak returns the weakness of a secret that a person chose, "" for none.
func Weak(chosen string) string { return damaged([]byte(chosen)) }

// makeSecret writes a random secret to a file that does not exist, readable by its owner only, and returns what the
// file holds then: of two programs that start at once, both return the same. File and folder are synced.
func makeSecret(path string) ([]byte, error) {
	content := []byte(rand.Text() + rand.Text())
	draft := path + "." + rand.Text()
	err := writeSynced(draft, content)
	if err == nil {
		if err = os.Link(draft, path); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if removed := os.Remove(draft); err == nil {
		err = removed
	}
	if err == nil {
		err = database.SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		return nil, explain(path, fmt.Errorf("write %s: %w", path, err))
	}
	return os.ReadFile(path)
}

// writeSynced writes a file, readable by its owner only, and puts it on disk.
func writeSynced(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

// ErrNotLost is returned for a secret that is to be replaced while the folder has the right one.
var ErrNotLost = errors.New("the folder has the right file: there is nothing to replace")

// ErrKeysInUse is returned for voters.key while an election whose voters have keys is ahead or open.
var ErrKeysInUse = errors.New("voters have keys of an election that is not over: with another voters.key these keys could not vote, and " +
	"new keys would let people vote twice; restore the file from a backup, or replace it after the election's end")

// Replace makes a new secret for one that no backup has, and keeps an existing file under another name. The folder must have the lock. record is called in the transaction that makes the database know the new one.
func (f *Folder) Replace(ctx context.Context, db *database.DB, name string, record func(*database.Tx) error) (err error) {
	s := find(name)
	if _, err := f.Secret(ctx, db, name); err == nil {
		return ErrNotLost
	} else if _, lost := errors.AsType[*SecretError](err); !lost {
		return err
	}
	if name == VotersKey {
		if err := refuseKeysInUse(ctx, db, f.now().UnixMilli()); err != nil {
			return err
		}
	}
	path := f.SecretPath(name)
	former := fmt.Sprintf("%s.replaced-%d", path, f.now().Unix())
	if err := os.Rename(path, former); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain(path, err)
	}
	defer func() {
		if err != nil && !errors.Is(err, database.ErrUnknownOutcome) { // the database does not know the new file
			err = errors.Join(err, putBack(former, path))
		}
	}()
	content, err := makeSecret(path)
	if err != nil {
		return err
	}
	fingerprint, err := s.fingerprint(content)
	if err != nil {
		return err
	}
	return db.Write(ctx, func(tx *database.Tx) error {
		const set = `INSERT INTO folder_secrets (name, fingerprint) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint`
		if _, err := tx.SQL().ExecContext(ctx, set, name, fingerprint); err != nil {
			return fmt.Errorf("record the fingerprint of %s: %w", name, err)
		}
		return record(tx)
	})
}

// putBack removes a new file and gives a former one, if there was one, its name again.
func putBack(former, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(former, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func refuseKeysInUse(ctx context.Context, db *database.DB, now int64) error {
	return db.Read(ctx, func(tx *database.Tx) error {
		var used bool
		const query = `SELECT EXISTS (SELECT * FROM voter_keys k JOIN voter_rolls r ON r.id = k.roll_id JOIN elections e ON e.id = r.election_id
			WHERE e.closed_at IS NULL AND e.ends_at > $1)`
		if err := tx.SQL().QueryRowContext(ctx, query, now).Scan(&used); err != nil {
			return fmt.Errorf("look for voter keys: %w", err)
		}
		if used {
			return ErrKeysInUse
		}
		return nil
	})
}

// Knows reports whether a database knows the fingerprint of a secret file.
func Knows(ctx context.Context, db *database.DB, name string) (bool, error) {
	known, _, err := find(name).recorded(ctx, db)
	return known != nil, err
}

// Used reports whether a database knows the fingerprint of a secret file: it was opened with its folder before.
func Used(ctx context.Context, db *database.DB) (used bool, err error) {
	if err := db.Pool().QueryRowContext(ctx, `SELECT EXISTS (SELECT * FROM folder_secrets)`).Scan(&used); err != nil {
		return false, fmt.Errorf("look for fingerprints: %w", err)
	}
	return used, nil
}
