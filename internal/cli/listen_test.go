package cli

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/testing/apptest"
)

// TestMain has commands hash passwords quickly.
func TestMain(m *testing.M) {
	passwordParams = apptest.QuickHash()
	m.Run()
}

func TestListen_PlainHTTPStaysOnTheMachine(t *testing.T) {
	for name, c := range map[string]struct {
		flags listenFlags
		good  bool
	}{
		"loopback":               {listenFlags{Addr: "127.0.0.1:0"}, true},
		"loopback by name":       {listenFlags{Addr: "localhost:8080"}, true},
		"loopback, six":          {listenFlags{Addr: "[::1]:8080"}, true},
		"everywhere":             {listenFlags{Addr: ":8080"}, false},
		"everywhere, zeros":      {listenFlags{Addr: "0.0.0.0:8080"}, false},
		"another address":        {listenFlags{Addr: "192.0.2.1:8080"}, false},
		"another name":           {listenFlags{Addr: "example.org:8080"}, false},
		"no port":                {listenFlags{Addr: "127.0.0.1"}, false},
		"declared proxy":         {listenFlags{Addr: "0.0.0.0:8080", BehindTLSProxy: true}, true},
		"knowingly":              {listenFlags{Addr: "0.0.0.0:8080", InsecureHTTP: true}, true},
		"self-signed":            {listenFlags{Addr: "0.0.0.0:8080", TLSSelfSigned: true}, true},
		"certificate, no key":    {listenFlags{Addr: "127.0.0.1:0", TLSCert: "x"}, false},
		"both certificates":      {listenFlags{Addr: "127.0.0.1:0", TLSCert: "x", TLSKey: "y", TLSSelfSigned: true}, false},
		"proxy that is no proxy": {listenFlags{Addr: "127.0.0.1:0", TrustedProxies: []string{"proxy"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.flags.check(t.Context()); (err == nil) != c.good {
				t.Errorf("want good %v, got %v", c.good, err)
			}
		})
	}
}

func TestServe_SelfSigned(t *testing.T) {
	folder := t.TempDir()
	start := func() *runningServer {
		s, err := startServer(t.Context(), serverOptions{
			Folder: folder, listenFlags: listenFlags{Addr: "127.0.0.1:0", TLSSelfSigned: true}, Options: app.Options{MaxUpload: 1 << 20},
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := start()
	fingerprint := s.fingerprint
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			sum := sha256.Sum256(state.PeerCertificates[0].Raw)
			if got := hex.EncodeToString(sum[:]); got != fingerprint {
				t.Errorf("want the certificate whose fingerprint was printed, got %s", got)
			}
			return nil
		},
	}}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	if !strings.HasPrefix(s.URL, "https://") || answer.StatusCode != http.StatusOK || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("want the page over TLS with HSTS, got %s, %v", answer.Status, answer.Header)
	}
	client.CloseIdleConnections()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start()
	defer func() { _ = s.Close() }()
	if s.fingerprint != fingerprint {
		t.Error("want the same certificate after a restart")
	}
	for _, name := range []string{"tls.key", "jwt.secret", "server.key", "urna.db"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("want %s with mode 0600, got %v, %v", name, info, err)
		}
	}
}

func TestServe_OneServerAFolder(t *testing.T) {
	o := serverOptions{
		Folder: t.TempDir(), listenFlags: listenFlags{Addr: "127.0.0.1:0"}, Options: app.Options{MaxUpload: 1 << 20},
	}
	s, err := startServer(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if second, err := startServer(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("want a second server refused, got %v, %v", second, err)
	}
}

// TestSecret_ANewOneSignsEveryoneOut changes the secret that signs tokens between two starts.
func TestSecret_ANewOneSignsEveryoneOut(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("URNA_JWT_SECRET", "the first secret of thirty-two characters")
	run := func(args ...string) (int, string) {
		var out strings.Builder
		code := Main(args, &Streams{In: strings.NewReader("four unrelated words\n"), Out: &out, Err: &out})
		return code, out.String()
	}
	if code, out := run("users", "add", "--data", folder, "--email", "ada@example.org", "--role", "administrator",
		"--forename", "Ada", "--surname", "L", "--password-stdin"); code != 0 {
		t.Fatal(out)
	}
	open := func() *auth.Service {
		f, err := openFolder(t.Context(), folder, app.Options{Parts: app.Accounts})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f.Auth
	}
	first := open()
	tokens, err := first.SignInForTokens(t.Context(), "ada@example.org", "four unrelated words", "", "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Authenticate(t.Context(), tokens.Access); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	t.Setenv("URNA_JWT_SECRET", "another secret of thirty-two characters!")
	second := open()
	if _, err := second.Authenticate(t.Context(), tokens.Access); err == nil {
		t.Error("want the old access token refused")
	}
	if _, err := second.RefreshTokens(t.Context(), tokens.Refresh, "192.0.2.1"); err == nil {
		t.Error("want the old refresh token refused")
	}
	if n := strings.Count(log.String(), "everybody must sign in again"); n != 1 {
		t.Errorf("want one line of the log about the change, got %d: %s", n, log.String())
	}
	t.Setenv("URNA_JWT_SECRET", "short")
	if _, err := openFolder(t.Context(), folder, app.Options{Parts: app.Accounts}); err == nil {
		t.Error("want a short secret refused")
	}
}

func TestUsersAndVerify_FromTheCommandLine(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	run := func(args ...string) (int, string) {
		var out strings.Builder
		code := Main(args, &Streams{In: strings.NewReader("four unrelated words\n"), Out: &out, Err: &out})
		return code, out.String()
	}
	if code, out := run("users", "list", "--data", folder); code == 0 || !strings.Contains(out, "not a data folder") {
		t.Errorf("want a mistyped folder refused, got %d, %s", code, out)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("want no folder made")
	}
	add := func(email, role string) (int, string) {
		return run("users", "add", "--data", folder, "--email", email, "--role", role, "--forename", "Ada", "--surname", "L",
			"--password-stdin", "--must-change-password")
	}
	for _, c := range [][2]string{{"ada@example.org", "administrator"}, {"bob@example.org", "official"}} {
		if code, out := add(c[0], c[1]); code != 0 {
			t.Fatal(out)
		}
	}
	if code, out := add("ada@example.org", "official"); code != 1 || !strings.Contains(out, "e-mail") {
		t.Errorf("want a taken e-mail refused, got %d, %s", code, out)
	}
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"disable", "--email", "bob@example.org"}, 0, "disabled"},
		{[]string{"enable", "--email", "bob@example.org"}, 0, "enabled"},
		{[]string{"password", "--email", "bob@example.org", "--password-stdin"}, 0, "password set"},
		{[]string{"remove-second-factor", "--email", "bob@example.org"}, 1, "second factor"},
		{[]string{"delete", "--email", "ada@example.org"}, 1, "last active administrator"},
		{[]string{"delete", "--email", "bob@example.org"}, 0, "deleted"},
		{[]string{"delete", "--email", "bob@example.org"}, 1, "no such user"},
		{[]string{"list"}, 0, "ada@example.org"},
	} {
		args := append([]string{"users", step.args[0], "--data", folder}, step.args[1:]...)
		if code, out := run(args...); code != step.code || !strings.Contains(out, step.says) {
			t.Errorf("%v: want %d and %q, got %d and %s", step.args, step.code, step.says, code, out)
		}
	}
	code, out := run("verify", "--data", folder)
	if code != 0 || !strings.Contains(out, "the chain holds") {
		t.Fatalf("want the chain to hold, got %d, %s", code, out)
	}
	_, rest, _ := strings.Cut(out, "its head is ")
	head, _, _ := strings.Cut(rest, "\n")
	if code, out := run("verify", "--data", folder, "--head", head); code != 0 {
		t.Errorf("want the head recognised, got %d, %s", code, out)
	}
	if code, _ := run("verify", "--data", folder, "--head", strings.Repeat("f", 64)); code != 1 {
		t.Errorf("want an unknown head betrayed with 1, got %d", code)
	}
}
