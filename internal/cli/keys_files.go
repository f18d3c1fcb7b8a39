package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// openInput opens a file to read, or standard input for "-".
func openInput(streams *Streams, name string) (io.Reader, func(), error) {
	if name == "-" {
		return streams.In, func() {}, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return file, func() { _ = file.Close() }, nil // only read
}

// keyFile is a new file for keys that only its owner can read.
type keyFile struct{ file *os.File }

func newKeyFile(name string) (*keyFile, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%s exists already, and keys are written over nothing; name another file or move that one away", name)
		}
		return nil, fmt.Errorf("make the file: %w", err)
	}
	return &keyFile{file}, nil
}

// keep syncs the file to disk. If writing failed, it removes the file.
func (k *keyFile) keep(err error) error {
	if err == nil {
		err = k.file.Sync()
	}
	if err != nil {
		return errors.Join(err, k.discard())
	}
	return k.file.Close()
}

// discard closes the file and removes it.
func (k *keyFile) discard() error { return errors.Join(k.file.Close(), k.remove()) }

// remove removes the file if it still exists.
func (k *keyFile) remove() error {
	if err := os.Remove(k.file.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// output is a new file, or standard output.
type output struct {
	io.Writer

	file *keyFile // nil for standard output
}

// newOutput returns standard output for "-", else a new file that only its owner can read.
func newOutput(streams *Streams, name string) (output, error) {
	if name == "-" {
		return output{Writer: streams.Out}, nil
	}
	file, err := newKeyFile(name)
	if err != nil {
		return output{}, err
	}
	return output{file.file, file}, nil
}

// keep syncs a file to disk. If writing failed, it removes the file.
func (o output) keep(err error) error {
	if o.file != nil {
		return o.file.keep(err)
	}
	return err
}
