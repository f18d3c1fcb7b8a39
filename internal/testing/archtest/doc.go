// Package archtest holds the drawing of Urna's packages and the tests that compare the code with it: which package may
// import which, which serve or call HTTP, which use the database. It has no code of its own.
//
// The lists in drawing_test.go are shown in ARCHITECTURE.md. After a change, write them there with
//
//	go test ./internal/testing/archtest -update
//
// A failure here asks for a decision, not for a line in a list: either the code is in the wrong package, or the
// drawing changes, and ARCHITECTURE.md says why.
package archtest
