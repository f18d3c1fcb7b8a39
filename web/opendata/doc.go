// Package opendata draws the results of an election as files for other programs: CSV tables, the description of these
// tables as a data package, NIST's common data format, and an Atom feed of what happened.
//
// Everything is drawn from results.Public and results.StationTable, or refused with its error while counts by participant
// may not be shown. The feed is never refused; before counts may be shown it has none. docs/exports.md explains every
// file.
package opendata
