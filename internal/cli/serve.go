package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/ballots/batch"
	"urna/internal/sqlite"
	"urna/web"
)

// ServeCommand serves elections until it is told to stop.
type ServeCommand struct {
	Data      string `help:"The data folder, made where it does not exist." default:"urna-data" type:"path"`
	Addr      string `help:"The address to listen on; port 0 picks a free one." default:"127.0.0.1:8080"`
	MaxUpload int64  `help:"The largest upload, in bytes." default:"4294967296"`
}

// Run serves until the context ends, then finishes what is in hand.
func (c *ServeCommand) Run(ctx context.Context, streams *Streams) error {
	setLogger(streams)
	s, err := startServer(ctx, serverOptions{Folder: c.Data, Addr: c.Addr, MaxUpload: c.MaxUpload})
	if err != nil {
		return err
	}
	fmt.Fprintf(streams.Err, "listening on %s\n", s.URL)
	if err := s.hintFirstAdministrator(ctx, streams, c.Data); err != nil {
		return errors.Join(err, s.Close())
	}
	select {
	case <-ctx.Done():
		slog.Info("stopping")
	case err = <-s.failed:
	}
	return errors.Join(err, s.Close())
}

func setLogger(streams *Streams) {
	slog.SetDefault(slog.New(slog.NewTextHandler(streams.Err, nil)))
}

// serverOptions are what a server needs to know.
type serverOptions struct {
	Folder         string
	Addr           string
	MaxUpload      int64
	PasswordParams *argon2id.Params
}

// server is a running server over a data folder.
type server struct {
	URL string // such as http://127.0.0.1:8080

	folder   *folder
	batches  *batch.Service
	sessions *sqlite.DB
	unlock   func() error
	web      *web.Server
	failed   chan error
}

// startServer opens the folder, begins to count what waits, and listens. When it returns, the server
// answers.
func startServer(ctx context.Context, o serverOptions) (_ *server, err error) {
	if err := loopbackOnly(o.Addr); err != nil {
		return nil, err
	}
	s := &server{failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.folder, err = openFolder(ctx, o.Folder, o.PasswordParams); err != nil {
		return nil, err
	}
	if s.unlock, err = s.folder.lock(); err != nil {
		return nil, err
	}
	if s.sessions, err = sqlite.Open(ctx, filepath.Join(o.Folder, "sessions.db"), sqlite.Sessions); err != nil {
		return nil, err
	}
	if s.batches, err = s.folder.batches(); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.URL = "http://" + listener.Addr().String()
	if err := s.batches.Start(ctx); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.web = web.New(web.Services{
		Auth: s.folder.auth, Elections: s.folder.elections, Batches: s.batches, Results: s.folder.results,
		Sessions: auth.NewSessionStore(s.sessions, time.Now),
		Ready:    func(ctx context.Context) error { return s.folder.db.Reader(ctx).Exec("SELECT 1").Error },
	}, web.Options{Now: time.Now, Version: currentVersion(), MaxUpload: o.MaxUpload})
	go func() { s.failed <- s.web.Serve(listener) }()
	return s, nil
}

// loopbackOnly refuses an address that other machines could reach: passwords must not cross a network
// in clear.
func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("the address %q is not HOST:PORT: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the address %q can be reached by other machines, and plain HTTP would show them passwords: "+
		"listen on 127.0.0.1 behind a proxy that speaks TLS", addr)
}

// graceful is how long open requests may take at a stop.
const graceful = 10 * time.Second

// Close stops accepting, commits the chunk in hand, and closes the folder. Whatever waits is counted at
// the next start.
func (s *server) Close() error {
	var errs []error
	if s.web != nil {
		ctx, cancel := context.WithTimeout(context.Background(), graceful)
		defer cancel()
		errs = append(errs, s.web.Close(ctx))
	}
	if s.batches != nil {
		s.batches.Stop()
	}
	if s.sessions != nil {
		errs = append(errs, s.sessions.Close())
	}
	if s.folder != nil {
		errs = append(errs, s.folder.Close())
	}
	if s.unlock != nil {
		errs = append(errs, s.unlock())
	}
	return errors.Join(errs...)
}

// hintFirstAdministrator tells how to make the first administrator where there is none.
func (s *server) hintFirstAdministrator(ctx context.Context, streams *Streams, data string) error {
	users, err := s.folder.auth.Users(ctx)
	if err != nil {
		return err
	}
	if len(users) == 0 {
		fmt.Fprintf(streams.Err, "there are no accounts yet; make the first one in another terminal:\n"+
			"  urna users add --data %s --email you@example.org --role administrator --forename NAME --surname NAME\n", data)
	}
	return nil
}
