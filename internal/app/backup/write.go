package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"urna/internal/database"
	"urna/internal/sealed"
)

// flushBytes is after how many bytes an archive goes to the disk. One large flush at its end would delay the syncs of
// votes.
const flushBytes = 4 << 20

// writer writes an archive to a file beside its target.
type writer struct {
	target   string
	file     *os.File
	unsynced int64
	buffer   *bufio.Writer
	sealing  io.WriteCloser // nil without recipients
	tar      *tar.Writer
	own      sealed.Identities // opens the archive, for the comparison
	parts    []Part
	done     bool
}

func newWriter(target string, to sealed.Recipients) (w *writer, err error) {
	w = &writer{target: target}
	if w.file, err = os.OpenFile(target+partEnd, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(w.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is being written by another program: %w", target, err), w.file.Close())
	}
	w.buffer = bufio.NewWriterSize(flushing{w}, 1<<20)
	var plain io.Writer = w.buffer
	if !to.IsZero() {
		if to, w.own, err = to.Witnessed(); err == nil {
			w.sealing, err = to.NewWriter(w.buffer)
		}
		if err != nil {
			return nil, errors.Join(err, w.end())
		}
		plain = w.sealing
	}
	w.tar = tar.NewWriter(plain)
	return w, nil
}

// flushing writes to the file and puts it on disk in small pieces.
type flushing struct{ w *writer }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.w.file.Write(p)
	if f.w.unsynced += int64(n); err == nil && f.w.unsynced >= flushBytes {
		f.w.unsynced = 0
		err = flush(f.w.file)
	}
	return n, explain(err)
}

// explain adds database.ErrDiskFull to an error whose reason is a full disk.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errors.Join(database.ErrDiskFull, err)
	}
	return err
}

// add adds a part.
func (w *writer) add(name string, content []byte) error {
	return w.stream(name, int64(len(content)), bytes.NewReader(content))
}

// addFile adds a file. fs.ErrNotExist is in the chain if it is not there, and nothing is added then.
func (w *writer) addFile(ctx context.Context, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	err = w.stream(name, info.Size(), withContext{ctx, file})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("backup: read %s: %s", name, err.Error())
	}
	return err
}

// withContext reads until the context ends.
type withContext struct {
	ctx  context.Context //nolint:containedctx // one call's
	from io.Reader
}

func (r withContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}

func (w *writer) stream(name string, size int64, from io.Reader) error {
	if err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, Format: tar.FormatPAX}); err != nil {
		return fmt.Errorf("backup: write %s: %w", name, err)
	}
	hash := sha256.New()
	n, err := io.CopyN(io.MultiWriter(w.tar, hash), from, size)
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the file became shorter while it was read: %d of %d bytes", n, size)
	}
	if err != nil {
		return fmt.Errorf("backup: write %s: %w", name, err)
	}
	w.parts = append(w.parts, Part{Name: name, Bytes: size, SHA256: hex.EncodeToString(hash.Sum(nil))})
	return nil
}

// finish writes the manifest, reads the archive back from the disk, compares, and gives it its name.
func (w *writer) finish(ctx context.Context, m Manifest) (Manifest, error) {
	m.Parts = slices.Clone(w.parts)
	content, err := m.encode()
	if err == nil {
		err = w.add(manifestName, content)
	}
	if err == nil {
		err = w.tar.Close()
	}
	if err == nil && w.sealing != nil {
		err = w.sealing.Close()
	}
	if err == nil {
		err = w.buffer.Flush()
	}
	if err == nil {
		err = explain(w.file.Sync())
	}
	if err != nil {
		return m, err
	}
	dropCache(w.file)
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return m, err
	}
	read, err := Check(withContext{ctx, w.file}, w.own)
	if err != nil {
		return m, fmt.Errorf("backup: read back what was written: %w", err)
	}
	if read.Head != m.Head || !slices.Equal(read.Parts, m.Parts) {
		return m, errors.New("backup: what was read back differs from what was written; the disk is failing")
	}
	// A link fails if the target has appeared meanwhile; a rename would replace it.
	if err := os.Link(w.target+partEnd, w.target); errors.Is(err, fs.ErrExist) {
		return m, fmt.Errorf("%s: %w", w.target, ErrExists)
	} else if err != nil {
		if err := os.Rename(w.target+partEnd, w.target); err != nil { // a file system without links
			return m, err
		}
		w.done = true
	}
	return m, database.SyncFolder(filepath.Dir(w.target))
}

// end removes the unfinished file beside the target. It may be called once.
func (w *writer) end() error {
	var err error
	if !w.done {
		err = os.Remove(w.target + partEnd)
	}
	return errors.Join(err, w.file.Close())
}
