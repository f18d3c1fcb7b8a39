// Package servertest serves the data folders of package apptest over HTTP, as package server does, for tests that are
// clients.
package servertest
