// Package bundle makes results bundles: one signed zip file with everything from which a certified election's figures
// follow.
//
// A bundle has two forms. The full one, for courts and observers, holds every ballot by its GUID and the audit log. The
// public one holds sums per batch instead, and a salted commitment to the full one. Entries are stored uncompressed, in a
// fixed order and without times, so that the same certified election always gives the same bytes. The zip file's comment is
// an Ed25519 signature over all bytes before it, so no byte of the file can change unnoticed.
//
// Package format has the format and the CSV exports. Package verify checks a bundle on any machine, without a data
// folder. Writing and verifying need memory that does not grow with the number of ballots.
package bundle
