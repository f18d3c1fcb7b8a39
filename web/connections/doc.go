// Package connections bounds the connections of a server. From half of the bound on, each further connection costs the
// network with the most connections (an IPv4 address, an IPv6 /64) some of those that do no work: half-sent requests
// first, then idle ones, the oldest first. At the bound itself other idle connections end, and if none is left, the new
// connection is refused.
//
// Connections of exempt addresses, such as trusted proxies, count and are not ended. A connection whose request has
// arrived, or is protected, is not ended. Live feeds do not count: package live bounds them.
package connections
