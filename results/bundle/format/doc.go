// Package format is the format of results bundles: the signed container, the names and first lines of its entries, and
// the types of its documents. The writer of bundles and their verifier share this package and package apportion, and nothing else.
//
// It reads and writes; it decides nothing. It imports the standard library, the readers of strict JSON and the writer of
// CSV. docs/exports.md explains every entry and field for people.
package format
