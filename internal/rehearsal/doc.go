// Package rehearsal repeats a real election, or simulates one, through Urna's JSON API (package client). For a results file
// it creates the file's elections on a server, writes one ballot with a new GUID for every real one, uploads the ballots in
// batches as an official, waits until they are counted, and compares the results with those that the authorities declared.
//
// [NewPlan] checks what can be rehearsed and refuses the rest with its reason, before anything is created. [Rehearse]
// executes a plan with an official of its own, [Plan.Conduct] with an official of the caller's. [RehearseProtocols] uploads
// no ballots: two officials type the sums as protocols of polling stations, with a mistake that the administrator settles.
//
// Ballots are generated while they are sent: no file is ever whole in memory or on disk. The random GUIDs of a batch
// depend on a seed, so that an upload whose answer was lost can be repeated with the same bytes; the server then answers
// that it has the file, and the upload counts as accepted. The client retries while the server restarts.
//
// [Simulate] runs an election with simulated voters, who vote with their keys through POST /vote, and simulated officials,
// who upload batches. A seed decides who votes for whom. The expected results follow from the server's answers. It refuses
// an election that is not marked as a rehearsal.
package rehearsal
