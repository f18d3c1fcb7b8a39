// Package deadline extends a connection's read and write deadlines while data flows, so that an upload or a feed may take
// any time. A peer that sends less than MinRate bytes per IdleTimeout is disconnected, and so is one that does not read an
// answer for IdleTimeout. Requests without this package have the server's own limits.
package deadline
