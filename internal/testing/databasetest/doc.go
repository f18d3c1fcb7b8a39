// Package databasetest opens databases for tests. It is the one place that names the engines under them: SQLite, or
// PostgreSQL where the variable URNA_TEST_POSTGRES is set, so that all tests of stores and services run on both.
package databasetest
