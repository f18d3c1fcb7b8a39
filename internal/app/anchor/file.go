package anchor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"urna/internal/database"
)

// Name is the file's name in the data folder.
const Name = "urna.anchor"

// A State is how far a database has come.
type State struct {
	Events  int64  // the number of the last event of the audit log, which is how many there are
	Head    string // the hash of the last event
	Batches int64  // that were accepted
	Ballots int64  // that were cast online and are stored
}

// The file has two slots, so that a write that is cut damages one and leaves the other. They are in different blocks
// of the disk. A slot is written in place: once the file exists, an anchor needs no further space.
const (
	slotSize   = 512
	slotApart  = 4096
	fileSize   = 2 * slotApart
	slotFormat = "urna anchor 1\nfolder %s\nnumber %d\nevents %d\nhead %s\nbatches %d\nballots %d\n"
)

// ErrDamaged is returned for an anchor of which neither slot can be read. A cut write damages one at most.
var ErrDamaged = errors.New("anchor: the file is damaged")

// slot is the content of a slot.
type slot struct {
	folder string // identity of the database, in hex
	number int64  // of the write; the higher one is the later one
	state  State
}

// encode returns the slot's bytes: lines of text, their SHA-256, and line ends up to the slot's size.
func (s slot) encode() []byte {
	text := fmt.Sprintf(slotFormat, s.folder, s.number, s.state.Events, s.state.Head, s.state.Batches, s.state.Ballots)
	sum := sha256.Sum256([]byte(text))
	text += "sha256 " + hex.EncodeToString(sum[:]) + "\n"
	return append([]byte(text), bytes.Repeat([]byte("\n"), slotSize-len(text))...)
}

// decode reads a slot; ok is false for one that was never written or was cut.
func decode(content []byte) (s slot, ok bool) {
	_, err := fmt.Sscanf(string(content), slotFormat, &s.folder, &s.number, &s.state.Events, &s.state.Head, &s.state.Batches, &s.state.Ballots)
	return s, err == nil && bytes.Equal(s.encode(), content)
}

// file is an open anchor. One goroutine at a time uses it; programs exclude each other by a lock on the file.
type file struct {
	handle   *os.File
	sync     func(*os.File) error
	unsynced int64 // the number of a write whose sync failed; 0 for none
}

// open opens an anchor; fs.ErrNotExist is in the chain if there is none.
func open(path string) (*file, error) {
	handle, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &file{handle: handle, sync: syncData}, nil
}

// draftEnd is the beginning of what the name of a draft has after the anchor's.
const draftEnd = ".new-"

// create makes an anchor with its first state, in full size and synced with its name, unless another program makes one
// at the same time, and opens it. Its owner is that of the data folder if this program may give it away.
func create(path string, first slot) (_ *file, err error) {
	draft, err := os.CreateTemp(filepath.Dir(path), Name+draftEnd+"*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, draft.Close()) }()
	// The lock tells programs that sweep that this draft is in use.
	if err := syscall.Flock(int(draft.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("anchor: lock: %w", err), os.Remove(draft.Name()))
	}
	content := make([]byte, fileSize)
	copy(content, first.encode())
	_, err = draft.Write(content)
	err = errors.Join(err, giveToOwnerOf(filepath.Dir(path), draft), draft.Sync())
	if err == nil {
		if err = os.Link(draft.Name(), path); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if err = errors.Join(err, os.Remove(draft.Name())); err == nil {
		err = database.SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		return nil, err
	}
	return open(path)
}

// locked runs fn while no other program uses the file.
func (f *file) locked(fn func() error) error {
	if err := syscall.Flock(int(f.handle.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("anchor: lock: %w", err)
	}
	defer func() { _ = syscall.Flock(int(f.handle.Fd()), syscall.LOCK_UN) }() // cannot fail
	return fn()
}

// read returns the last slot that was synced, and where the next one belongs.
func (f *file) read() (last slot, next int64, err error) {
	found := false
	for n := range int64(2) {
		content := make([]byte, slotSize)
		if _, err := f.handle.ReadAt(content, n*slotApart); err != nil && !errors.Is(err, io.EOF) {
			return slot{}, 0, fmt.Errorf("anchor: read: %w", err)
		}
		if s, ok := decode(content); ok && s.number > last.number && s.number != f.unsynced {
			last, next, found = s, (1-n)*slotApart, true
		}
	}
	if !found {
		return slot{}, 0, ErrDamaged
	}
	return last, next, nil
}

// write puts a slot on disk.
func (f *file) write(s slot, at int64) error {
	_, err := f.handle.WriteAt(s.encode(), at)
	if err == nil {
		err = f.sync(f.handle)
	}
	if err != nil {
		f.unsynced = s.number
		return fmt.Errorf("anchor: write: %w", err)
	}
	f.unsynced = 0
	return nil
}
