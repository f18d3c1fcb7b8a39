// Package stations plays the night of an election with polling stations: the real program, its JSON API, several officials
// and two administrators, from the definition to the signed results bundle. The program is killed at random moments
// throughout, and `urna verify` checks the data folder after every step.
//
// A small election is among the tests. `go tool task rehearse:stations` plays one of 52 constituencies and 8,000 stations.
package stations
