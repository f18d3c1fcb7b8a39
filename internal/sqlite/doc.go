// Package sqlite is the SQLite engine of internal/database: it opens a database file, migrates its schema, keeps and
// erases copies of it, and explains the driver's errors.
//
// It promises that every connection runs in WAL mode with synchronous=FULL and foreign keys on (set in
// the data source name, read back at opening), that there is one writing connection whose transactions
// begin IMMEDIATE, that readers never wait for it, and that the schema is what the numbered migrations
// say. It knows none of Urna's packages but internal/database; what the tables mean is for their stores.
package sqlite
