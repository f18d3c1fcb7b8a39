// Package attack is the attacker: a person who has everything that an election leaves outside of the
// running program, and wants to know who voted what. It plays elections against the real program over HTTP, on SQLite and on
// PostgreSQL, and collects: the database after every group of votes and after the close, the secret of the keys' hashes, every
// line the program logs, every event of the audit log, its metrics and public figures after every single vote, the record of the
// live feed, and the order in which the voters sent their votes and got their answers.
//
// On SQLite the database is its file with its log, ten backups taken with SQLite's means and as many with urna backup, opened
// with their identity. On PostgreSQL it is all tables with the transactions and places of their rows, as a superuser reads them,
// the statistics of the catalogue, all files of the data directory with the log of changes, and the server's own log.
//
// From that it puts keys and ballots in order in hundreds of ways, pairs them, and must be right no more
// often than guessing. That each of these things would betray the votes if the program were careless
// is shown by programs and closes that are: the same attacker finds them out.
//
// Among the other tests it attacks a few elections; `go tool task attack -- -runs 1000` a thousand on each engine.
package attack
