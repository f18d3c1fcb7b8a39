//go:build linux

package postgres

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// Authority is a certificate authority of a test.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// File has its certificate.
	File string
}

// NewAuthority makes an authority.
func NewAuthority(t *testing.T) *Authority {
	t.Helper()
	a := &Authority{certificate: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "An authority of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.File = filepath.Join(t.TempDir(), "authority.crt")
	write(t, a.File, "CERTIFICATE", a.sign(t, a.certificate, a.key))
	return a
}

// sign returns a certificate for a key.
func (a *Authority) sign(t *testing.T, of *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	signed, err := x509.CreateCertificate(rand.Reader, of, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Certify writes a certificate for localhost and 127.0.0.1, and its key, as the files server.crt and server.key of a folder.
func (a *Authority) Certify(t *testing.T, folder string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(folder, "server.crt"), filepath.Join(folder, "server.key")
	write(t, key, "PRIVATE KEY", encoded)
	write(t, certificate, "CERTIFICATE", a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, private))
	return certificate, key
}

func write(t *testing.T, path, kind string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// StartTLS is Start for a server that listens on the loopback network, with a certificate of the authority. The URL has no sslmode.
func StartTLS(t *testing.T, by *Authority) string {
	t.Helper()
	Need(t)
	folder, err := os.MkdirTemp("", "urna-tls-") //nolint:usetesting // another account must get into it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	certificate, key := by.Certify(t, folder)
	as, err := account(folder)
	if err == nil && as.Credential != nil {
		for _, path := range []string{certificate, key} {
			if err = os.Chown(path, int(as.Credential.Uid), int(as.Credential.Gid)); err != nil {
				break
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	port := program.FreePort(t)
	Start(t, "listen_addresses=127.0.0.1", "port="+strconv.Itoa(port), "ssl=on", "ssl_cert_file="+certificate, "ssl_key_file="+key, "fsync=on", "log_parameter_max_length=0")
	return fmt.Sprintf("postgres://urna@localhost:%d/postgres", port)
}
