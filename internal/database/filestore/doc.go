// Package filestore keeps whole files by name: in a folder, or in the database in parts of a mebibyte.
//
// A file that was stored is on disk with its name, and never changes. A folder serves the engine whose database is a file
// too; the database serves an engine that has it on another machine, so that a process that takes over finds the files
// with the rows that name them. Which files are needed, and which may be removed, is for the packages that store them.
package filestore
