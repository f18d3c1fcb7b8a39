// Package audit keeps the hash-chained log of every change by a person.
//
// An event is appended in the transaction of the change that it records, so that neither exists without
// the other. Each event carries the hash of the one before; Verify walks the chain and names the first
// event that was changed, dropped, inserted or reordered. Triggers refuse updates and deletes of the
// table, and the chain shows a change that was made without them. An event never holds a secret, a key,
// a GUID or a vote.
package audit
