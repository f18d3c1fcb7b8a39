// Package faults lets the disk fail in the middle of every act of Urna: a write error, a failed sync, a full disk, and a cut of
// the power at any moment. After each it opens the data folder again on a good disk and wants that an act that was answered is
// there, that one that was refused is not, that the same act can be done again, and that urna verify finds no difference.
//
// The main database is on a disk of package faultvfs. The other files of the folder are on the system's disk; after a power cut
// they are as they were at the end, and the anchor as it was at the moment of the cut.
//
// Among the tests runs a fixed sample: of each act and each kind of fault a few places, evenly spaced. With -all every place is
// tried: go tool task faults.
package faults
