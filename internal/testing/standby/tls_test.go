package standby

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/postgres"
	"urna/internal/testing/program"
)

// TestDatabase_OverTLS connects to a PostgreSQL server with a certificate: with its authority, with another one, by a name that the
// certificate does not have, and without one.
func TestDatabase_OverTLS(t *testing.T) {
	postgres.Need(t)
	authority, other := postgres.NewAuthority(t), postgres.NewAuthority(t)
	at := postgres.StartTLS(t, authority)
	p := &pair{binary: program.Build(t), secrets: t.TempDir(), client: &http.Client{Timeout: time.Minute}}
	verified := func(file string) string {
		return at + "?" + url.Values{"sslmode": {"verify-full"}, "sslrootcert": {file}}.Encode()
	}
	for name, c := range map[string]struct{ address, says string }{
		"another authority":  {verified(other.File), "certificate signed by unknown authority"},
		"another name":       {strings.Replace(verified(authority.File), "localhost", "127.0.0.2", 1), "127.0.0.2"},
		"no file":            {verified("/nowhere.crt"), "names a file that cannot be read, sslrootcert: open /nowhere.crt"},
		"no certificate":     {verified("/etc/passwd"), "names a file without a certificate in PEM, sslrootcert: /etc/passwd"},
		"the system's alone": {at + "?sslmode=verify-full", "certificate signed by unknown authority"},
	} {
		p.address = c.address
		for _, command := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"users", "list"}} {
			output, err := p.command(t, command...).CombinedOutput()
			if err == nil || !strings.Contains(string(output), c.says) {
				t.Errorf("%s, %s: want a refusal that says %q, got %v %s", name, command[0], c.says, err, output)
			}
		}
	}
	p.address = verified(authority.File)
	p.active = p.serve(t)
	p.until(t, p.active, "/readyz", http.StatusOK, time.Minute)
	var encrypted, all int
	p.query(t, `SELECT count(*) FILTER (WHERE s.ssl), count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'urna'`, &encrypted, &all)
	if all < 2 || encrypted != all {
		t.Errorf("want each connection of the server encrypted, got %d of %d", encrypted, all)
	}
	if output, err := p.command(t, "verify").CombinedOutput(); err != nil {
		t.Errorf("urna verify: want success, got %v\n%s", err, output)
	}
}

// TestStandby_AnswersOverTLS serves with a certificate, on standby and afterwards.
func TestStandby_AnswersOverTLS(t *testing.T) {
	postgres.Need(t)
	authority := postgres.NewAuthority(t)
	certificate, key := authority.Certify(t, t.TempDir())
	trusted := x509.NewCertPool()
	content, err := os.ReadFile(authority.File)
	if err != nil || !trusted.AppendCertsFromPEM(content) {
		t.Fatal(err)
	}
	p := &pair{
		binary: program.Build(t), address: empty(t, "standby_tls"), secrets: t.TempDir(),
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}},
	}
	serve := func() *program.Server {
		return program.Start(t, p.command(t, "serve", "--addr", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key))
	}
	p.active = serve()
	p.until(t, p.active, "/readyz", http.StatusOK, time.Minute)
	p.standby = serve()
	for path, want := range map[string]struct {
		status int
		body   string
	}{"/healthz": {http.StatusOK, "ok\n"}, "/readyz": {http.StatusServiceUnavailable, "standby\n"}, "/": {http.StatusServiceUnavailable, "Another server answers"}} {
		if !strings.HasPrefix(p.standby.URL, "https://") {
			t.Fatalf("want an address of TLS, got %s", p.standby.URL)
		}
		if status, body := p.get(p.standby, path); status != want.status || !strings.Contains(body, want.body) {
			t.Errorf("%s: want %d with %q, got %d %q", path, want.status, want.body, status, body)
		}
	}
	plain := &pair{client: &http.Client{Timeout: time.Minute}}
	if status, body := plain.get(&program.Server{URL: strings.Replace(p.standby.URL, "https:", "http:", 1)}, "/healthz"); status == http.StatusOK {
		t.Errorf("want nothing answered without TLS, got %d %q", status, body)
	}
	p.active.Kill(t)
	p.until(t, p.standby, "/readyz", http.StatusOK, time.Minute)
}
