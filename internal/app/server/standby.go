package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"urna/web"
)

// Standby answers on a listener while another process leads the database.
type Standby struct {
	web   *web.Server
	lent  *lent
	ended chan error
}

// StandBy begins to answer on the listener. Of the options it needs those of the listener and of languages.
func StandBy(listener net.Listener, o Options) (*Standby, error) {
	lent, err := lend(listener)
	if err != nil {
		return nil, err
	}
	s := &Standby{
		web: web.NewStandby(web.Options{
			Now: time.Now, TLS: o.TLS, Secure: o.Secure, TrustedProxies: o.TrustedProxies, Language: o.Language, Languages: o.Languages, Version: o.Version,
		}),
		lent: lent, ended: make(chan error, 1),
	}
	go func() { s.ended <- s.web.Serve(lent) }()
	return s, nil
}

// End stops to answer. The listener stays open, and connections to it wait.
func (s *Standby) End() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.web.Close(ctx)
	if errors.Is(err, context.DeadlineExceeded) { // connections without a request were ended
		err = nil
	}
	return errors.Join(err, <-s.ended, s.lent.giveBack())
}

// deadliner is a listener whose Accept can be interrupted.
type deadliner interface {
	net.Listener

	SetDeadline(t time.Time) error
}

// lent is a listener that another server uses later: Close interrupts Accept and leaves it open.
type lent struct {
	deadliner

	closed atomic.Bool
}

func lend(listener net.Listener) (*lent, error) {
	own, ok := listener.(deadliner)
	if !ok {
		return nil, fmt.Errorf("server: a listener of type %T cannot be passed on", listener)
	}
	return &lent{deadliner: own}, nil
}

// Accept returns net.ErrClosed once the listener is to be given back.
func (l *lent) Accept() (net.Conn, error) {
	c, err := l.deadliner.Accept()
	if err != nil && l.closed.Load() {
		return nil, net.ErrClosed
	}
	return c, err
}

// Close interrupts Accept.
func (l *lent) Close() error {
	l.closed.Store(true)
	return l.SetDeadline(time.Unix(1, 0))
}

// giveBack makes the listener accept again.
func (l *lent) giveBack() error { return l.SetDeadline(time.Time{}) }
