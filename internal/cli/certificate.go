package cli

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateCheck is how often the files of a certificate are looked at, at most.
const certificateCheck = time.Second

// renewedCertificate is a certificate in two files. It is loaded again when a file changes, so that a renewal needs no
// restart. While the new files do not fit together, the last good pair is used.
type renewedCertificate struct {
	cert, key string
	now       func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	loaded  [2]fs.FileInfo // the files of pair
	refused [2]fs.FileInfo // the files that could not be loaded last
	checked time.Time
}

// openCertificate loads a certificate and its key.
func openCertificate(cert, key string, now func() time.Time) (*renewedCertificate, error) {
	r := &renewedCertificate{cert: cert, key: key, now: now, checked: now()}
	files, err := r.stat()
	if err != nil {
		return nil, err
	}
	return r, r.load(files)
}

// get returns the certificate; it is tls.Config.GetCertificate.
func (r *renewedCertificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); now.Sub(r.checked).Abs() >= certificateCheck {
		r.checked = now
		r.refresh()
	}
	return r.pair, nil
}

// end returns when the certificate in use ends.
func (r *renewedCertificate) end() time.Time {
	pair, err := r.get(nil)
	if err != nil {
		return time.Time{}
	}
	return pair.Leaf.NotAfter
}

// refresh loads the files if one changed since they were loaded.
func (r *renewedCertificate) refresh() {
	files, err := r.stat()
	if err == nil && sameFiles(files, r.loaded) {
		return
	}
	if err == nil {
		if err = r.load(files); err == nil {
			slog.Info("the TLS certificate was renewed", "file", r.cert, "valid_until", r.pair.Leaf.NotAfter.UTC())
			return
		}
	}
	if !sameFiles(files, r.refused) {
		r.refused = files
		slog.Error("the changed TLS certificate cannot be used; the last one stays in use", "file", r.cert, "error", err)
	}
}

func (r *renewedCertificate) stat() (files [2]fs.FileInfo, err error) {
	var errs [2]error
	files[0], errs[0] = os.Stat(r.cert)
	files[1], errs[1] = os.Stat(r.key)
	return files, errors.Join(errs[:]...)
}

func (r *renewedCertificate) load(files [2]fs.FileInfo) error {
	pair, err := tls.LoadX509KeyPair(r.cert, r.key)
	if err != nil {
		return err
	}
	r.pair, r.loaded = &pair, files
	return nil
}

// sameFiles reports whether files have not been replaced or written.
func sameFiles(a, b [2]fs.FileInfo) bool {
	for i := range a {
		if a[i] == nil || b[i] == nil {
			if a[i] != b[i] {
				return false
			}
			continue
		}
		if !os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()) {
			return false
		}
	}
	return true
}
