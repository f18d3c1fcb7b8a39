// Package rehearsal holds an election again: it uses Urna's JSON API through package client: it takes a results
// file, sets its elections up on a server, writes one ballot with a fresh GUID for every real one,
// uploads them in batches as an official, waits until they are counted, and compares what comes out
// with what the authorities declared.
//
// [NewPlan] says beforehand what can be rehearsed, and refuses the rest with its reason before
// anything is created. [Rehearse] carries a plan out with an official of its own, [Plan.Conduct] with
// one that the caller brings.
//
// Ballots are made while they are sent: no file ever exists whole, in memory or on disk. The random
// GUIDs of a batch follow from a seed, so that an upload whose answer was lost can be repeated with
// the same bytes; the server then says that it has the file, and that counts as accepted. The client
// waits through a restart of the server.
//
// [Simulate] plays an election that never was: voters with their keys through POST /vote, officials
// through uploads, who votes what as a seed says. It knows from the answers what the results must be, and
// it only plays where the election carries the mark of a rehearsal.
package rehearsal
