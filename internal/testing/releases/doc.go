// Package releases keeps data that released versions of Urna made: for each a data folder with elections in every state,
// and both bundles of its certified election. Its test has the present program upgrade and verify them, show their
// results, and take a vote with a key of that time. It has no code of its own.
//
// The data of the present version are made once, for its release:
//
//	go test ./internal/testing/releases -run TestKeep -keep
//
// The secrets and passwords in them are of the test alone.
package releases
