// Package countersign keeps the tree over the audit log, its signed checkpoints and the countersignatures of witnesses.
//
// A witness on another machine (package witness) follows the checkpoints, checks that each tree begins with the one
// before, and countersigns. This package signs the checkpoints, proves that one tree begins with another and that an event
// is in a tree, and accepts the countersignatures of the witnesses that administrators registered. If a registered witness
// has countersigned a checkpoint with this log's own signature that the log does not contain, the log was shortened or
// rewritten: that is recorded.
//
// Only hashes leave it. The tree is computed from the hashes of the events at first use and then kept up to date; its
// memory is 64 bytes for each 256 events, thus some 300 KiB for a million. Package checkpoint has the formats.
package countersign
