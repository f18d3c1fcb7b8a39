// Package protocol takes the protocols of polling stations in: the signed sums of a station, instead of its ballots.
//
// Two different people type a protocol; neither sees what the other typed. Numbers in which their entries differ are
// settled one by one by an administrator or a coordinator. What was agreed is definitive, and its votes enter the
// tallies of the ledger in the same transaction. The checks of a protocol are a table (Checks): errors refuse an entry,
// warnings ask for an explanation that stays with the protocol.
//
// It promises that before an election shows counts only its typist reads a number of an entry: no other person from the
// service, not from the audit log, which has the SHA-256 of an entry with a random nonce, and not from a state, which
// follows from whether the entries agree and never from what they say.
//
// Forms are package elections' (ProtocolForm), files of scans and pages are web's.
package protocol
