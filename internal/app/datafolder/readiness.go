package datafolder

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// The write that shows that the disk takes more: a file of probeSize, at most once in probeEvery.
const (
	probeName  = "readiness.probe"
	probeSize  = 1 << 20
	probeEvery = 5 * time.Second
	probeWait  = 10 * time.Second // a disk that answers later than this is not ready
)

// readiness is the result of the last probe of the disk. The zero value is ready.
type readiness struct {
	database fs.FileInfo             // as it was opened; nil for one that is elsewhere
	write    func(path string) error // writes a probe; nil is writeProbe

	mutex   sync.Mutex
	at      time.Time // when the last probe ended
	err     error     // what it found
	running chan struct{}
}

// Watch notes which database file of the folder is open, "" for a database that is elsewhere, and removes what a probe of
// a killed server left. The folder must have the lock.
func (f *Folder) Watch(database string) error {
	if database != "" {
		info, err := os.Stat(f.Path(database))
		if err != nil {
			return err
		}
		f.readiness.database = info
	}
	if err := os.Remove(f.Path(probeName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain(f.Path(probeName), err)
	}
	return nil
}

// Ready reports why the folder cannot be used at the moment: it or the database in it is no longer the one that was
// opened, which every call looks at, or the disk takes no write. For the latter, a file of 1 MiB is written, synced and
// removed at most every five seconds; calls in between and at the same time share the result.
func (f *Folder) Ready(ctx context.Context) error {
	if err := f.checkIdentity(f.readiness.database); err != nil {
		return err
	}
	r := &f.readiness
	r.mutex.Lock()
	if r.running == nil && !r.at.IsZero() && f.now().Sub(r.at) < probeEvery {
		defer r.mutex.Unlock()
		return r.err
	}
	if r.running == nil {
		r.running = make(chan struct{})
		go f.probe() // ends with the disk's answer; later calls wait for the same one
	}
	running := r.running
	r.mutex.Unlock()
	patience := time.NewTimer(probeWait)
	defer patience.Stop()
	select {
	case <-running:
		r.mutex.Lock()
		defer r.mutex.Unlock()
		return r.err
	case <-patience.C:
		return fmt.Errorf("the disk has not written %d bytes within %v", probeSize, probeWait)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// probe writes once and keeps what came of it.
func (f *Folder) probe() {
	r := &f.readiness
	write := r.write
	if write == nil {
		write = writeProbe
	}
	err := write(f.Path(probeName))
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.at, r.err = f.now(), err
	close(r.running)
	r.running = nil
}

// writeProbe writes a file that no file system can shrink, syncs and removes it.
func writeProbe(path string) (err error) {
	content := make([]byte, probeSize)
	_, _ = rand.Read(content) // never fails
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write to the data folder: %w", err)
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close(), os.Remove(path)); err != nil {
		return fmt.Errorf("write to the data folder: %w", err)
	}
	return nil
}
