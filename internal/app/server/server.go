package server

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/messages"
	"urna/web"
	"urna/web/epms"
	"urna/web/metrics"
)

// Options are the settings of a server beside those of its folder.
type Options struct {
	Version string
	// TLS is spoken on the listener if it is set; it must hold a certificate.
	TLS *tls.Config
	// Secure tells that browsers reach the server over TLS, directly or through a declared proxy.
	Secure bool
	// TrustedProxies are the addresses or CIDR ranges whose X-Forwarded-For header is believed.
	TrustedProxies []string
	// Registration says whether everybody may register as an official through the EPMS contract.
	Registration auth.Registration
	// Language renders the sentences of all pages and answers, for tests; nil lets readers choose.
	Language *messages.Localizer
	// Languages are those among which readers choose; nil is all that are offered, with English for other readers.
	Languages *messages.Choice
	// Dev serves the page with all parts of pages, too.
	Dev bool
	// CertificateEnds returns when the first of the certificates that the server uses itself ends; the zero time is none.
	// nil is a server without TLS of its own.
	CertificateEnds func() time.Time
	// Metrics measure the server; nil measures nothing.
	Metrics *metrics.Metrics
}

// Server is a running server.
type Server struct {
	App *app.App
	// Web is the HTTP server.
	Web *web.Server
	// Failed receives an error if the server ends by itself.
	Failed <-chan error
}

// grace is how long open requests may take at a stop.
const grace = 10 * time.Second

// Start begins to take votes and to count batches, and answers on the listener until Close. The folder must have been
// opened with its lock and with everything. If Start fails, the folder and the listener stay open.
func Start(ctx context.Context, a *app.App, listener net.Listener, o Options) (*Server, error) {
	if o.Metrics != nil {
		a.DB.Observe(o.Metrics.Commit)
	}
	if err := a.Start(ctx); err != nil {
		return nil, err
	}
	failed := make(chan error, 1)
	s := &Server{App: a, Failed: failed}
	s.Web = web.New(Services(a, o), WebOptions(a, o)) //nolint:contextcheck // handlers take their request's context
	if o.Metrics != nil {
		s.measure(o.Metrics, o.CertificateEnds) //nolint:contextcheck // it is read long after the start
	}
	go func() { failed <- s.Web.Serve(listener) }()
	return s, nil
}

// Services returns what the pages and the APIs work on.
func Services(a *app.App, o Options) web.Services {
	zone, err := time.LoadLocation(a.Options.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	services := web.Services{
		Auth: a.Auth, Elections: a.Elections, Participants: a.Participants, Batches: a.Batches, Protocols: a.Protocols, Scans: a.Scans, Votes: a.Votes, Results: a.Results,
		Turnout:  a.Turnout,
		Sessions: a.Sessions, Audit: a.Audit, Bundles: a.Bundles, Countersign: a.Countersign, PublicURL: a.PublicURL, Contact: a.Options.Contact, Sender: a.Options.Sender, USLetter: a.Options.USLetter,
		EPMS: epms.New(epms.Services{
			Auth: a.Auth, Elections: a.Elections, Participants: a.Participants, Batches: a.Batches, Results: a.Results, DB: a.DB,
			Registration: o.Registration, MaxUpload: a.Options.MaxUpload, TimeZone: zone,
		}),
		Ready: a.Ready, Clock: a, Registration: o.Registration, Warnings: a.Warnings.Now,
	}
	if a.Backups != nil {
		services.Backups = a.Backups
	}
	return services
}

// WebOptions returns the settings of the pages and the APIs.
func WebOptions(a *app.App, o Options) web.Options {
	var observe func(web.Answered)
	if o.Metrics != nil {
		observe = func(a web.Answered) { o.Metrics.Request(metrics.Request(a)) }
	}
	return web.Options{
		Observe: observe,
		Now:     a.Time.Transitions, MaxUpload: a.Options.MaxUpload, Version: o.Version,
		TLS: o.TLS, Secure: o.Secure, TrustedProxies: o.TrustedProxies, Language: o.Language, Languages: o.Languages, Dev: o.Dev,
	}
}

// Close commits the votes that wait, so that their voters are answered, and refuses later ones. Then it stops
// accepting requests, waits some seconds for open ones, and closes the folder.
func (s *Server) Close() error {
	s.App.Votes.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := s.Web.Close(ctx)
	return errors.Join(err, s.App.Close())
}
