package online

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"urna/internal/database"
)

// keySpool holds the keys of a roll between the reading of the roll and their showing, in a file without a name.
type keySpool interface {
	// add writes a key down. Only before finish.
	add(k *Key) error
	// finish ends the writing. The keys can be read from then on.
	finish() error
	close() error
}

// spool is a keySpool whose file is encrypted with a key that is in memory only: after the end of the process the file
// cannot be read.
type spool struct {
	file   *os.File
	secret [32]byte
	nonce  [aes.BlockSize]byte
	writer *bufio.Writer
	into   *gob.Encoder
}

func newSpool(folder string) (*spool, error) {
	file, err := unnamedFile(folder)
	if err != nil {
		return nil, err
	}
	p := &spool{file: file}
	_, _ = rand.Read(p.secret[:]) // never fails
	_, _ = rand.Read(p.nonce[:])
	stream, err := p.stream()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	p.writer = bufio.NewWriterSize(cipher.StreamWriter{S: stream, W: file}, 64<<10)
	p.into = gob.NewEncoder(p.writer)
	return p, nil
}

// unnamedFile makes a file that has no name and is deleted when it is closed.
func unnamedFile(folder string) (*os.File, error) {
	file, err := os.CreateTemp(folder, "roll-*")
	if err != nil {
		return nil, spoolError("make", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("online: make spool: %w", err), file.Close())
	}
	return file, nil
}

// stream returns AES-256 in counter mode, from the file's beginning.
func (p *spool) stream() (cipher.Stream, error) {
	block, err := aes.NewCipher(p.secret[:])
	if err != nil {
		return nil, fmt.Errorf("online: encrypt spool: %w", err)
	}
	return cipher.NewCTR(block, p.nonce[:]), nil
}

func (p *spool) add(k *Key) error {
	return spoolError("write", p.into.Encode(k))
}

func (p *spool) finish() error { return spoolError("write", p.writer.Flush()) }

// keys returns the keys in the order in which they were added; it may be walked again.
func (p *spool) keys() iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		if err := p.read(yield); err != nil {
			yield(Key{}, spoolError("read", err))
		}
	}
}

func (p *spool) read(yield func(Key, error) bool) error {
	stream, err := p.stream()
	if err != nil {
		return err
	}
	whole := io.NewSectionReader(p.file, 0, 1<<62)
	from := gob.NewDecoder(bufio.NewReaderSize(cipher.StreamReader{S: stream, R: whole}, 64<<10))
	for {
		var k Key
		if err := from.Decode(&k); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if !yield(k, nil) {
			return nil
		}
	}
}

// spoolError says what was done with a spool when an error came, and whether it was for want of space.
func spoolError(act string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("online: %s spool: %w", act, err)
	if database.IsDiskFull(err) {
		return errors.Join(database.ErrDiskFull, err)
	}
	return err
}

// close deletes the file, which has no name.
func (p *spool) close() error { return p.file.Close() }
