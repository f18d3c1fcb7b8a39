package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"urna/web/publicurl"
)

// acmeFlags say for which names a certificate is obtained with the ACME protocol (RFC 8555), and from which authority.
type acmeFlags struct {
	ACMEHosts     []string `name:"acme-host" help:"The public name of this server, such as vote.example.org: its certificate is obtained and renewed with ACME, from Let's Encrypt unless --acme-directory says otherwise. The authority's terms of service are accepted. It connects to this server at port 443. May be repeated." type:"address"`
	ACMEEmail     string   `name:"acme-email" help:"Where the certificate authority can reach you."`
	ACMEDirectory string   `name:"acme-directory" help:"The ACME directory of the certificate authority." default:"https://acme-v02.api.letsencrypt.org/directory"`
}

// acmeFolder is the folder, in the data folder, of the ACME account's key and of the certificates with their keys.
const acmeFolder = "acme"

// check refuses names for which no authority issues certificates.
func (f *acmeFlags) check() error {
	if len(f.ACMEHosts) == 0 && f.ACMEEmail != "" {
		return errors.New("--acme-email needs --acme-host, the name to get a certificate for")
	}
	if len(f.ACMEHosts) == 0 {
		return nil
	}
	for i, host := range f.ACMEHosts {
		host = strings.ToLower(strings.TrimSuffix(host, "."))
		_, err := netip.ParseAddr(host)
		if _, bad := publicurl.Parse("https://" + host); err == nil || bad != nil || strings.ContainsAny(host, ":*") || !strings.Contains(host, ".") {
			return fmt.Errorf("--acme-host %q is no public name: write a name alone, such as vote.example.org", f.ACMEHosts[i])
		}
		f.ACMEHosts[i] = host
	}
	if !strings.HasPrefix(f.ACMEDirectory, "https://") {
		return fmt.Errorf("--acme-directory %q is no address of a directory: it begins with https://", f.ACMEDirectory)
	}
	return nil
}

// acmeURL returns the address of the first name, "" without one.
func (f *acmeFlags) acmeURL() string {
	if len(f.ACMEHosts) == 0 {
		return ""
	}
	return "https://" + f.ACMEHosts[0]
}

// acmeTLS returns a TLS configuration that obtains a certificate at the first connection to each name and renews it
// before it expires. The authority proves the names over the same listener (tls-alpn-01, RFC 8737).
func (f *acmeFlags) acmeTLS(folder string) listenerTLS {
	manager := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Email: f.ACMEEmail, HostPolicy: autocert.HostWhitelist(f.ACMEHosts...),
		Cache:  autocert.DirCache(filepath.Join(folder, acmeFolder)),
		Client: &acme.Client{DirectoryURL: f.ACMEDirectory},
	}
	config := manager.TLSConfig()
	config.MinVersion = tls.VersionTLS12
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		certificate, err := manager.GetCertificate(hello)
		// Others ask for any name; only the failures of our own names concern the operator.
		if err != nil && slices.Contains(f.ACMEHosts, strings.ToLower(hello.ServerName)) {
			slog.Error("no certificate was obtained; it is tried again in a minute", "name", hello.ServerName, "error", err)
		}
		return certificate, err
	}
	return listenerTLS{config: config, ends: func() time.Time { return f.acmeEnd(manager.Cache) }}
}

// acmeEnd returns when the first of the obtained certificates ends; the zero time while there is none.
func (f *acmeFlags) acmeEnd(kept autocert.Cache) (first time.Time) {
	for _, host := range f.ACMEHosts {
		for _, name := range []string{host, host + "+rsa"} { // the second one is for clients without elliptic curves
			content, err := kept.Get(context.Background(), name)
			if errors.Is(err, autocert.ErrCacheMiss) {
				continue
			}
			pair, bad := tls.X509KeyPair(content, content)
			if err := errors.Join(err, bad); err != nil {
				slog.Warn("the end of a certificate could not be read", "name", name, "error", err)
				continue
			}
			if end := pair.Leaf.NotAfter; first.IsZero() || end.Before(first) {
				first = end
			}
		}
	}
	return first
}
