package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"urna/internal/database"
)

var (
	// ErrLed is returned if another process leads the database and a Lead does not wait.
	ErrLed = errors.New("another server is running on this PostgreSQL database")
	// ErrLeadLost is returned for each write of a process that has led the database, once its lock is gone.
	ErrLeadLost = errors.New("postgres: this process no longer leads the database: its connection ended, and another process may write now")
)

// How the lead is kept. The server ends a session that is silent for silence, so that the lock of a frozen process becomes
// free; a process that runs says something every beat.
const (
	beat    = 2 * time.Second
	silence = 8 * time.Second
	// How often a standby tries to take the lock, and to connect again.
	leadPause = 250 * time.Millisecond
	// How long a Lead that does not wait tries: the server needs a moment to end the session of a process that has ended.
	leadPatience   = 2 * time.Second
	reconnectPause = time.Second
	keepAlive      = 5 * time.Second
	connectTimeout = 5 * time.Second
)

// A Lead makes a process the only one that writes a database beside commands. The lock belongs to the session of the one
// connection that writes a schema: if the session ends, so does the transaction in it, and no other connection takes its
// place. A process that lost its lead thus cannot commit, whether it knows of that or not.
type Lead struct {
	waiting func() // called before each wait for a lock; nil does not wait

	lost    chan error
	ended   chan struct{} // closed by End or by the first loss
	mutex   sync.Mutex    // guards closing ended, and writers
	writers map[database.Schema]*sql.DB
}

// NewLead returns a lead that waits for its locks after it called waiting, or is refused with ErrLed if that is nil.
func NewLead(waiting func()) *Lead {
	return &Lead{waiting: waiting, lost: make(chan error, 1), ended: make(chan struct{}), writers: map[database.Schema]*sql.DB{}}
}

// Lost receives an error if the lead is lost. The process must end then.
func (l *Lead) Lost() <-chan error { return l.lost }

// End stops keeping the lead. It is called before the databases are closed.
func (l *Lead) End() { l.end(nil) }

// lose ends the lead because of an error, unless it has ended.
func (l *Lead) lose(err error) { l.end(fmt.Errorf("%w: %w", ErrLeadLost, err)) }

func (l *Lead) end(lost error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	select {
	case <-l.ended:
		return
	default:
	}
	close(l.ended)
	if lost != nil {
		l.lost <- lost
	}
}

// leadNumber is the second number of the advisory lock of a schema's lead.
func leadNumber(schema database.Schema) int {
	if schema == database.Main {
		return 2
	}
	return 3
}

// leading are the settings of the connection that leads, by which the server notices a process or a machine that is gone.
func leading() map[string]string {
	return map[string]string{
		"idle_session_timeout":                strconv.FormatInt(silence.Milliseconds(), 10),
		"idle_in_transaction_session_timeout": strconv.FormatInt(silence.Milliseconds(), 10),
		"tcp_keepalives_idle":                 "5",
		"tcp_keepalives_interval":             "2",
		"tcp_keepalives_count":                "3",
		"tcp_user_timeout":                    strconv.FormatInt(silence.Milliseconds(), 10),
	}
}

// takeLock takes the lock of the schema on a new writing connection. Only the first one gets it.
func (e *engine) takeLock(ctx context.Context, c *pgx.Conn) error {
	if e.led.Load() {
		e.lead.lose(errors.New("the connection ended"))
		return ErrLeadLost
	}
	begun := time.Now() //nolint:forbidigo // a duration, which no test needs to hold
	for waited := false; ; waited = true {
		var taken bool
		if err := c.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, lockClass, leadNumber(e.schema)).Scan(&taken); err != nil {
			return err
		}
		switch {
		case taken:
			e.led.Store(true)
			return nil
		case e.lead.waiting != nil && !waited:
			e.lead.waiting()
		case e.lead.waiting == nil && time.Since(begun) > leadPatience: //nolint:forbidigo // as above
			return ErrLed
		}
		e.stoodBy.Store(e.lead.waiting != nil)
		if err := pause(ctx, leadPause); err != nil {
			return err
		}
	}
}

// takeLead opens the writing connection with the lock, and keeps it. While the process waits, it connects again if
// the server or the way to it fails.
func (e *engine) takeLead(ctx context.Context, writer *sql.DB) error {
	for {
		err := writer.PingContext(ctx)
		if err == nil {
			break
		}
		if !e.stoodBy.Load() || ctx.Err() != nil || !isFailing(err) || errors.Is(err, ErrLeadLost) {
			return err
		}
		slog.WarnContext(ctx, "the database cannot be reached while this server is on standby; trying again", "error", err)
		if err := pause(ctx, reconnectPause); err != nil {
			return err
		}
	}
	e.lead.mutex.Lock()
	defer e.lead.mutex.Unlock()
	e.lead.writers[e.schema] = writer
	return nil
}

// Keep speaks on the writing connection of a schema until the lead ends. The caller starts it in a goroutine right after it
// opened the database of the schema.
func (l *Lead) Keep(schema database.Schema) {
	l.mutex.Lock()
	writer := l.writers[schema]
	l.mutex.Unlock()
	every := time.NewTicker(beat)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-l.ended:
			return
		}
		if _, err := writer.ExecContext(context.Background(), `SELECT 1`); err != nil {
			l.lose(err)
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// uninterrupted is how a leading connection takes the end of a context: a statement runs to its end, since a connection
// that is cut in a statement is lost, and the lead with it.
type uninterrupted struct{}

// HandleCancel does nothing.
func (uninterrupted) HandleCancel(context.Context) {}

// HandleUnwatchAfterCancel does nothing.
func (uninterrupted) HandleUnwatchAfterCancel() {}
