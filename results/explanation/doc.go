// Package explanation writes down how the seats of a constituency came about, for a reader who knows the law and not the
// code: the threshold in votes, the rule, every seat with its quotient, its runner-up and the votes that the
// runner-up lacked, ties, and the votes that each list lacked or could have lost. Its sentences are those of
// internal/messages, so that the package results/apportion, which the verifier of bundles shares, needs no catalogue.
package explanation
