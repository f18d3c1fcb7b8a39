// Package backup writes a data folder, also one that a server uses, to one file, reads such files, and makes them on a
// schedule.
//
// A backup is a tar archive, encrypted to recipients of age or not. It has a consistent copy of the database, the
// anchor from before that copy, the secret files, and the files of batches, scans and bundles; its last entry is a
// manifest with the SHA-256 of each part. Make promises that a file with the target's name is whole: it was written,
// synced, read back, decrypted and compared before it got that name. While the database has groups of votes that a
// close will erase, Make refuses to write them unencrypted (MustEncryptError).
//
// Package restore makes a data folder of a backup again. What the parts mean is package verify's.
package backup
