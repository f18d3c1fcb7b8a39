// Package authenticator is a passkey in software, with the part of a browser around it, for tests that need no real
// browser. It does what it is told: it signs for a false origin, repeats a counter or answers for another account.
package authenticator
