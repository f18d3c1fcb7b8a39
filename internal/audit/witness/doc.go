// Package witness follows the audit log of a server of Urna from another machine and countersigns its heads.
//
// A witness remembers the last checkpoint that it has countersigned, in a file. Before it countersigns the next one it
// checks that the log's tree begins with the one that it remembers; the new checkpoint is on disk before the
// countersignature leaves the machine. If the log was shortened or rewritten, or has another key, the witness
// countersigns nothing, keeps the contradicting checkpoint as evidence, and sends the server the one that it remembers.
//
// It trusts nothing that the server says, and learns nothing about events but their number. Package checkpoint has the
// formats, package countersign the other side.
package witness
