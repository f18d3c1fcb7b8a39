// Package problem is the vocabulary in which every package of Urna says that something cannot be done:
// a kind that a front door can translate without knowing the package, a stable code that clients may
// rely on, and a sentence for people. It has the one check of short texts that people enter, too. It knows no HTTP.
package problem
