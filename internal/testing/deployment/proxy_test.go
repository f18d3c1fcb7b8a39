package deployment_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"urna/client"
	"urna/internal/rehearsal"
	"urna/internal/testing/program"
)

// deployed returns a file of deploy/ with parts replaced, each of which must be in it.
func deployed(t *testing.T, name string, replace map[string]string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for part, with := range replace {
		if !strings.Contains(text, part) {
			t.Fatalf("want %q in %s", part, name)
		}
		text = strings.ReplaceAll(text, part, with)
	}
	return text
}

// proxy is a running proxy.
type proxy struct {
	url   string // such as https://localhost:41234
	roots string // a file with the root of its certificate
}

// run starts a proxy and waits until it answers.
func run(t *testing.T, url, roots string, variables []string, name string, args ...string) proxy {
	t.Helper()
	c := command(t, variables, name, args...)
	var log bytes.Buffer
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	eventually(t, name, func() bool {
		if _, err := os.Stat(roots); err != nil {
			return false
		}
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "https://"))
		return err == nil && connection.Close() == nil
	})
	return proxy{url: url, roots: roots}
}

// startNginx runs nginx with deploy/nginx/urna.conf in front of an address. limit replaces the file's limit of bodies, in
// mebibytes; 0 keeps it.
func startNginx(t *testing.T, upstream string, limit int) proxy {
	t.Helper()
	nginx := need(t, "nginx")
	folder, port, other := t.TempDir(), portOf(t, freeAddress(t)), portOf(t, freeAddress(t))
	cert, key := certificate(t, 4)
	put(t, filepath.Join(folder, "fullchain.pem"), cert)
	put(t, filepath.Join(folder, "privkey.pem"), key)
	site := deployed(t, "nginx/urna.conf", map[string]string{
		"server 127.0.0.1:8080": "server " + upstream, "listen 443": "listen 127.0.0.1:" + port, "listen [::]:443": "listen [::1]:" + port,
		"listen 80": "listen 127.0.0.1:" + other, "listen [::]:80": "listen [::1]:" + other, "server_name vote.example.org": "server_name localhost",
		"/etc/letsencrypt/live/vote.example.org": folder, "client_max_body_size 5g;": "client_max_body_size " + limited(limit, "m", "5g") + ";",
	})
	var temporary strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary.WriteString(kind + "_temp_path " + folder + "; ")
	}
	put(t, filepath.Join(folder, "nginx.conf"), []byte("daemon off; pid "+folder+"/pid; error_log stderr; events {} http { "+temporary.String()+site+" }"))
	return run(t, "https://localhost:"+port, filepath.Join(folder, "fullchain.pem"), nil, nginx, "-p", folder, "-c", filepath.Join(folder, "nginx.conf"))
}

// startCaddy runs Caddy with deploy/caddy/Caddyfile in front of an address, and with a certificate of its own authority.
// limit is as in startNginx.
func startCaddy(t *testing.T, upstream string, limit int) proxy {
	t.Helper()
	caddy := need(t, "caddy")
	folder, port := t.TempDir(), portOf(t, freeAddress(t))
	site := deployed(t, "caddy/Caddyfile", map[string]string{
		"\nvote.example.org {": "\nlocalhost:" + port + " {", "127.0.0.1:8080": upstream, "max_size 5GB": "max_size " + limited(limit, "MiB", "5GB"),
	})
	put(t, filepath.Join(folder, "Caddyfile"), []byte("{\nadmin off\nlocal_certs\nskip_install_trust\nauto_https disable_redirects\n}\n"+site))
	return run(t, "https://localhost:"+port, filepath.Join(folder, "caddy/pki/authorities/local/root.crt"),
		[]string{"XDG_DATA_HOME=" + folder, "XDG_CONFIG_HOME=" + folder, "HOME=" + folder},
		caddy, "run", "--config", filepath.Join(folder, "Caddyfile"), "--adapter", "caddyfile")
}

// limited returns a limit with its unit, or the other text for 0.
func limited(limit int, unit, otherwise string) string {
	if limit == 0 {
		return otherwise
	}
	return strconv.Itoa(limit) + unit
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestProxies_PassEverythingOn serves behind each proxy with its file in deploy/: the server's own check of its public
// address, an upload that is larger than a proxy's default, and the live feed.
func TestProxies_PassEverythingOn(t *testing.T) {
	binary := program.Build(t)
	for name, start := range proxies() {
		t.Run(name, func(t *testing.T) {
			upstream, data := freeAddress(t), t.TempDir()
			p := start(t, upstream, 0)
			addAdministrator(t, binary, data)
			s := program.Start(t, command(t, []string{"SSL_CERT_FILE=" + p.roots}, binary, "serve", "--data", data, "--addr", upstream,
				"--behind-tls-proxy", "--public-url", p.url, "--check-public-url"))
			eventually(t, "the check of the public address", func() bool { return strings.Contains(s.Log(), p.url+" leads to this server") })
			visitor := through(t, p)
			uploadLarge(t, visitor, p)
			watch(t, visitor, p, s)
		})
	}
}

func proxies() map[string]func(t *testing.T, upstream string, limit int) proxy {
	return map[string]func(*testing.T, string, int) proxy{"nginx": startNginx, "caddy": startCaddy}
}

// TestProxies_BoundBodiesWhereTheirFilesSay sets the limit of each file to 2 MiB in place of 5 GB. A smaller body passes, and
// of a larger one no more than the limit reaches the server.
func TestProxies_BoundBodiesWhereTheirFilesSay(t *testing.T) {
	const mebibyte = 1 << 20
	for name, start := range proxies() {
		t.Run(name, func(t *testing.T) {
			var arrived atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, err := io.Copy(io.Discard, r.Body)
				if arrived.Store(n); err == nil {
					w.WriteHeader(http.StatusNoContent)
				}
			}))
			t.Cleanup(server.Close)
			p := start(t, strings.TrimPrefix(server.URL, "http://"), 2)
			visitor := through(t, p)
			send := func(size int) int {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/", bytes.NewReader(make([]byte, size)))
				if err != nil {
					t.Fatal(err)
				}
				answer, err := visitor.Do(request)
				if err != nil {
					return 0 // the proxy ended the connection while the body was sent
				}
				_ = answer.Body.Close()
				return answer.StatusCode
			}
			eventually(t, "the proxy's certificate", func() bool { return send(1) == http.StatusNoContent })
			if status := send(mebibyte); status != http.StatusNoContent || arrived.Load() != mebibyte {
				t.Errorf("want a small body passed on, got %d and %d bytes", status, arrived.Load())
			}
			arrived.Store(0)
			if status := send(3 * mebibyte); status == http.StatusNoContent || arrived.Load() > 2*mebibyte {
				t.Errorf("want a large body refused, got %d and %d bytes", status, arrived.Load())
			}
		})
	}
}

// through returns a client that trusts the proxy.
func through(t *testing.T, p proxy) *http.Client {
	t.Helper()
	content, err := os.ReadFile(p.roots)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		t.Fatal("want the root of the proxy's certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// uploadLarge sends a body of some megabytes, without an account. Urna's refusal must arrive, not the proxy's.
func uploadLarge(t *testing.T, visitor *http.Client, p proxy) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/api/v1/elections/1/batches", bytes.NewReader(make([]byte, 3<<20)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/csv")
	answer, err := visitor.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("want Urna's own refusal of an upload without an account, got %s", answer.Status)
	}
}

// watch has voters vote and wants frames of the live feed to come through the proxy before the voters are done.
func watch(t *testing.T, visitor *http.Client, p proxy, s *program.Server) {
	t.Helper()
	administrator, err := client.New(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer administrator.Close()
	if err := administrator.SignIn(t.Context(), "ada@example.org", "four unrelated words"); err != nil {
		t.Fatal(err)
	}
	const voters, rate = 200, 40
	election, err := rehearsal.CreateElection(t.Context(), administrator, "Watched", time.Hour, voters)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/elections/"+strconv.FormatInt(election.ID, 10)+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	feed, err := visitor.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = feed.Body.Close() }()
	frames := make(chan string, 1000)
	go func() {
		defer close(frames)
		for lines := bufio.NewScanner(feed.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "id:") {
				frames <- lines.Text()
			}
		}
	}()
	played := make(chan error, 1)
	go func() {
		_, err := rehearsal.Simulate(ctx, administrator, rehearsal.Simulation{ElectionID: election.ID, Voters: voters, Rate: rate, Seed: 1}, nil)
		played <- err
	}()
	seen := map[string]bool{}
	for late := time.After(patience); ; {
		select {
		case frame, open := <-frames:
			if !open {
				t.Fatal("want the feed to stay open")
			}
			seen[frame] = true
		case err := <-played:
			if err != nil {
				t.Fatal(err)
			}
			if len(seen) < 2 {
				t.Errorf("want frames while people vote, got %d", len(seen))
			}
			return
		case <-late:
			t.Fatalf("want the voters done within %v", patience)
		}
	}
}
