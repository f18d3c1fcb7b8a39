package batch

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"

	"urna/internal/messages"
	"urna/internal/problem"
)

// Ballots compress to about half; even made-up GUIDs that count upwards stay below a hundredth of their
// size. What unpacks to more is no file of ballots. The beginning is free, so that tiny files pass.
const (
	maxExpansion  = 100
	freeExpansion = 1 << 20
)

// unpacked reads a file's content. Content compressed with gzip is unpacked; any other content is read as it
// is. The first bytes decide, not the file's name. Before a refusal the rest of the source is read and
// discarded, so that the uploading client receives the answer.
type unpacked struct {
	source io.Reader
	most   int64 // bytes of unpacked content; 0 is no limit

	arriving *countingReader
	buffered *bufio.Reader // of arriving
	content  io.Reader     // nil before the first Read
	packed   bool
	given    int64
	refusal  error
}

// Unpacked returns the content of what source gives: unpacked where it begins as gzip does, otherwise as it
// is. most bounds the unpacked content in bytes. Reading returns ErrTooLarge or ErrCompression for a bad
// source, after its rest was read, and the source's own error where it broke off.
func Unpacked(source io.Reader, most int64) io.Reader { return &unpacked{source: source, most: most} }

// countingReader counts what came, and remembers how it broke off.
type countingReader struct {
	source io.Reader
	bytes  int64
	broken error
}

// Read reads on.
func (a *countingReader) Read(p []byte) (int, error) {
	n, err := a.source.Read(p)
	a.bytes += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		a.broken = err
	}
	return n, err
}

// Read gives the next bytes of the content.
func (u *unpacked) Read(p []byte) (int, error) {
	if u.refusal != nil {
		return 0, u.refusal
	}
	if u.content == nil {
		if err := u.begin(); err != nil {
			return 0, u.refuse(err)
		}
	}
	n, err := u.content.Read(p)
	if !u.packed {
		return n, err
	}
	u.given += int64(n)
	switch {
	case u.most > 0 && u.given > u.most:
		return 0, u.refuse(ErrTooLarge)
	case u.given > freeExpansion && u.given > maxExpansion*u.consumed():
		return 0, u.refuse(ErrCompression.With(messages.RefusalBadCompressionGrows(maxExpansion)))
	case err != nil && !errors.Is(err, io.EOF):
		return n, u.refuse(ErrCompression.With(messages.RefusalBadCompressionDamaged()))
	}
	return n, err
}

// begin looks at the first bytes.
func (u *unpacked) begin() error {
	u.arriving = &countingReader{source: u.source}
	u.buffered = bufio.NewReaderSize(u.arriving, 64<<10)
	start, err := u.buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	u.content = u.buffered
	if string(start) != "\x1f\x8b" {
		return nil
	}
	u.packed = true
	content, err := gzip.NewReader(u.buffered)
	if err != nil {
		return ErrCompression.With(messages.RefusalBadCompressionUnreadable())
	}
	u.content = content
	return nil
}

// consumed returns how much of the compressed file has been unpacked. It depends on the file alone, not on how
// its bytes trickle in.
func (u *unpacked) consumed() int64 { return u.arriving.bytes - int64(u.buffered.Buffered()) }

// refuse remembers why nothing more is given; the source's own error goes first.
func (u *unpacked) refuse(err error) error {
	if f, ok := errors.AsType[*problem.Error](err); ok && u.arriving.broken == nil {
		if _, broken := io.Copy(io.Discard, u.arriving); broken == nil {
			err = f
		}
	}
	if u.arriving.broken != nil {
		err = u.arriving.broken
	}
	u.refusal = err
	return err
}
