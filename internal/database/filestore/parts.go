package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"urna/internal/database"
)

// errPart is returned for a file that lacks a part.
var errPart = errors.New("filestore: a part of the file is missing or has another size")

// partsFile reads a file of the database. It keeps the part that was read last.
type partsFile struct {
	ctx     context.Context //nolint:containedctx // io.Reader has none
	on      database.Querier
	content string
	size    int64
	place   int64
	have    int64 // the number of the part, -1 for none
	part    []byte
}

// Read reads from the place.
func (f *partsFile) Read(p []byte) (n int, err error) {
	n, err = f.read(p, f.place)
	f.place += int64(n)
	return n, err
}

// ReadAt reads from an offset.
func (f *partsFile) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		got, err := f.read(p[n:], offset+int64(n))
		n += got
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// read reads up to the end of a part.
func (f *partsFile) read(p []byte, offset int64) (int, error) {
	switch {
	case offset < 0:
		return 0, errors.New("filestore: read before the beginning")
	case offset >= f.size:
		return 0, io.EOF
	}
	number := offset / partBytes
	if number != f.have {
		part, err := readPart(f.ctx, f.on, f.content, number)
		if err != nil {
			return 0, err
		}
		if int64(len(part)) != min(partBytes, f.size-number*partBytes) {
			return 0, errPart
		}
		f.part, f.have = part, number
	}
	return copy(p, f.part[offset%partBytes:]), nil
}

// Seek moves the place.
func (f *partsFile) Seek(offset int64, from int) (int64, error) {
	switch from {
	case io.SeekCurrent:
		offset += f.place
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("filestore: seek to %d", offset)
	}
	f.place = offset
	return offset, nil
}

// Close has nothing to close.
func (f *partsFile) Close() error { return nil }
