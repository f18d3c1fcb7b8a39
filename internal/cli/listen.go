package cli

import (
	"context"
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
	"strings"
	"syscall"
	"time"
	"unicode"

	"urna/web"
)

// listenFlags say where and how a server listens.
type listenFlags struct {
	Addr           string   `help:"The address to listen on; port 0 picks a free one." default:"127.0.0.1:8080"`
	TLSCert        string   `name:"tls-cert" help:"A file with the certificate chain (PEM) to speak TLS with." type:"path"`
	TLSKey         string   `name:"tls-key" help:"A file with the certificate's key (PEM)." type:"path"`
	TLSSelfSigned  bool     `name:"tls-self-signed" help:"Speak TLS with a certificate made here, once, in the data folder; its fingerprint is printed."`
	BehindTLSProxy bool     `name:"behind-tls-proxy" help:"A proxy in front speaks TLS with the browsers."`
	TrustedProxies []string `help:"Addresses or ranges of proxies whose X-Forwarded-For is believed; with --behind-tls-proxy this machine's own, unless given." type:"address"`
	acmeFlags

	InsecureHTTP bool `name:"insecure-http" help:"Serve other machines over plain HTTP, where everybody on the way can read passwords."`
}

// check refuses flags that contradict each other, and an address that other machines could reach without TLS.
func (f *listenFlags) check(ctx context.Context) error {
	switch {
	case (f.TLSCert == "") != (f.TLSKey == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case f.TLSCert != "" && f.TLSSelfSigned:
		return errors.New("choose either --tls-cert with --tls-key or --tls-self-signed")
	case len(f.ACMEHosts) > 0 && (f.TLSCert != "" || f.TLSSelfSigned || f.BehindTLSProxy):
		return errors.New("--acme-host gets a certificate for this server: leave --tls-cert, --tls-self-signed and --behind-tls-proxy out")
	}
	if err := f.acmeFlags.check(); err != nil {
		return err
	}
	if f.BehindTLSProxy && len(f.TrustedProxies) == 0 {
		f.TrustedProxies = []string{"127.0.0.1", "::1"}
	}
	if err := web.CheckTrustedProxies(f.TrustedProxies); err != nil {
		return err
	}
	if f.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(f.TLSCert, f.TLSKey); err != nil {
			return explainCertificate(f.TLSCert, f.TLSKey, err)
		}
	}
	host, err := checkAddr(ctx, "--addr", f.Addr)
	if err != nil || f.tls() || f.BehindTLSProxy || f.InsecureHTTP {
		return err
	}
	return loopbackOnly(f.Addr, host)
}

// tls reports whether the listener itself uses TLS.
func (f *listenFlags) tls() bool { return f.TLSCert != "" || f.TLSSelfSigned || len(f.ACMEHosts) > 0 }

// secure reports whether browsers reach the server over TLS.
func (f *listenFlags) secure() bool { return f.tls() || f.BehindTLSProxy }

// checkAddr reports an address to listen on that is not HOST:PORT, by the flag that has it, and returns the host.
func checkAddr(ctx context.Context, flag, addr string) (host string, err error) {
	const example = "such as 127.0.0.1:8080, [::1]:8080, or :8080 for every address of this machine"
	if strings.TrimSpace(addr) == "" {
		return "", fmt.Errorf("%s is empty: write an address and a port, %s", flag, example)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" || strings.ContainsFunc(addr, unicode.IsSpace) || strings.Contains(host, "/") {
		return "", fmt.Errorf("%s %q is not an address and a port, %s", flag, addr, example)
	}
	if _, err := net.DefaultResolver.LookupPort(ctx, "tcp", port); err != nil {
		return "", fmt.Errorf("%s %q has no port from 0 to 65535: write one, %s", flag, addr, example)
	}
	return host, nil
}

// loopbackOnly refuses an address that other machines could reach: passwords must not cross a network unencrypted.
func loopbackOnly(addr, host string) error {
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the address %q can be reached by other machines, and plain HTTP would show them passwords: "+
		"use --tls-cert and --tls-key, --tls-self-signed, or --behind-tls-proxy (or, knowing that, --insecure-http)", addr)
}

// explainListen says why the program cannot listen on an address, and what to do.
func explainListen(flag, addr string, err error) error {
	_, unknown := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("another program listens on %s already: stop it, or choose another port with %s (port 0 picks a free one): %w", addr, flag, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("this account may not listen on %s, since ports below 1024 belong to the system: choose a higher port with %s and put a "+
			"proxy in front, or give the program the right to (on Linux: setcap cap_net_bind_service=+ep FILE, or "+
			"AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit): %w", addr, flag, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s is not an address of this machine: choose one of its own with %s, or leave the host out for all of them: %w", addr, flag, err)
	case unknown:
		return fmt.Errorf("the host of %s %s is not known to this machine: write a number such as 127.0.0.1: %w", flag, addr, err)
	}
	return fmt.Errorf("listen on %s: %w", addr, err)
}

// explainCertificate returns the mistake in a certificate or its key, with the remedy.
func explainCertificate(cert, key string, err error) error {
	return fmt.Errorf("--tls-cert %s and --tls-key %s cannot be used together: give the certificate's chain and its own key, "+
		"both as PEM and readable by the account that runs Urna: %w", cert, key, err)
}

// listenerTLS is how a listener speaks TLS. The zero value speaks plain HTTP.
type listenerTLS struct {
	config      *tls.Config
	fingerprint string           // of a self-signed certificate
	ends        func() time.Time // when the first certificate ends; the zero time while there is none
}

// listenerTLS returns how the listener speaks TLS.
func (f *listenFlags) listenerTLS(folder string) (listenerTLS, error) {
	cert, key := f.TLSCert, f.TLSKey
	switch {
	case !f.tls():
		return listenerTLS{}, nil
	case len(f.ACMEHosts) > 0:
		return f.acmeTLS(folder), nil
	case f.TLSSelfSigned:
		cert, key = filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
		if err := selfSigned(cert, key, f.Addr); err != nil {
			return listenerTLS{}, err
		}
	}
	renewed, err := openCertificate(cert, key, time.Now)
	switch {
	case err != nil && f.TLSSelfSigned:
		return listenerTLS{}, fmt.Errorf("%s and %s, which were made here, do not work: put copies back, or remove both to have new ones made, "+
			"about which browsers warn once more: %w", cert, key, err)
	case err != nil:
		return listenerTLS{}, explainCertificate(cert, key, err)
	}
	used := listenerTLS{config: &tls.Config{GetCertificate: renewed.get, MinVersion: tls.VersionTLS12}, ends: renewed.end}
	if f.TLSSelfSigned {
		sum := sha256.Sum256(renewed.pair.Certificate[0])
		used.fingerprint = hex.EncodeToString(sum[:])
	}
	return used, nil
}

// selfSigned creates a certificate for the address and this machine's names, valid for ten years, unless one exists.
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
	// The key is written first, so that an existing certificate always has its key.
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), 0o600); err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	if err := os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600); err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	return nil
}
