package deployment_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"urna/internal/testing/program"
)

// publicName is the name that the certificate is for.
const publicName = "vote.example.org"

// pebble builds pebble, a small ACME server for tests, from the module of deploy.
func pebble(t *testing.T) string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "pebble")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "github.com/letsencrypt/pebble/v2/cmd/pebble")
	build.Dir = filepath.Join(filepath.Dir(strings.TrimSpace(string(root))), "deploy")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build pebble: %v\n%s", err, out)
	}
	return path
}

// authority is a running pebble.
type authority struct {
	directory  string         // its ACME directory
	roots      string         // a file with the root of its own TLS certificate
	issuers    *x509.CertPool // what its certificates end at
	management string
}

// startAuthority starts pebble. It proves a name by connecting to the given address of this machine.
func startAuthority(t *testing.T, server string) authority {
	t.Helper()
	_, port, err := net.SplitHostPort(server)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	cert, key := certificate(t, 3)
	put(t, filepath.Join(folder, "cert.pem"), cert)
	put(t, filepath.Join(folder, "key.pem"), key)
	listen, management := freeAddress(t), freeAddress(t)
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": management, "certificate": filepath.Join(folder, "cert.pem"),
		"privateKey": filepath.Join(folder, "key.pem"), "httpPort": 1, "tlsPort": json.Number(port), "ocspResponderURL": "",
	}})
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(folder, "config.json"), config)
	c := command(t, []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0"}, pebble(t),
		"-config", filepath.Join(folder, "config.json"), "-dnsserver", nameServer(t))
	log := &bytes.Buffer{}
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	a := authority{directory: "https://" + listen + "/dir", roots: filepath.Join(folder, "cert.pem"), management: "https://" + management}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(cert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	defer client.CloseIdleConnections()
	eventually(t, "pebble", func() bool {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", management)
		return err == nil && connection.Close() == nil
	})
	_, root := get(t, client, a.management+"/roots/0")
	a.issuers = x509.NewCertPool()
	if !a.issuers.AppendCertsFromPEM([]byte(root)) {
		t.Fatalf("want pebble's root, got %q", root)
	}
	return a
}

// TestACME_ObtainsKeepsAndRefuses has a certificate issued for the server's name, starts the server again, which uses the
// same one, and asks for another name.
func TestACME_ObtainsKeepsAndRefuses(t *testing.T) {
	urna, data, address, measured := program.Build(t), t.TempDir(), freeAddress(t), freeAddress(t)
	a := startAuthority(t, address)
	start := func() *program.Server {
		return program.Start(t, command(t, []string{"SSL_CERT_FILE=" + a.roots}, urna, "serve", "--data", data, "--addr", address,
			"--acme-host", publicName, "--acme-directory", a.directory, "--acme-email", "operator@example.org",
			"--metrics-addr", measured, "--metrics-every", "50ms"))
	}
	s := start()
	wantMetrics(t, measured, "urna_tls_certificate_end_timestamp_seconds 0")
	first := visit(t, address, publicName, a.issuers)
	wantEnd(t, measured, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: first.Raw}))
	if dial(t.Context(), address, "other.example.org", a.issuers) == nil {
		t.Error("want no certificate for another name")
	}
	if strings.Contains(s.Log(), "other.example.org") && strings.Contains(s.Log(), "level=ERROR") {
		t.Errorf("want no error about the names of others, got %s", s.Log())
	}
	s.Stop(t)
	err := filepath.WalkDir(filepath.Join(data, "acme"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := entry.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("want %s for its owner only, got %v, %v", path, info.Mode(), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	start()
	if again := visit(t, address, publicName, a.issuers); !again.Equal(first) {
		t.Error("want the same certificate after a restart")
	}
}

// TestACME_SaysWhatFailed has an authority that cannot be reached.
func TestACME_SaysWhatFailed(t *testing.T) {
	address := freeAddress(t)
	s := program.Start(t, command(t, nil, program.Build(t), "serve", "--data", t.TempDir(), "--addr", address,
		"--acme-host", publicName, "--acme-directory", "https://"+freeAddress(t)+"/dir"))
	if dial(t.Context(), address, publicName, nil) == nil {
		t.Error("want no connection")
	}
	eventually(t, "the failure in the log", func() bool {
		return strings.Contains(s.Log(), "no certificate was obtained") && strings.Contains(s.Log(), publicName)
	})
}

// dial connects over TLS by a name, and returns an error if the certificate is not good for it.
func dial(ctx context.Context, address, name string, roots *x509.CertPool) error {
	dialer := tls.Dialer{Config: &tls.Config{ServerName: name, RootCAs: roots}}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}

// visit opens the first page by a name and returns the certificate of the server.
func visit(t *testing.T, address, name string, roots *x509.CertPool) *x509.Certificate {
	t.Helper()
	var used *x509.Certificate
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{RootCAs: roots, VerifyConnection: func(state tls.ConnectionState) error {
			used = state.PeerCertificates[0]
			return nil
		}},
	}}
	defer client.CloseIdleConnections()
	if status, _ := get(t, client, fmt.Sprintf("https://%s/", name)); status != http.StatusOK {
		t.Errorf("want the first page over TLS, got %d", status)
	}
	if used == nil {
		t.Fatal("want a certificate")
	}
	return used
}

// nameServer answers every question for an address with this machine's. Pebble asks over TCP.
func nameServer(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = connection.Close() }()
				var size uint16
				if binary.Read(connection, binary.BigEndian, &size) != nil {
					return
				}
				question := make([]byte, size)
				if _, err := io.ReadFull(connection, question); err != nil {
					return
				}
				answer := answerName(question)
				_, _ = connection.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)) // pebble asks again
			}()
		}
	}()
	return listener.Addr().String()
}

// answerName returns the answer to a DNS question, nil if it cannot be read.
func answerName(question []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	if asked := m.Questions[0]; asked.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: asked.Name, Type: asked.Type, Class: asked.Class},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}
