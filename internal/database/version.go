package database

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"
)

// lookEvery is how often Unchanged asks the engine whether another process has committed.
const lookEvery = 250 * time.Millisecond

// Version identifies a state of the database: if two versions are equal, nothing was committed in between. The zero
// value is the version of no state.
type Version struct {
	here    uint64 // the commits of this process and the connections lost, and one
	outside int64  // Engine.Outside
}

// versions counts commits.
type versions struct {
	begun   time.Time
	here    atomic.Uint64
	outside atomic.Int64
	looked  atomic.Int64 // when outside was read, as a time.Duration since begun

	mutex sync.Mutex
	conn  *sql.Conn // on which outside is read; nil before the first time
}

// Version returns the version of the committed data. A snapshot that begins afterwards has this version or a later
// one.
func (d *DB) Version(ctx context.Context) (Version, error) {
	v := Version{here: d.versions.here.Load() + 1}
	d.versions.mutex.Lock()
	defer d.versions.mutex.Unlock()
	var err error
	v.outside, err = d.look(ctx)
	return v, err
}

// Unchanged reports whether nothing was committed since the version. It sees a commit of this process from the moment
// at which Write returns, and one of another process, such as a command beside the server, within lookEvery. It makes a
// query no more often than that.
func (d *DB) Unchanged(v Version) bool {
	s := &d.versions
	if v.here != s.here.Load()+1 {
		return false
	}
	if s.elapsed()-time.Duration(s.looked.Load()) > lookEvery && s.mutex.TryLock() {
		_, err := d.look(context.Background())
		s.mutex.Unlock()
		if err != nil {
			return false
		}
	}
	return v.outside == s.outside.Load()
}

// look asks the engine for commits of other processes. It needs the mutex.
func (d *DB) look(ctx context.Context) (outside int64, err error) {
	s := &d.versions
	if s.conn == nil {
		if s.conn, err = d.readers.Conn(ctx); err != nil {
			return 0, err
		}
	}
	if outside, err = d.engine.Outside(ctx, s.conn); err != nil {
		// The next look takes another connection, whose numbers say nothing of the former versions.
		_ = s.conn.Close()
		s.conn = nil
		s.here.Add(1)
		return 0, err
	}
	s.outside.Store(outside)
	s.looked.Store(int64(s.elapsed()))
	return outside, nil
}

func (s *versions) elapsed() time.Duration {
	return time.Since(s.begun) //nolint:forbidigo // a duration, which no test needs to hold
}

// close gives the connection back.
func (s *versions) close() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.conn == nil {
		return nil
	}
	conn := s.conn
	s.conn = nil
	return conn.Close()
}
