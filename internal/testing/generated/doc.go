// Package generated makes a Go client from the description of the API, with oapi-codegen, as a stranger would: the client
// signs in, uploads ballots, votes and reads results, against the real program.
//
// The client is a module of its own, so that its libraries are none of Urna's. Its code is generated in a temporary folder.
package generated
