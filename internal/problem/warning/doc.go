// Package warning lists what an operator should know of a server that works: on administrators' pages, and behind
// /readyz, which everybody can read. A warning names no voter, no vote and no number of votes.
package warning
