package connections

import (
	"cmp"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// kept is how many connections a network keeps below the bound, whatever they do.
	kept = 8
	// endedAtOnce is how many connections are ended for one new one at most, so that a search pays off.
	endedAtOnce = 32
	// arrival is how long a request may take to arrive before its connection is ended below the bound: a burst of people
	// behind one address is no attack.
	arrival = time.Second
	// searched is how many networks are searched for connections that do no work.
	searched = 64
)

// Limit counts connections. Its methods may be called concurrently.
type Limit struct {
	most   int
	exempt func(netip.Addr) bool

	mutex    sync.Mutex
	count    int
	networks map[netip.Prefix]*network
	bySize   []map[*network]bool // the networks that may lose connections, by how many they have
	top      int                 // the largest size of them
	warned   time.Time
}

// network are the connections of an address, or of an IPv6 /64.
type network struct {
	prefix      netip.Prefix
	exempt      bool
	connections map[*conn]bool
}

// New returns a limit of so many connections. Addresses for which exempt returns true lose none.
func New(most int, exempt func(netip.Addr) bool) *Limit {
	return &Limit{most: most, exempt: exempt, networks: map[netip.Prefix]*network{}}
}

// Listen returns a listener whose connections the limit counts.
func (l *Limit) Listen(under net.Listener) net.Listener { return &listener{under, l} }

type listener struct {
	net.Listener

	limit *Limit
}

// Accept returns the next connection that is not refused.
func (l *listener) Accept() (net.Conn, error) {
	for {
		under, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c, ended := l.limit.admit(under)
		for _, other := range ended {
			_ = other.Conn.Close() // its reader learns of it
		}
		if c != nil {
			return c, nil
		}
		_ = under.Close()
	}
}

// Count returns how many connections are open.
func (l *Limit) Count() int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.count
}

// admit counts a connection, or returns nil at the bound, and the connections to be closed for it.
func (l *Limit) admit(under net.Conn) (c *conn, ended []*conn) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if over := l.count - l.most/2; over >= 0 {
		ended = l.choose(min(over+1, endedAtOnce))
		for _, c := range ended {
			l.remove(c)
		}
		l.warn(len(ended))
	}
	if l.count >= l.most {
		return nil, ended
	}
	c = &conn{Conn: under, limit: l, network: l.networkOf(under.RemoteAddr())}
	c.set(halfSent)
	l.add(c)
	return c, ended
}

// choose ends up to n connections that do no work, and returns them to be closed: of the network with the most connections that has some.
func (l *Limit) choose(n int) []*conn {
	least, before := kept+1, clock().Add(-arrival).UnixNano()
	if l.count >= l.most {
		least, before = 1, math.MaxInt64
	}
	tried := 0
	for size := l.top; size >= least && tried < searched; size-- {
		for network := range l.bySize[size] {
			if chosen := network.choose(n, before); len(chosen) > 0 {
				return chosen
			}
			if tried++; tried == searched {
				break
			}
		}
	}
	return nil
}

// choose ends up to so many connections that do no work, requests that are half-sent since before an instant first,
// then idle ones, the oldest first, and returns them to be closed. A network with few connections loses no half-sent request, and others keep some.
func (n *network) choose(most int, before int64) []*conn {
	type candidate struct {
		*conn

		does  int
		since int64
	}
	var all []candidate
	for c := range n.connections {
		one := candidate{c, c.state(), c.since.Load()}
		if one.does == idle || one.does == halfSent && len(n.connections) > kept && one.since < before {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.does, b.does), cmp.Compare(a.since, b.since))
	})
	if len(n.connections) > kept {
		most = min(most, len(n.connections)-kept)
	}
	var chosen []*conn
	for _, one := range all[:min(most, len(all))] {
		if one.end(one.does) { // its request has not arrived meanwhile
			chosen = append(chosen, one.conn)
		}
	}
	return chosen
}

// networkOf returns the network of an address, which is made for its first connection.
func (l *Limit) networkOf(address net.Addr) *network {
	ip, bits := netip.Addr{}, 32
	if tcp, ok := address.(*net.TCPAddr); ok {
		ip = tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	if ip.Is6() {
		bits = 64
	}
	prefix, _ := ip.Prefix(bits) // of an address that is none: the zero prefix
	n := l.networks[prefix]
	if n == nil {
		n = &network{prefix: prefix, exempt: l.exempt(ip), connections: map[*conn]bool{}}
		l.networks[prefix] = n
	}
	return n
}

// add counts a connection, unless it counts already.
func (l *Limit) add(c *conn) {
	if c.counted {
		return
	}
	l.count++
	c.counted = true
	if other := l.networks[c.network.prefix]; other != nil {
		c.network = other // made while this connection did not count
	}
	l.networks[c.network.prefix] = c.network
	c.network.connections[c] = true
	l.resized(c.network, len(c.network.connections)-1)
}

// remove stops to count a connection. It may be called again.
func (l *Limit) remove(c *conn) {
	if !c.counted {
		return
	}
	l.count--
	c.counted = false
	delete(c.network.connections, c)
	l.resized(c.network, len(c.network.connections)+1)
	if len(c.network.connections) == 0 {
		delete(l.networks, c.network.prefix)
	}
}

// resized moves a network to the others of its size.
func (l *Limit) resized(n *network, before int) {
	if n.exempt {
		return
	}
	size := len(n.connections)
	for len(l.bySize) <= size {
		l.bySize = append(l.bySize, map[*network]bool{})
	}
	delete(l.bySize[before], n)
	if size > 0 {
		l.bySize[size][n] = true
	}
	l.top = max(l.top, size)
	for l.top > 0 && len(l.bySize[l.top]) == 0 {
		l.top--
	}
}

// warn logs, once a minute, that connections are ended or refused.
func (l *Limit) warn(ended int) {
	now := clock()
	refused := l.count >= l.most
	if ended == 0 && !refused || now.Sub(l.warned) < time.Minute {
		return
	}
	l.warned = now
	attributes := []any{"connections", l.count, "most", l.most, "refused", refused}
	if l.top > 0 {
		for largest := range l.bySize[l.top] {
			attributes = append(attributes, "network", largest.prefix.String(), "of_it", l.top)
			break
		}
	}
	slog.Warn("many connections: half-sent and idle ones are ended", attributes...)
}

// clock is the real time, as for deadlines of connections.
func clock() time.Time { return time.Now() } //nolint:forbidigo // deadlines go by the kernel's clock
