// Package postgres is the PostgreSQL engine of internal/database: it opens a database, makes its schema, packs records
// and explains the server's errors. No command offers it yet.
package postgres
