package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/internal/app"
	"urna/internal/app/openfiles"
	"urna/internal/app/server"
	"urna/internal/cli/systemd"
	"urna/internal/messages"
	"urna/web/publicurl"
)

// ServeCommand runs the server until it is stopped.
type ServeCommand struct {
	Data string `help:"The data folder, made where it does not exist." default:"urna-data" type:"path"`
	databaseFlags
	Scratch string `help:"With --database: the folder for files that may be lost with the process, such as uploads that are not confirmed. Without it the system's own for temporary files is used." type:"existingdir"`

	MaxUpload int64 `help:"The largest upload, in bytes." default:"4294967296"`

	DiskReserve int64 `help:"Free disk, in bytes, that uploads leave for votes and sign-ins; unless given, 5 % of the disk, at least 64 MiB and at most 1 GiB."`

	listenFlags
	metricsFlags

	PublicURL string `name:"public-url" type:"address" help:"The address of the election service as voters open it, such as https://vote.example.org, for letters and links; unless given, the pages ask for it once."`

	CheckPublicURL bool `name:"check-public-url" help:"After the start, ask for this server at its public address, and say what of Host, scheme and the client's address a proxy does not pass on."`

	contactFlag

	RequireSecondFactor bool `help:"Ask every administrator for a second factor."`

	OpenRegistration registrationFlag `placeholder:"approve" help:"Let anyone register as an official through the EPMS contract, as the old system did. With =approve, such accounts wait until an administrator accepts them."`

	Dev bool `help:"For people who change the program: show all parts of pages at /styleguide."`

	RateLimit string `help:"Limit the rate of wrong voter keys; off is for load tests only." enum:"on,off" default:"on"`

	Language string `default:"en" placeholder:"TAG" help:"The language of pages for readers whose browser asks for none that is offered, such as en or ka."`

	backupFlags

	AcceptRollback string `name:"accept-rollback" once:"" placeholder:"REASON" help:"Use a database that is older than its anchor, urna.anchor, says, or a new one in a used folder: acts that were answered are lost. The reason is recorded in the audit log."`

	VoteGroup int           `help:"How many votes of a constituency are committed together without waiting for more." default:"8"`
	VoteWait  time.Duration `help:"How long a vote waits for others of its constituency, so that they share a commit." default:"2s"`

	// Small chunks are for the crash test, which kills the server between two chunks.
	ChunkLines int `help:"Lines that are counted in one transaction; 0 is the default." hidden:""`
	// For profiling the latency of votes.
	LinesWhileVoting int `help:"Lines that are counted in one transaction while voters vote; 0 is the default." hidden:""`
	// For checking the layout with sentences as long as in other languages.
	Stretched bool `help:"Show every sentence twice." hidden:""`
}

// Run serves until the context ends, then finishes accepted work.
func (c *ServeCommand) Run(ctx context.Context, streams *Streams) error {
	setLogger(streams)
	if err := c.check(); err != nil {
		return err
	}
	plan, err := c.plan()
	if err != nil {
		return err
	}
	s, err := startServer(ctx, serverOptions{
		Listening: func(b *bound) { c.sayListening(streams, b) },
		Folder:    c.Data, listenFlags: c.listenFlags, metricsFlags: c.metricsFlags, Registration: c.OpenRegistration.rule, Language: c.language(), Languages: c.languages(), Dev: c.Dev,
		Options: app.Options{
			Database: c.Database, Secrets: c.Secrets, Scratch: c.Scratch,
			AcceptRollback: strings.TrimSpace(c.AcceptRollback), Operator: commandLine(), Backups: plan,
			MaxUpload: c.MaxUpload, PublicURL: c.PublicURL, Contact: strings.TrimSpace(c.Contact), Sender: strings.TrimSpace(c.Sender), USLetter: c.Paper == usPaper, RequireSecondFactor: c.RequireSecondFactor,
			Votes: online.Options{
				Unlimited: c.RateLimit == "off", GroupVotes: c.VoteGroup, GroupWait: c.VoteWait, MaxWaiting: mostVotes(),
			},
			Ingest: batch.Options{ChunkLines: c.ChunkLines, DiskReserve: c.DiskReserve}, LinesWhileVoting: c.LinesWhileVoting,
		},
	})
	if err != nil {
		if c.Database != "" && ctx.Err() != nil {
			return nil //nolint:nilerr // it was stopped while it stood by
		}
		return err
	}
	// A server that is stopped right after its start exits without an error and without the hint.
	if err := s.hintFirstAdministrator(ctx, streams, c.Data); err != nil && ctx.Err() == nil {
		return errors.Join(err, s.Close())
	}
	notifySupervisor(ctx, systemd.Ready+"\nSTATUS=Serving "+s.URL)
	if c.CheckPublicURL {
		s.reportPublic(ctx, streams)
	}
	select {
	case <-ctx.Done():
		slog.Info("stopping")
		notifySupervisor(context.WithoutCancel(ctx), systemd.Stopping)
	case err = <-s.Failed:
	case lost := <-s.App.Lost():
		slog.Error("this server no longer leads the database, and ends", "error", lost)
		_ = s.Close() // what it could not store was answered so
		return &ExitError{Code: lostCode, Err: errors.New("this server no longer leads the database; start it again, as a standby")}
	}
	return errors.Join(err, s.Close())
}

// sayListening prints where the server answers, and what else people should know at its start.
func (c *ServeCommand) sayListening(streams *Streams, b *bound) {
	fmt.Fprint(streams.Err, b.metrics.said())
	fmt.Fprintf(streams.Err, "listening on %s\n", b.url)
	if c.RateLimit == "off" {
		fmt.Fprint(streams.Err, unlimitedWarning)
	}
	fmt.Fprint(streams.Err, c.OpenRegistration.warning())
	if b.secured.fingerprint != "" {
		fmt.Fprintf(streams.Err, "its certificate was made here; the SHA-256 fingerprint is %s\n", b.secured.fingerprint)
	}
}

// language returns the localizer of all pages; nil lets readers choose.
func (c *ServeCommand) language() *messages.Localizer {
	if c.Stretched {
		return messages.Stretched()
	}
	return nil
}

// languages returns the languages among which readers choose.
func (c *ServeCommand) languages() *messages.Choice {
	return messages.NewChoice(messages.Offered(), c.Language)
}

// checkLanguage refuses a language that is not offered.
func checkLanguage(flag, tag string) error {
	var tags []string
	for _, l := range messages.Offered() {
		tags = append(tags, l.Tag)
	}
	if slices.Contains(tags, tag) {
		return nil
	}
	return fmt.Errorf("%s %q is not offered: write one of %s", flag, tag, strings.Join(tags, ", "))
}

// check refuses values with which a server could not work.
func (c *ServeCommand) check() error {
	switch {
	case strings.TrimSpace(c.Data) == "":
		return errors.New("--data is empty: name the data folder")
	case c.AcceptRollback != "" && strings.TrimSpace(c.AcceptRollback) == "":
		return errors.New("--accept-rollback is blank: write the reason, which is recorded")
	case c.MaxUpload < 1:
		return fmt.Errorf("--max-upload %d would refuse every file: write a number of bytes from 1 on, or leave it out for 4 GiB", c.MaxUpload)
	case c.DiskReserve < 0:
		return fmt.Errorf("--disk-reserve %d is not possible: write a number of bytes from 1 on, or leave it out for 5 %% of the disk", c.DiskReserve)
	case c.CheckPublicURL && c.PublicURL == "":
		return errors.New("--check-public-url needs --public-url, the address to ask at")
	case c.VoteGroup < 1:
		return fmt.Errorf("--vote-group %d is no group: write a number of votes from 1 on", c.VoteGroup)
	case c.VoteWait <= 0 || c.VoteWait > time.Minute:
		return fmt.Errorf("--vote-wait %v is not possible: write a time from 1ms to 1m, such as 2s", c.VoteWait)
	case c.ChunkLines < 0 || c.LinesWhileVoting < 0:
		return errors.New("--chunk-lines and --lines-while-voting are 0 or more")
	}
	return errors.Join(c.checkDatabase(), checkLanguage("--language", cmp.Or(c.Language, "en")), c.contactFlag.check(), checkTZ())
}

// mostVotes returns how many votes may wait for their commit. Each keeps a connection open, so they take a quarter of
// the files that the process may have open. Later votes are rejected with a request to try again; without this limit
// the system would refuse connections without a reason.
func mostVotes() int { return min(openfiles.Limit()/4, online.DefaultMaxWaiting) }

// unlimitedWarning is logged by a server without rate limits.
const unlimitedWarning = `
*** RATE LIMITS ARE OFF: anybody may guess at voter keys as fast as this machine answers. ***
*** This is for load tests. Start without --rate-limit=off for an election.               ***

`

// serverOptions configure a server.
type serverOptions struct {
	listenFlags
	metricsFlags
	app.Options // Parts, Create and Lock are set by startServer

	Folder       string
	Registration auth.Registration
	Language     *messages.Localizer // of all pages; nil lets readers choose
	Languages    *messages.Choice    // nil is all that are offered
	Dev          bool
	// Listening is called once the server listens: with a data folder when it answers, with a database when it begins to wait.
	Listening func(*bound)
}

// runningServer is a server over a data folder that was started by a command.
type runningServer struct {
	*server.Server

	URL         string // such as http://127.0.0.1:8080
	fingerprint string // of a self-signed certificate
	flags       listenFlags
	metrics     *metricsAddress
	public      string // the address that the server was started with, "" for none
}

// gcPercent lets the heap grow to three times its live part before Go collects garbage. The live heap of a server is a few
// megabytes, so with Go's default of 100 a collection would run after every few megabytes of garbage and delay votes. The
// environment variable GOGC has precedence.
const gcPercent = 200

// collectLess sets the percentage, unless the environment sets it.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// startServer opens the folder, starts to count queued batches, and listens. When it returns, the server accepts
// connections.
func startServer(ctx context.Context, o serverOptions) (_ *runningServer, err error) {
	if err := errors.Join(o.listenFlags.check(ctx), o.metricsFlags.check(ctx)); err != nil {
		return nil, err
	}
	if o.PublicURL, err = parsePublicURL(o.PublicURL); err != nil {
		return nil, err
	}
	collectLess()
	o.Parts, o.Create, o.Lock, o.Version = app.Everything, true, true, currentVersion()
	if o.Database != "" {
		return startOnDatabase(ctx, o)
	}
	a, err := openFolder(ctx, o.Folder, o.Options)
	if err != nil {
		return nil, err
	}
	s, err := listen(ctx, a, o)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return s, nil
}

// parsePublicURL returns --public-url without what does not belong to it; "" if it was not given.
func parsePublicURL(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	address, err := publicurl.Parse(given)
	if err != nil {
		return "", fmt.Errorf("--public-url: %w", err)
	}
	return address, nil
}

// listen starts the server of an open folder at the address of the options.
func listen(ctx context.Context, a *app.App, o serverOptions) (*runningServer, error) {
	b, err := o.bind(ctx, o.Folder)
	if err != nil {
		return nil, err
	}
	s, err := b.serve(ctx, a, o)
	if err == nil && o.Listening != nil {
		o.Listening(b)
	}
	return s, err
}

// bound is a listener with its address.
type bound struct {
	listener net.Listener
	url      string // such as http://127.0.0.1:8080
	secured  listenerTLS
	metrics  *metricsAddress
}

// bind listens at the address of the options, with TLS files in the folder if they are made here.
func (o *serverOptions) bind(ctx context.Context, folder string) (*bound, error) {
	secured, err := o.listenerTLS(folder) //nolint:contextcheck // the ends of certificates are read until Close
	if err != nil {
		return nil, err
	}
	listener, err := o.listener(ctx)
	if err != nil {
		return nil, err
	}
	b := &bound{listener: listener, url: "http://" + listener.Addr().String(), secured: secured}
	if secured.config != nil {
		b.url = "https://" + listener.Addr().String()
	}
	if b.metrics, err = o.listenMetrics(ctx); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return b, nil
}

// serve starts the server of an open folder. It closes the listener if it fails.
func (b *bound) serve(ctx context.Context, a *app.App, o serverOptions) (_ *runningServer, err error) {
	s := &runningServer{URL: b.url, fingerprint: b.secured.fingerprint, flags: o.listenFlags, public: o.PublicURL, metrics: b.metrics}
	if err := a.Folder.NoteAddress(cmp.Or(o.PublicURL, o.acmeURL(), openable(s.URL))); err != nil {
		return nil, errors.Join(err, b.metrics.Close(), b.listener.Close())
	}
	s.Server, err = server.Start(ctx, a, b.listener, server.Options{
		Version: currentVersion(), TLS: b.secured.config, Secure: o.secure(), TrustedProxies: o.TrustedProxies, Registration: o.Registration,
		Language: o.Language, Languages: o.Languages, Dev: o.Dev, Metrics: s.metrics.measured(), CertificateEnds: b.secured.ends,
	})
	if err != nil {
		return nil, errors.Join(err, s.metrics.Close(), b.listener.Close())
	}
	s.metrics.serve() //nolint:contextcheck // it answers until Close
	return s, nil
}

// Close stops the measurements, which read the folder, and then the server.
func (s *runningServer) Close() error { return errors.Join(s.metrics.Close(), s.Server.Close()) }

// openable returns an address that a browser on this machine can open, also if the server listens on all of the machine's
// addresses.
func openable(address string) string {
	return strings.NewReplacer("://[::]:", "://localhost:", "://0.0.0.0:", "://localhost:").Replace(address)
}
