// Package checkpoint is the format of what the audit log publishes and witnesses sign: checkpoints, countersignatures
// and proofs. The forms are those of C2SP (c2sp.org): signed-note, tlog-checkpoint, tlog-cosignature for Ed25519, the
// request of tlog-witness, and tlog-proof. The tree is that of RFC 6962; its leaves are the hashes of the audit events,
// 32 bytes each, in the order of their numbers.
//
// It reads and writes; it knows no database and no network. Besides the standard library it imports
// golang.org/x/mod/sumdb only, so that an auditor of results bundles can read it whole.
package checkpoint
