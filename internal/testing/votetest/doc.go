// Package votetest makes data folders with an election that takes votes online and voters who have keys,
// for tests that look at voting from outside.
package votetest
