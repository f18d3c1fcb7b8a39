// Package datafolder keeps what belongs to a data folder and to no table's owner: that one server uses it at a time,
// that it is still the folder that was opened and takes writes, and that its secret files are those that were used
// before.
//
// The folder is locked itself, by flock on its own entry in the file system. No file in it can be removed or
// replaced to get around the lock, and a moved folder takes its lock along.
package datafolder
