package deployment_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// certificate makes a certificate for this machine, as PEM.
func certificate(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Duration(serial) * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost", "vote.example.org"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// put replaces a file in one step, as tools that renew certificates do.
func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// shown returns the serial number of the certificate that a server shows, 0 if it shows none.
func shown(t *testing.T, address string) int64 {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	connection, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(address, "https://"))
	if err != nil {
		t.Log(err)
		return 0
	}
	defer func() { _ = connection.Close() }()
	return connection.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// TestTLS_ARenewedCertificateIsUsed renews a certificate while the server runs: first one of its two files, then both.
func TestTLS_ARenewedCertificateIsUsed(t *testing.T) {
	binary, folder := program.Build(t), t.TempDir()
	cert, key := filepath.Join(folder, "fullchain.pem"), filepath.Join(folder, "privkey.pem")
	first, firstKey := certificate(t, 1)
	put(t, cert, first)
	put(t, key, firstKey)
	measured := freeAddress(t)
	s := program.Serve(t, binary, t.TempDir(), "--tls-cert", cert, "--tls-key", key, "--metrics-addr", measured, "--metrics-every", "50ms")
	wantEnd(t, measured, first)
	if got := shown(t, s.URL); got != 1 {
		t.Fatalf("want the first certificate, got %d", got)
	}
	second, secondKey := certificate(t, 2)
	put(t, key, secondKey)
	eventually(t, "the half renewal reported and the last certificate in use", func() bool {
		return shown(t, s.URL) == 1 && strings.Contains(s.Log(), "the last one stays in use")
	})
	put(t, cert, second)
	eventually(t, "the renewed certificate", func() bool { return shown(t, s.URL) == 2 })
	wantEnd(t, measured, second)
	if n := strings.Count(s.Log(), "the last one stays in use"); n != 1 {
		t.Errorf("want one line of the log about one mistake, got %d", n)
	}
}

// wantEnd wants the end of a certificate among the metrics, and a server that is ready.
func wantEnd(t *testing.T, address string, cert []byte) {
	t.Helper()
	block, _ := pem.Decode(cert)
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	wantMetrics(t, address, "urna_ready 1", "urna_tls_certificate_end_timestamp_seconds "+strconv.FormatFloat(float64(parsed.NotAfter.Unix()), 'g', -1, 64))
}

// wantMetrics waits until the metrics have all of the lines.
func wantMetrics(t *testing.T, address string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		eventually(t, line, func() bool {
			_, body := get(t, http.DefaultClient, "http://"+address+"/metrics")
			return strings.Contains(body, "\n"+line+"\n")
		})
	}
}
