package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"urna/client"
	"urna/web"
)

// checkWait is how long the check of the public address waits for an answer.
const checkWait = 10 * time.Second

// pretended is an address that is reserved for documentation, so no client has it. The check's request claims to come
// from it.
const pretended = "192.0.2.77"

// checkPublic sends a request to this server's public address and returns a sentence for each problem with how it arrives.
// No sentence means that the address, and the proxy if there is one, are configured correctly.
func (s *runningServer) checkPublic(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, checkWait)
	defer cancel()
	path := "/public-address-check/" + rand.Text()
	arrivals, stop := s.Web.Expect(path)
	defer stop()
	status, sentFrom, err := client.Reach(ctx, s.public+path, pretended)
	if err != nil {
		return []string{fmt.Sprintf("The server could not be reached at %s from this machine: %v.", s.public, err)}
	}
	select {
	case arrival := <-arrivals:
		return append(checkScheme(s.public, &s.flags), checkArrival(s.public, sentFrom, arrival, &s.flags)...)
	default:
		return []string{fmt.Sprintf("Something else than this server answers at %s (with status %d): lead the address, or its proxy, to %s.", s.public, status, s.URL)}
	}
}

// checkScheme compares the scheme of the public address with the server's setting for browsers' connections.
func checkScheme(public string, o *listenFlags) []string {
	https := strings.HasPrefix(public, "https://")
	switch {
	case https && !o.secure():
		return []string{"The public address is https, and the server does not know it: start it with --behind-tls-proxy, so that cookies travel over TLS only."}
	case !https && o.secure():
		return []string{"The public address is http, and the server was told that browsers come over TLS: sign-in fails, because browsers send secure cookies over https only. " +
			"Use https in --public-url, or leave --behind-tls-proxy out."}
	}
	return nil
}

// checkArrival compares how the request arrived with how it was sent.
func checkArrival(public, sentFrom string, a web.Arrival, o *listenFlags) (problems []string) {
	if want := hostOf(public); !sameHost(public, a.Host, want) {
		problems = append(problems, fmt.Sprintf("The proxy does not keep Host: %s was asked for, and %s arrived. Browsers' forms would be refused as coming from another site. "+
			"Have it pass Host on (nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On).", want, a.Host))
	}
	if a.Peer == sentFrom { // no proxy in between
		return problems
	}
	peer, _, _ := net.SplitHostPort(a.Peer)
	last := strings.TrimSpace(a.ForwardedFor[strings.LastIndexByte(a.ForwardedFor, ',')+1:])
	switch {
	case last == "" || last == pretended && !o.trusts(peer):
		problems = append(problems, "The proxy does not tell the clients' addresses: all voters would share one limit for wrong keys. "+
			"Have it add to X-Forwarded-For (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for).")
	case last == pretended:
		problems = append(problems, "The proxy passes X-Forwarded-For on as clients send it: anybody could claim any address and escape the limits for wrong keys. "+
			"Have it add the client's own address at the end (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for).")
	case !o.trusts(peer):
		problems = append(problems, fmt.Sprintf("The proxy at %s tells the clients' addresses, and the server does not believe it: add --trusted-proxies %s.", peer, peer))
	}
	return problems
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// sameHost compares hosts; the scheme's own port may be left out.
func sameHost(public, a, b string) bool {
	port := ":80"
	if strings.HasPrefix(public, "https://") {
		port = ":443"
	}
	return strings.EqualFold(strings.TrimSuffix(a, port), strings.TrimSuffix(b, port))
}

// trusts reports whether X-Forwarded-For of a peer is believed.
func (f *listenFlags) trusts(peer string) bool {
	address, err := netip.ParseAddr(peer)
	if err != nil {
		return false
	}
	for _, trusted := range f.TrustedProxies {
		if a, err := netip.ParseAddr(trusted); err == nil && a.Unmap() == address.Unmap() {
			return true
		}
		if p, err := netip.ParsePrefix(trusted); err == nil && p.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// reportPublic makes the check and prints its result. The server runs on in any case: its proxy may start later.
func (s *runningServer) reportPublic(ctx context.Context, streams *Streams) {
	problems := s.checkPublic(ctx)
	if len(problems) == 0 {
		fmt.Fprintf(streams.Err, "%s leads to this server; Host, scheme and the client's address arrive as they must\n", s.public)
		return
	}
	fmt.Fprintf(streams.Err, "*** The check of --public-url %s found:\n", s.public)
	for _, p := range problems {
		fmt.Fprintf(streams.Err, "*** - %s\n", p)
	}
}
