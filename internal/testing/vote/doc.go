// Package vote measures how many votes the real program takes a second, each with another valid key
// and each on disk before its answer, beside a bare router that echoes the same JSON, with the same client
// in a process of its own on the same machine.
//
// `go tool task bench:vote` runs it. Among the other tests it runs with a few thousand voters, to see that
// no vote is lost or doubled.
package vote
