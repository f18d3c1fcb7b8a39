package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/internal/app/datafolder"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/openfiles"
	"urna/internal/sqlite"
	"urna/internal/text"
	"urna/web"
	"urna/web/epms"
	"urna/web/publicurl"
)

// ServeCommand serves elections until it is told to stop.
type ServeCommand struct {
	Data      string `help:"The data folder, made where it does not exist." default:"urna-data" type:"path"`
	MaxUpload int64  `help:"The largest upload, in bytes." default:"4294967296"`

	listenFlags

	PublicURL string `name:"public-url" type:"address" help:"The address of the election service as voters open it, such as https://vote.example.org, for letters and links; unless given, the pages ask for it once."`

	CheckPublicURL bool `name:"check-public-url" help:"After the start, ask for this server at its public address, and say what of Host, scheme and the client's address a proxy does not pass on."`

	RequireSecondFactor bool `help:"Ask every administrator for a second factor."`
	OpenRegistration    bool `help:"Let anyone register as an official through the EPMS contract, as the old system did."`

	RateLimit string `help:"Make whoever presents wrong voter keys wait; off is for load tests only." enum:"on,off" default:"on"`

	VoteGroup int           `help:"How many votes of a constituency are committed together without waiting for more." default:"8"`
	VoteWait  time.Duration `help:"How long a vote waits for others of its constituency, so that they share a commit." default:"2s"`

	// Small ones are for the crash test, whose kills are to fall between two chunks.
	ChunkLines int `help:"Lines that are counted in one transaction; 0 is what is usual." hidden:""`
	// To measure what voters wait for.
	LinesWhileVoting int `help:"Lines that are counted in one transaction while voters vote; 0 is what is usual." hidden:""`
}

// Run serves until the context ends, then finishes what is in hand.
func (c *ServeCommand) Run(ctx context.Context, streams *Streams) error {
	setLogger(streams)
	if err := c.check(); err != nil {
		return err
	}
	s, err := startServer(ctx, serverOptions{
		Folder: c.Data, MaxUpload: c.MaxUpload, listenFlags: c.listenFlags, PublicURL: c.PublicURL,
		RequireSecondFactor: c.RequireSecondFactor, OpenRegistration: c.OpenRegistration,
		Votes: online.Options{
			Unlimited: c.RateLimit == "off", GroupVotes: c.VoteGroup, GroupWait: c.VoteWait, MostWaiting: mostVotes(),
		},
		ChunkLines: c.ChunkLines, LinesWhileVoting: c.LinesWhileVoting,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(streams.Err, "listening on %s\n", s.URL)
	if c.RateLimit == "off" {
		fmt.Fprint(streams.Err, unlimitedWarning)
	}
	if s.fingerprint != "" {
		fmt.Fprintf(streams.Err, "its certificate was made here; the SHA-256 fingerprint is %s\n", s.fingerprint)
	}
	// A server that is told to end right after its start ends well, without the hint.
	if err := s.hintFirstAdministrator(ctx, streams, c.Data); err != nil && ctx.Err() == nil {
		return errors.Join(err, s.Close())
	}
	if c.CheckPublicURL {
		s.reportPublic(ctx, streams)
	}
	select {
	case <-ctx.Done():
		slog.Info("stopping")
	case err = <-s.failed:
	}
	return errors.Join(err, s.Close())
}

// check refuses values with which a server would not do what it is for.
func (c *ServeCommand) check() error {
	switch {
	case strings.TrimSpace(c.Data) == "":
		return errors.New("--data is empty: name the data folder")
	case c.MaxUpload < 1:
		return fmt.Errorf("--max-upload %d would refuse every file: write a number of bytes from 1 on, or leave it out for 4 GiB", c.MaxUpload)
	case c.CheckPublicURL && c.PublicURL == "":
		return errors.New("--check-public-url needs --public-url, the address to ask at")
	case c.VoteGroup < 1:
		return fmt.Errorf("--vote-group %d is no group: write a number of votes from 1 on", c.VoteGroup)
	case c.VoteWait <= 0 || c.VoteWait > time.Minute:
		return fmt.Errorf("--vote-wait %v is not possible: write a time from 1ms to 1m, such as 2s", c.VoteWait)
	case c.ChunkLines < 0 || c.LinesWhileVoting < 0:
		return errors.New("--chunk-lines and --lines-while-voting are 0 or more")
	}
	return checkTZ()
}

// mostVotes returns how many votes may wait for their commit. Each keeps a connection open, so they take a quarter of
// the files that the process may have open at most: whoever comes then is told to come again, where the system
// would let nobody in any more, and would tell nobody why.
func mostVotes() int { return min(openfiles.Limit()/4, online.DefaultMostWaiting) }

// unlimitedWarning is what a server without rate limits says of itself.
const unlimitedWarning = `
*** RATE LIMITS ARE OFF: anybody may guess at voter keys as fast as this machine answers. ***
*** This is for load tests. Start without --rate-limit=off for an election.               ***

`

func setLogger(streams *Streams) {
	slog.SetDefault(slog.New(slog.NewTextHandler(streams.Err, nil)))
}

// serverOptions are what a server needs to know.
type serverOptions struct {
	listenFlags

	Folder              string
	MaxUpload           int64
	PublicURL           string // "" is asked for
	PasswordParams      *argon2id.Params
	RequireSecondFactor bool
	OpenRegistration    bool
	Votes               online.Options // limits and groups
	ChunkLines          int            // 0 is what is usual
	LinesWhileVoting    int            // 0 is what is usual
}

// server is a running server over a data folder.
type server struct {
	URL         string // such as http://127.0.0.1:8080
	fingerprint string // of a certificate made here
	flags       listenFlags
	public      string // the address that the server was started with, "" for none

	folder   *folder
	batches  *batch.Service
	votes    *online.Service
	sessions *database.DB
	web      *web.Server
	failed   chan error
	ballast  []byte
	unready  atomic.Bool // as /readyz last said
}

// ballast is so much memory that is never touched, and so never taken from the machine. Go collects garbage
// each time its heap has doubled; the heap of a server is so small that votes would have it do little else.
// With the ballast the garbage between two collections grows by as much.
const ballast = 32 << 20

// startServer opens the folder, begins to count what waits, and listens. When it returns, the server
// answers.
func startServer(ctx context.Context, o serverOptions) (_ *server, err error) {
	if err := o.check(ctx); err != nil {
		return nil, err
	}
	if o.PublicURL != "" {
		if o.PublicURL, err = publicurl.Parse(o.PublicURL); err != nil {
			return nil, fmt.Errorf("--public-url: %w", err)
		}
	}
	s := &server{public: o.PublicURL, flags: o.listenFlags, failed: make(chan error, 1), ballast: make([]byte, ballast)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.folder, err = openFolder(ctx, o.Folder, folderOptions{
		Create: true, Serve: true, PasswordParams: o.PasswordParams, RequireSecondFactor: o.RequireSecondFactor,
	})
	if err != nil {
		return nil, err
	}
	if err := s.folder.place.Watch(); err != nil {
		return nil, err
	}
	if err := s.folder.bundles.Clear(); err != nil {
		return nil, err
	}
	if s.sessions, err = sqlite.Open(ctx, s.folder.place.Path(datafolder.Sessions), database.Sessions); err != nil {
		return nil, err
	}
	if s.votes, err = s.folder.online(ctx, o.Votes); err != nil {
		return nil, err
	}
	if s.batches, err = s.folder.batches(o, s.votes.Busy); err != nil {
		return nil, err
	}
	config, fingerprint, err := o.tlsConfig(o.Folder)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, explainListen(o.Addr, err)
	}
	s.URL, s.fingerprint = "http://"+listener.Addr().String(), fingerprint
	if config != nil {
		s.URL = "https://" + listener.Addr().String()
	}
	if err := s.batches.Start(ctx); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if err := s.votes.Start(ctx); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.web = web.New(s.services(o), web.Options{ //nolint:contextcheck // handlers take their request's context
		Now: time.Now, Version: currentVersion(), MaxUpload: o.MaxUpload,
		TLS: config, Secure: o.secure(), TrustedProxies: o.TrustedProxies,
	})
	go func() { s.failed <- s.web.Serve(listener) }()
	return s, nil
}

// services puts together what the pages and the APIs translate to.
func (s *server) services(o serverOptions) web.Services {
	zone, err := time.LoadLocation(s.folder.elections.TimeZone())
	if err != nil {
		zone = time.UTC
	}
	return web.Services{
		Auth: s.folder.auth, Elections: s.folder.elections, Batches: s.batches, Votes: s.votes, Results: s.folder.results,
		Sessions: auth.NewSessionStore(s.sessions, time.Now, s.folder.secret),
		Audit:    audit.NewReader(s.folder.db.Pool()),
		Bundles:  s.folder.bundles,

		PublicURL: s.folder.public(o.PublicURL),
		EPMS: epms.New(epms.Services{
			Auth: s.folder.auth, Elections: s.folder.elections, Batches: s.batches, Results: s.folder.results,
			DB: s.folder.db, OpenRegistration: o.OpenRegistration, MaxUpload: o.MaxUpload, TimeZone: zone,
		}),
		Ready: s.ready,
	}
}

// ready reports why the server cannot work at the moment. A change is logged, once.
func (s *server) ready(ctx context.Context) error {
	err := s.folder.place.Ready(ctx)
	if err == nil {
		err = s.folder.db.Pool().PingContext(ctx)
	}
	if ctx.Err() != nil { // the caller is gone; that says nothing of the server
		return err
	}
	switch was := s.unready.Swap(err != nil); {
	case err != nil && !was:
		slog.ErrorContext(ctx, "the server is not ready", "error", err)
	case err == nil && was:
		slog.InfoContext(ctx, "the server is ready again")
	}
	return err
}

// graceful is how long open requests may take at a stop.
const graceful = 10 * time.Second

// Close stops accepting, commits the chunk in hand, and closes the folder. Whatever waits is counted at
// the next start.
func (s *server) Close() error {
	var errs []error
	// First the votes: those that wait for others are committed now, so that whoever cast them is told, and whoever
	// comes meanwhile is told to come again.
	if s.votes != nil {
		s.votes.Stop()
	}
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
		if err := s.folder.results.Remember(context.Background()); err != nil { // the next start does without
			slog.Warn("when the figures last changed could not be stored", "error", err)
		}
		errs = append(errs, s.folder.Close())
	}
	return errors.Join(errs...)
}

// hintFirstAdministrator tells how to make the first administrator where there is none.
func (s *server) hintFirstAdministrator(ctx context.Context, streams *Streams, data string) error {
	secret, err := s.folder.auth.NewSetupLink(ctx)
	if err != nil || secret == "" {
		return err
	}
	fmt.Fprintf(streams.Err, "there are no accounts yet; make the first administrator on this page, which works once and for a day:\n"+
		"  %s/setup/%s\nor in another terminal:\n"+
		"  urna users add --data %s --email you@example.org --role administrator --forename NAME --surname NAME\n",
		cmp.Or(s.public, openable(s.URL)), secret, text.Printable(data))
	return nil
}

// openable returns an address that a browser on this machine opens, for one of a server that listens on all of the
// machine's addresses.
func openable(address string) string {
	return strings.NewReplacer("://[::]:", "://localhost:", "://0.0.0.0:", "://localhost:").Replace(address)
}
