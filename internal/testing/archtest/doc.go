// Package archtest holds the drawing of Urna's packages and the tests that keep the code to it: who may
// import whom, who speaks HTTP, who knows the database. It has no code of its own.
//
// A test that fails here asks for a decision, not for a line in a list: either the code stands in the
// wrong room, or the drawing in ARCHITECTURE.md has a new door, and both change together.
package archtest
