// Package ratelimit implements exponential back-off for wrong guesses: passwords and codes in auth, voter
// keys in ballots/online. What a try is counted under, and who must never be kept out, is for those packages
// to say.
//
// It promises that memory stays bounded whatever is guessed, that many tries at once get no more guesses than
// one after the other, and that a try during a wait does not make the wait longer. Nothing of it is stored:
// it ends with the process.
package ratelimit
