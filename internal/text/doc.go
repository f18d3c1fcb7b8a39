// Package text finds invisible and control characters in short texts that people enter (names, titles, reasons,
// e-mail addresses), and has the two ways in which such texts are compared: Key, by which a thing is looked up and
// must therefore be unique, and Looks, by which two things are hard to tell apart for a reader. Index finds things by
// Key. It imports nothing of ours.
package text
