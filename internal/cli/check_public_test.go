package cli

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// TestServe_CheckPublicURL puts real reverse proxies before a server, each with a fault of its own.
func TestServe_CheckPublicURL(t *testing.T) {
	keep := func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host }
	add := func(r *httputil.ProxyRequest) { // what the client sent, and where it came from
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}
	local := []string{"127.0.0.1"}
	for name, c := range map[string]struct {
		rewrite func(*httputil.ProxyRequest)
		flags   listenFlags
		tls     bool
		want    []string // words of the problems, one each
	}{
		"in order":            {add, listenFlags{BehindTLSProxy: true}, true, nil},
		"in order, replaces":  {func(r *httputil.ProxyRequest) { r.SetXForwarded(); keep(r) }, listenFlags{BehindTLSProxy: true}, true, nil},
		"Host not kept":       {func(r *httputil.ProxyRequest) { r.SetXForwarded() }, listenFlags{BehindTLSProxy: true}, true, []string{"does not keep Host"}},
		"no client's address": {keep, listenFlags{BehindTLSProxy: true}, true, []string{"does not tell the clients' addresses"}},
		"a client's own word": {func(r *httputil.ProxyRequest) {
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			keep(r)
		}, listenFlags{BehindTLSProxy: true}, true, []string{"as clients send it"}},
		"a proxy that is not believed": {add, listenFlags{BehindTLSProxy: true, TrustedProxies: []string{"10.0.0.0/8"}}, true, []string{"--trusted-proxies 127.0.0.1"}},
		"TLS that is not known":        {add, listenFlags{TrustedProxies: local}, true, []string{"--behind-tls-proxy"}},
		"no TLS where it was said":     {add, listenFlags{BehindTLSProxy: true}, false, []string{"sign-in fails"}},
		"everything at once":           {func(*httputil.ProxyRequest) {}, listenFlags{}, true, []string{"--behind-tls-proxy", "does not keep Host", "does not tell the clients' addresses"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := serverOn(t.TempDir())
			o.listenFlags, o.Addr = c.flags, "127.0.0.1:0"
			s, err := startServer(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			target, err := url.Parse(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(target)
				c.rewrite(r)
			}})
			if c.tls {
				proxy.StartTLS()
			} else {
				proxy.Start()
			}
			defer proxy.Close()
			believe(t, proxy)
			s.public = proxy.URL
			got := s.checkPublic(t.Context())
			if len(got) != len(c.want) {
				t.Fatalf("want %d problems %q, got %q", len(c.want), c.want, got)
			}
			for i, word := range c.want {
				if !strings.Contains(got[i], word) {
					t.Errorf("want %q, got %q", word, got[i])
				}
			}
		})
	}
}

// believe has this process believe a test server's certificate for the length of the test.
func believe(t *testing.T, server *httptest.Server) {
	t.Helper()
	if server.Certificate() == nil {
		return
	}
	before := http.DefaultTransport
	trusting := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}}
	trusting.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	http.DefaultTransport = trusting
	t.Cleanup(func() { http.DefaultTransport = before })
}

// TestServe_CheckPublicURL_WithoutAProxy asks a server at its own address, at one where another server answers, and at
// one where none does; and through the flags.
func TestServe_CheckPublicURL_WithoutAProxy(t *testing.T) {
	s := started(t, t.TempDir())
	another := httptest.NewServer(http.NotFoundHandler())
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	defer another.Close()
	for address, want := range map[string]string{s.URL: "", another.URL: "Something else", gone.URL: "could not be reached"} {
		s.public = address
		got := strings.Join(s.checkPublic(t.Context()), " ")
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: want %q, got %q", address, want, got)
		}
	}
	var out strings.Builder
	s.reportPublic(t.Context(), &Streams{Err: &out})
	if out.Len() == 0 {
		t.Error("want a word about it")
	}
	says(t, serve(t, t.TempDir(), "--check-public-url"), "--check-public-url needs --public-url")
}
