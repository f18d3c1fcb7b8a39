// Package restore makes a data folder from a backup of package backup.
//
// Restore unpacks the backup beside the target, makes all checks of package verify there, records the restoration in
// the audit log, ends all tokens, and gives the folder its name in one step at the end. A program that is killed
// before leaves the target as it was. It never touches a folder that a server uses.
package restore
