// Package apptest opens data folders for tests that need more than one package, with the wiring that production has
// (package app). It adds a clock that a test can move, passwords that are hashed quickly, and folders that exist at
// once: a new folder is copied from one that was made before.
package apptest
