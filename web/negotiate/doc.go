// Package negotiate reads what a client says of the answers that it takes: whether they may be compressed
// (Accept-Encoding), and which it has already (If-None-Match). It is the only reader of both headers.
package negotiate
