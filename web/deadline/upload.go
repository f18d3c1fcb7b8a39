package deadline

import (
	"errors"
	"io"
	"net/http"
)

// Upload reads the body of an upload, up to a limit, for as long as it arrives, and remembers how it broke
// off: so that whoever reads a form or a file inside it can tell bad content from a bad connection.
type Upload struct {
	body   *Reader
	broken error
}

// NewUpload returns the body of an upload of at most so many bytes. One that is larger breaks off with an
// *http.MaxBytesError, and its connection is closed after the answer.
func NewUpload(w http.ResponseWriter, r *http.Request, most int64) *Upload {
	return &Upload{body: NewReader(w, http.MaxBytesReader(w, r.Body, most))}
}

// Read reads on.
func (u *Upload) Read(p []byte) (int, error) {
	n, err := u.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		u.broken = err
	}
	return n, err
}

// Broken returns what ended the upload before its end, nil where nothing did.
func (u *Upload) Broken() error { return u.broken }

// TooLarge reports whether the upload broke off at its limit.
func (u *Upload) TooLarge() bool {
	_, ok := errors.AsType[*http.MaxBytesError](u.broken)
	return ok
}
