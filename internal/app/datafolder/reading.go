package datafolder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"urna/internal/database"
)

// OpenToRead opens a data folder that exists, for a program that changes nothing in it. It may be on a read-only
// medium.
func OpenToRead(path string, now func() time.Time) (*Folder, error) {
	handle, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the data folder: %w", err)
	}
	f := &Folder{path: path, secrets: path, now: now, handle: handle}
	if f.opened, err = handle.Stat(); err == nil && !f.opened.IsDir() {
		err = fmt.Errorf("%s is a file: name a folder with --data", path)
	}
	if err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	return f, nil
}

// InUse reports whether a server has the folder's lock, which a server of an earlier version has on a file alone. A
// server that starts at the same instant tries again.
func (f *Folder) InUse() (bool, error) {
	for _, path := range []string{f.path, f.Path(lockFile)} {
		handle, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("read the data folder: %w", err)
		}
		// On a file system without locks no server runs.
		locked := errors.Is(syscall.Flock(int(handle.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
		_ = handle.Close() // which ends the lock; only read
		if locked {
			return true, nil
		}
	}
	return false, nil
}

// SecretState is the result of comparing a secret file with the fingerprint that the database has of it.
type SecretState struct {
	Name    string
	Missing bool // there is no file
	Same    bool
}

// Refusal returns the SecretError of a state; nil for the right file.
func (f *Folder) Refusal(s SecretState) error {
	i := slices.IndexFunc(secrets(), func(known secret) bool { return known.name == s.Name })
	if i < 0 || s.Same {
		return nil
	}
	refusal := &SecretError{Name: s.Name, Folder: f.secrets, Fault: otherFault, Loss: secrets()[i].loss}
	if s.Missing {
		refusal.Fault = missingFault
	}
	return refusal
}

// Secrets returns the states of the secret files whose fingerprints the database knows. It makes no file.
func (f *Folder) Secrets(ctx context.Context, tx *database.Tx) (states []SecretState, err error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT name, fingerprint FROM folder_secrets ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read the fingerprints of the secret files: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var known []byte
		if err := rows.Scan(&name, &known); err != nil {
			return nil, fmt.Errorf("read the fingerprints of the secret files: %w", err)
		}
		state := SecretState{Name: name}
		i := slices.IndexFunc(secrets(), func(s secret) bool { return s.name == name })
		if i >= 0 {
			content, err := os.ReadFile(f.SecretPath(name))
			state.Missing = errors.Is(err, fs.ErrNotExist)
			if err != nil && !state.Missing {
				return nil, fmt.Errorf("read a secret file: %w", err)
			}
			found, err := secrets()[i].fingerprint(content)
			if err != nil {
				return nil, err
			}
			state.Same = bytes.Equal(known, found)
		}
		states = append(states, state)
	}
	return states, rows.Err()
}
