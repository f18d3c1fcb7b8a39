// Package cli is Urna's command line, one file per command. Commands read their flags, open the data folder through package
// app (folder.go), which connects the services, and print for people or, with --json, for programs. It leaves decisions to
// the services. A command's own errors are in English; the pages' sentences come from package messages.
package cli
