// Package postgres starts a real PostgreSQL server in a temporary folder, for tests. The server listens on a socket in that
// folder only, keeps nothing after the test, and needs no server that the machine runs.
//
// It needs the programs initdb and postgres: on Debian the package postgresql. Without them a test is skipped; in continuous
// integration, where the variable CI is set, it fails.
package postgres
