// Package month operates the real program for a simulated month, as the operator of a server would: it upgrades a data folder
// of version 0.1.0, makes a backup every hour, kills and restarts the server, holds one election with files and one with votes
// cast online, and moves to a second folder by restoring a backup. urna verify must be clean at every step, and every answer
// that was given must hold until the end.
//
// Time is compressed: an hour of the month is one round of acts and one backup. Among the tests a day has one hour; the whole
// month, with 720 backups, is go tool task month.
package month
