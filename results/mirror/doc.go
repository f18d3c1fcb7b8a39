// Package mirror copies what anyone may see of an election to other programs: as JSON, as CSV, as a script of SQL
// statements, and into a PostgreSQL database.
//
// All forms have the same tables (Tables), from one snapshot of the data folder. Counts by participant are in none of them
// before the election's rules show them. A copy into PostgreSQL is one transaction, which replaces the copy before; writing
// the same figures again changes no row. The database keeps each head of the audit log that it was given: a data folder
// whose log does not contain them is refused.
//
// The package reads a results.Copy. How the data folder is opened, and when a copy is made, is left to the caller.
package mirror
