package upload

import (
	"errors"
	"io"
	"net/http"

	"urna/web/deadline"
)

// FormOverhead is the number of bytes that a multipart body may have beside the file: boundaries, headers and small
// fields.
const FormOverhead = 64 << 10

// Body reads the body of an upload up to a size limit while data arrives (package deadline). It remembers the error that
// ended the reading, so that a caller can tell bad content from a broken connection.
type Body struct {
	body   *deadline.Reader
	broken error
}

// NewBody returns the body of an upload of at most maxBytes bytes. A larger one fails with an *http.MaxBytesError, and
// its connection is closed after the answer.
func NewBody(w http.ResponseWriter, r *http.Request, maxBytes int64) *Body {
	return &Body{body: deadline.NewReader(w, http.MaxBytesReader(w, r.Body, maxBytes))}
}

// Read reads the next bytes.
func (b *Body) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.broken = err
	}
	return n, err
}

// Broken returns the error that ended the upload early, nil if there was none.
func (b *Body) Broken() error { return b.broken }

// TooLarge reports whether the upload was larger than the limit.
func (b *Body) TooLarge() bool {
	_, ok := errors.AsType[*http.MaxBytesError](b.broken)
	return ok
}

// Drain reads the rest of a refused upload, unless it is too large: a browser shows an answer only after it has sent
// the whole body.
func (b *Body) Drain() {
	if !b.TooLarge() {
		_, _ = io.Copy(io.Discard, b) // the upload is refused already
	}
}
