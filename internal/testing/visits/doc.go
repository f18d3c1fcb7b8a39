// Package visits counts, for tests, the rows that statements visit, so that a test of a plan depends on no time.
//
// On PostgreSQL these are the rows and the entries of indexes that its statistics count; on SQLite the steps of its virtual
// machine, of which each visited row takes a few. Readers alone are counted on PostgreSQL. No program imports this package.
package visits
