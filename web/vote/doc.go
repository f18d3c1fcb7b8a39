// Package vote answers POST /vote, the wire contract of online voting: a small JSON object in, 200 once
// the vote is on disk and counted, else a problem whose type ends in a stable code.
//
// A candidate that is a JSON number is a poll number. One that is a string is a name, compared by text.Key, or a poll
// number in digits; a string that can mean two candidates is refused, and the key stays unused (docs/definition.md).
//
// It runs outside browser sessions, logs no vote and no voter, and keeps nothing of a request.
package vote
