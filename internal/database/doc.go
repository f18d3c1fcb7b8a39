// Package database is what stores know of the database: DB and Tx, the write lock, and the refusals that a full or
// failing disk leads to. The engine behind it is another package (internal/sqlite), which opens a DB.
//
// It promises that one transaction writes at a time, that a transaction is on disk when Write returns nil, and that
// readers see one consistent snapshot and never wait for the writer. It knows none of Urna's tables.
package database
