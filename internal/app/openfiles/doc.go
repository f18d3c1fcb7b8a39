// Package openfiles returns how many files and connections this process may have open at once, and divides them
// between live feeds, other connections, and a reserve for the spool and the database. Holders names the
// programs that have a file open.
package openfiles
