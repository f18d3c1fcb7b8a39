package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"urna/internal/audit/checkpoint"
	"urna/internal/database"
)

// state is the file with the last checkpoint that was countersigned: a note with the signatures of log and witness.
type state struct {
	path string
	lock *os.File
}

// openState locks the file for one witness at a time. The lock is on a file beside it, which stays.
func openState(path string) (*state, error) {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("witness: another witness uses %s, or its file system cannot lock it: %w", path, err), lock.Close())
	}
	return &state{path, lock}, nil
}

func (s *state) close() error { return s.lock.Close() }

// read returns the note in the file, nil before the first one.
func (s *state) read() ([]byte, error) {
	signed, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("witness: read the last checkpoint: %w", err)
	}
	return signed, nil
}

// write replaces the file. The new content is on disk when it returns nil; otherwise the old one stays.
func (s *state) write(signed []byte) error {
	if err := replace(s.path, signed); err != nil {
		return fmt.Errorf("witness: the checkpoint cannot be stored, so nothing is countersigned: %w", err)
	}
	return nil
}

// maxEvidence is the most contradicting checkpoints that are kept: a server can show another one in each round.
const maxEvidence = 20

// keepEvidence stores a checkpoint that contradicts the remembered one in a file beside it, unless a file has it already.
func (s *state) keepEvidence(signed []byte) (path string, err error) {
	shown, err := checkpoint.Read(signed)
	if err != nil {
		return "", err
	}
	for n := 1; n <= maxEvidence; n++ {
		path = s.path + ".conflict"
		if n > 1 {
			path += fmt.Sprintf("-%d", n)
		}
		kept, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, replace(path, signed)
		}
		if err != nil {
			return path, err
		}
		if known, err := checkpoint.Read(kept); err == nil && known == shown {
			return path, nil
		}
	}
	return path, fmt.Errorf("%d files of evidence exist already", maxEvidence)
}

// replace writes a file and renames it into place, with file and folder on disk.
func replace(path string, content []byte) error {
	draft := path + ".draft"
	file, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return database.SyncFolder(filepath.Dir(path))
}

// remembered reads a state file, which must have the signatures of witness and log, and returns when the witness signed.
func remembered(signed []byte, witness checkpoint.WitnessKey, log checkpoint.LogKey) (c checkpoint.Checkpoint, at time.Time, err error) {
	c, n, err := checkpoint.Open(signed, log, witness)
	if err != nil {
		return checkpoint.Checkpoint{}, time.Time{}, err
	}
	signature, mine := checkpoint.Signed(n, witness)
	if _, theirs := checkpoint.Signed(n, log); !mine || !theirs {
		return checkpoint.Checkpoint{}, time.Time{}, errors.New("a signature is missing")
	}
	if at, err = checkpoint.Time(signature); err != nil {
		return checkpoint.Checkpoint{}, time.Time{}, err
	}
	return c, at, nil
}
