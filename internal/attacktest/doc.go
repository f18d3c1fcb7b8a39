// Package attacktest is the attacker: somebody with copies of the database file and its log, taken after
// every commit of a vote and after the close, with the secret of the keys' hashes, and with a list of who
// voted when. It tries to tell which key cast which ballot, and must do no better than chance.
//
// Among the other tests it makes a few runs; `go tool task attack -- -runs 1000` makes a thousand.
package attacktest
