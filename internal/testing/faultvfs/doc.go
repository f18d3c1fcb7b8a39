// Package faultvfs puts a disk that can fail under SQLite, for tests: it refuses the nth write or the nth
// sync, counts both, keeps a record of everything that was written and synced, and makes from that record
// the files that a power cut at any moment would have left.
//
// A Disk is a SQLite VFS over the system's own; its name goes into databasetest.OpenThrough. Locks, shared memory
// and reads pass through; a sync is only recorded. The C code only asks the Go code before each act, so that
// a test's plan is plain Go. No program imports this package: it is not in the binary that people run.
package faultvfs
