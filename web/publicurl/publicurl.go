package publicurl

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"urna/internal/audit"
	"urna/internal/database"
)

// ErrForm is returned for an address that voters could not open.
var ErrForm = errors.New("write the address as voters open it: http:// or https:// and a host, such as https://vote.example.org, without a path, a query or a name")

// Parse returns an address in its usual form, without a slash at the end, or ErrForm.
func Parse(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.ForceQuery ||
		strings.Contains(address, "#") || strings.Trim(u.Path, "/") != "" || !validHost(u.Hostname()) {
		return "", ErrForm
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", ErrForm
		}
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// validHost reports whether a host is an IP address or a name. What a browser would take for an IP address in another
// way of writing, such as 127.1 or 0x7f000001, is neither.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "" || len(host) > 253 || strings.ContainsAny(host, " :\t\r\n\\/<>%@[]") {
		return false
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := strings.ToLower(labels[len(labels)-1])
	_, err := strconv.ParseUint(last, 0, 64)
	return err != nil && !strings.HasPrefix(last, "0x") && !strings.Contains(host, "..")
}

// Loopback reports whether an address leads back to the machine that opens it. It is false for an address that cannot
// be parsed.
func Loopback(address string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsUnspecified()
	}
	name, _, _ := strings.Cut(host, ".localdomain")
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || name == "localhost" || name == "localhost4" || name == "localhost6" ||
		host == "ip6-localhost" || host == "ip6-loopback"
}

// Setting is the public address of a data folder. Its methods may be called concurrently.
type Setting struct {
	DB  *database.DB
	Log *audit.Log
	// Fixed is the address that the server was started with; "" leaves it to what administrators enter.
	Fixed string
}

const name = "public-url"

// Get returns the address, "" if none is set.
func (s *Setting) Get(ctx context.Context) (address string, err error) {
	if s.Fixed != "" {
		return s.Fixed, nil
	}
	err = s.DB.Read(ctx, func(tx *database.Tx) error {
		return tx.SQL().QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM settings WHERE name = $1), '')`, name).Scan(&address)
	})
	if err != nil {
		return "", fmt.Errorf("read the public address: %w", err)
	}
	return address, nil
}

// Remember keeps an address that a person entered, with an audit event, unless it is known already, fixed, no address
// for the setting, or one that leads to the reader's own machine.
func (s *Setting) Remember(ctx context.Context, actor audit.Actor, entered string) error {
	address, err := Parse(entered)
	if err != nil || s.Fixed != "" || Loopback(address) {
		return nil //nolint:nilerr // the caller validates the address
	}
	known, err := s.Get(ctx)
	if err != nil || known == address {
		return err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		const set = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
		if _, err := tx.SQL().ExecContext(ctx, set, name, address); err != nil {
			return err
		}
		return s.Log.Append(ctx, tx.SQL(), actor, "public-address-set", "", map[string]any{"before": known, "after": address})
	})
	if err != nil {
		return fmt.Errorf("keep the public address: %w", err)
	}
	return nil
}
