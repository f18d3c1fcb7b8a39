// Package cli is Urna's command line, one file per command, and the wiring: it alone knows how the
// packages are put together (folder.go), what time it is, and where the data folder lies.
package cli
