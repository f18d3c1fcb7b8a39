// Package move copies all data of a data folder into a PostgreSQL database, or back, and verifies both ends.
//
// The target gets all tables in one transaction, in the order of their keys, with the accepted files, scans and kept
// bundles, and the secrets. Each table is read back and compared. Until the copy is verified it has a mark, with which no
// program uses it; another move replaces it. Nothing of the source changes but its log, which says at the end where the data
// went: no server starts on it any more without a reason.
//
// Browser sessions and issued keys that wait to be fetched stay behind.
package move
