// Package vote answers POST /vote, the wire contract of online voting: a small JSON object in, 200 once
// the vote is on disk and counted, else a problem whose type ends in a stable code.
//
// It runs outside browser sessions, logs no vote and no voter, and keeps nothing of a request.
package vote
