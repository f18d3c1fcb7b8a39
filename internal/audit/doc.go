// Package audit keeps the hash-chained log of every change by a person.
//
// An event is appended in the same transaction as the change it tells of, so that neither exists
// without the other. Each carries the hash of the one before; Verify walks the chain and names the
// first event that was changed, dropped, inserted or reordered. The table refuses updates and deletes
// by triggers, and the chain tells of whoever went around them. An event never holds a secret, a key,
// a GUID or a vote.
package audit
