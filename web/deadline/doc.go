// Package deadline moves a connection's deadlines along with what passes over it: an upload or a feed may
// take as long as it likes, but a side that stands still for a minute, or all but does, is let go.
// Everything else keeps to the server's own limits.
package deadline
