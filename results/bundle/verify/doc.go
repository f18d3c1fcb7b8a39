// Package verify checks a results bundle on any machine: it needs no data folder, no database and no network, and it
// shares no code with the program that counted, except the format of bundles (results/bundle/format) and the seat
// allocation (results/apportion), and the format of checkpoints (internal/audit/checkpoint). These four folders, with
// internal/text, are what an auditor has to read.
//
// Read it in this order:
//
//  1. ../format/doc.go and entries.go: what a bundle holds; definition.go, figures.go, certification.go: the documents.
//  2. ../format/container.go: the signature over every byte of the file.
//  3. verify.go: the steps of a check, in order. A step that fails ends the check.
//  4. documents.go: the documents are well-formed and refer to each other by their hashes.
//  5. tables.go, sums.go, ballots.go: the sums of batches are added up; of the full form every ballot is counted, and
//     every line that did not count is compared with the ballot that holds its GUID. stations.go, protocols.go: polling
//     stations and their protocols.
//  6. figures.go, compute.go, threshold.go: votes, seats and winners follow from the counts by the election's rules, by
//     two independent implementations of the allocation (apportion/allocation.go, apportion/second_method.go).
//  7. lots.go, certification.go, log.go, late.go, approvals.go: lots, confirmations and the audit log.
//  8. witnesses.go, internal/audit/checkpoint: the certification is in the log that witnesses countersigned.
//  9. corrections.go, corrections_log.go: corrections after a certification name the figures that they correct, and between
//     two certifications the log has no act on a polling station that the correction does not name.
//  10. committed.go: a public bundle belongs to a full one.
//
// A check says what it proved, and what no bundle can prove. Memory does not grow with the number of ballots.
package verify
