package auth

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"golang.org/x/net/idna"
)

// PasskeysOff is the reason for which a server offers no passkeys; "" if it offers them.
type PasskeysOff string

// The reasons. Passkeys belong to the domain of the address with which the server was started.
const (
	// NoPublicURL is a server that was started without a public address. The address that an administrator enters on a
	// page is not taken: with it, one person could make the passkeys of all accounts useless.
	NoPublicURL PasskeysOff = "no-public-url"
	// BareIPAddress is a public address without a domain.
	BareIPAddress PasskeysOff = "ip-address"
	// PlainHTTP is a public address over which browsers refuse passkeys.
	PlainHTTP PasskeysOff = "plain-http"
	// NoDomain is a public address whose host is a name that passkeys cannot belong to.
	NoDomain PasskeysOff = "no-domain"
)

// relyingParty is what passkeys belong to: the domain and the one origin of the public address.
type relyingParty struct {
	*webauthn.WebAuthn // nil if off

	off            PasskeysOff
	domain, origin string
}

// newRelyingParty returns the relying party of a public address, "" if it has none.
func newRelyingParty(address string) relyingParty {
	if address == "" {
		return relyingParty{off: NoPublicURL}
	}
	u, err := url.Parse(address)
	if err != nil {
		return relyingParty{off: NoDomain}
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return relyingParty{off: BareIPAddress}
	}
	domain, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil || protocol.ValidateRPID(domain) != nil {
		return relyingParty{off: NoDomain}
	}
	if u.Scheme != "https" && domain != "localhost" && !strings.HasSuffix(domain, ".localhost") {
		return relyingParty{off: PlainHTTP}
	}
	p := relyingParty{domain: domain, origin: u.Scheme + "://" + domain}
	if port := u.Port(); port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		p.origin += ":" + port
	}
	timeout := webauthn.TimeoutConfig{Timeout: challengeTime, TimeoutUVD: challengeTime}
	p.WebAuthn, err = webauthn.New(&webauthn.Config{
		RPID: p.domain, RPDisplayName: "Urna", RPOrigins: []string{p.origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
	if err != nil {
		return relyingParty{off: NoDomain}
	}
	return p
}

// PasskeysOff returns the reason for which the server offers no passkeys, "" if it offers them.
func (s *Service) PasskeysOff() PasskeysOff { return s.party.off }

// PasskeyOrigin returns the origin at which passkeys work, "" if none are offered.
func (s *Service) PasskeyOrigin() string { return s.party.origin }
