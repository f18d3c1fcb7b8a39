// Package bundle writes results where others can use and check them: CSV exports, and the results bundle,
// one zip file with everything that a certified election's figures rest on, signed.
//
// A bundle comes in two forms. The full one, for courts and observers, holds every ballot by its GUID and
// the audit log; the public one holds sums per batch instead, and a salted commitment to the full one.
// Entries are stored, not compressed, in a fixed order and without times, so that the same certified
// election gives the same bytes for ever. The zip file's comment is an Ed25519 signature over all bytes
// before it: no byte of the file can change unnoticed.
//
// Verify checks a bundle on any machine, without a data folder: it counts the ballots again, finds seats
// and winners in both ways, follows the audit chain, and says what that proves and what it cannot. Writing
// and verifying take memory that does not grow with the ballots.
package bundle
