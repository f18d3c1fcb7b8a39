package web

import (
	"fmt"
	"net/netip"
	"slices"
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

// trusted returns which addresses are those of trusted proxies, of a list that CheckTrustedProxies has seen.
func trusted(proxies []string) func(netip.Addr) bool {
	ranges := make([]netip.Prefix, 0, len(proxies))
	for _, p := range proxies {
		if a, err := netip.ParseAddr(p); err == nil {
			ranges = append(ranges, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
		} else if r, err := netip.ParsePrefix(p); err == nil {
			ranges = append(ranges, r)
		}
	}
	return func(a netip.Addr) bool {
		return slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return r.Contains(a) })
	}
}
