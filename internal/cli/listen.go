package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"urna/web"
)

// listenFlags say where and how a server listens.
type listenFlags struct {
	Addr           string   `help:"The address to listen on; port 0 picks a free one." default:"127.0.0.1:8080"`
	TLSCert        string   `name:"tls-cert" help:"A file with the certificate chain (PEM) to speak TLS with." type:"path"`
	TLSKey         string   `name:"tls-key" help:"A file with the certificate's key (PEM)." type:"path"`
	TLSSelfSigned  bool     `name:"tls-self-signed" help:"Speak TLS with a certificate made here, once, in the data folder; its fingerprint is printed."`
	BehindTLSProxy bool     `name:"behind-tls-proxy" help:"A proxy in front speaks TLS with the browsers."`
	TrustedProxies []string `help:"Addresses or ranges of proxies whose X-Forwarded-For is believed; with --behind-tls-proxy this machine's own, unless given."`
	InsecureHTTP   bool     `name:"insecure-http" help:"Serve other machines over plain HTTP, where everybody on the way can read passwords."`
}

// check refuses flags that contradict each other, and an address that other machines could reach in
// clear.
func (f *listenFlags) check() error {
	switch {
	case (f.TLSCert == "") != (f.TLSKey == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case f.TLSCert != "" && f.TLSSelfSigned:
		return errors.New("choose either --tls-cert with --tls-key or --tls-self-signed")
	}
	if f.BehindTLSProxy && len(f.TrustedProxies) == 0 {
		f.TrustedProxies = []string{"127.0.0.1", "::1"}
	}
	if err := web.CheckTrustedProxies(f.TrustedProxies); err != nil {
		return err
	}
	if f.tls() || f.BehindTLSProxy || f.InsecureHTTP {
		return nil
	}
	return loopbackOnly(f.Addr)
}

// tls reports whether the listener itself speaks TLS.
func (f *listenFlags) tls() bool { return f.TLSCert != "" || f.TLSSelfSigned }

// secure reports whether browsers reach the server over TLS.
func (f *listenFlags) secure() bool { return f.tls() || f.BehindTLSProxy }

// loopbackOnly refuses an address that other machines could reach: passwords must not cross a network
// in clear.
func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("the address %q is not HOST:PORT: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the address %q can be reached by other machines, and plain HTTP would show them passwords: "+
		"use --tls-cert and --tls-key, --tls-self-signed, or --behind-tls-proxy (or, knowing that, --insecure-http)", addr)
}

// tlsConfig returns what the listener speaks TLS with, nil for none, and the fingerprint of a
// certificate that was made here.
func (f *listenFlags) tlsConfig(folder string) (config *tls.Config, fingerprint string, err error) {
	cert, key := f.TLSCert, f.TLSKey
	if !f.tls() {
		return nil, "", nil
	}
	if f.TLSSelfSigned {
		cert, key = filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
		if err := selfSigned(cert, key, f.Addr); err != nil {
			return nil, "", err
		}
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, "", fmt.Errorf("read the certificate: %w", err)
	}
	if f.TLSSelfSigned {
		sum := sha256.Sum256(pair.Certificate[0])
		fingerprint = hex.EncodeToString(sum[:])
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, fingerprint, nil
}

// selfSigned makes a certificate for the address and this machine's names, good for ten years, where
// there is none yet.
func selfSigned(cert, key, addr string) error {
	if _, err := os.Stat(cert); err == nil {
		return nil
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return fmt.Errorf("make a serial number: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Urna"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if name, err := os.Hostname(); err == nil {
		template.DNSNames = append(template.DNSNames, name)
	}
	if host, _, err := net.SplitHostPort(addr); err == nil {
		if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if ip == nil && host != "" {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("encode the key: %w", err)
	}
	// The key first: a certificate that is there has its key.
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), 0o600); err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	if err := os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600); err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	return nil
}
