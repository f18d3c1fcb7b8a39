// Package client calls Urna's JSON API, /api/v1, and its voting contract, POST /vote.
//
// A [Client] calls one server as one person: [New], then [Client.SignIn]. Its methods take and return the API's types.
// An answer that says no is a [ProblemError] with the code that the API documents. While the server is away or busy, a
// call is repeated, longer and longer apart, for up to two minutes; when a token expires, the client signs in again.
// Calls that make something do not make it twice if an answer was lost: each method says how.
//
// [Client.Voting] casts votes with voter keys, many at once.
//
// The package needs the standard library alone, so that other modules can use it. Urna's module path is urna, which no
// proxy serves: such a module names a copy of the source in its go.mod:
//
//	require urna v0.0.0
//
//	replace urna => ../urna
//
// Only this package of Urna makes HTTP requests.
package client
