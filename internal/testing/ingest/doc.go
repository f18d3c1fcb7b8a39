// Package ingest measures the real program from outside: from an upload's first byte to the last
// ballot counted, beside what SQLite's own import takes for the same lines on the same disk.
//
// `go tool task bench:ingest` runs it. Among the other tests it runs with a few thousand lines, to see
// that every count is exact.
package ingest
