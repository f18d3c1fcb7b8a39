package web

import (
	"fmt"
	"net/netip"
)

// CheckTrustedProxies reports the first entry that is neither an address nor a CIDR range.
func CheckTrustedProxies(proxies []string) error {
	for _, p := range proxies {
		if a, err := netip.ParseAddr(p); err == nil && a.Zone() == "" {
			continue
		}
		if _, err := netip.ParsePrefix(p); err != nil {
			return fmt.Errorf("the trusted proxy %q is neither an address nor a range such as 10.0.0.0/8", p)
		}
	}
	return nil
}
