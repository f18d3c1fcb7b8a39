// Package letters writes the letters with which voters get their keys: one page a voter, for a browser to
// print. It writes letter after letter as the keys come, however many there are, and keeps nothing.
//
// A letter names the election, says in three steps how to vote, and holds the key twice: in groups that a
// person can type, and as a QR code of the voting page's address with the key in its fragment, which no
// browser sends to a server.
package letters
