// Package watch measures the live page of the real program from outside: thousands of watchers, in
// a process of their own, follow an election in which simulated voters vote.
//
// `go tool task bench:watch` runs it. Among the other tests it runs with a few watchers, to see that each
// gets every frame.
package watch
