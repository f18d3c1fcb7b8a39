// Package program builds the real program and runs it as a process of its own, for tests that look at
// Urna from outside: through a browser, through its API, through a power cut.
//
// It knows the program's commands, flags and the line that serve prints, and nothing of its inside.
package program
