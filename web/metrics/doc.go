// Package metrics measures a server for Prometheus, and publishes the measurements so that they tell nothing of a vote.
//
// Measurements become visible at fixed intervals, ten seconds unless set otherwise, whether anybody reads them or not.
// Series that votes move are published only once they have moved by ten or more since they were last published, as a
// whole: count, sum and buckets. A series that has not moved by ten yet is not there. Levels that one voter's connection
// moves, of files, goroutines and connections, are held until they have moved by ten. Sizes are rounded down to mebibytes
// and processor time to seconds. No series has a label for an election, a constituency, a station, a candidate or an account.
//
// It knows no other package of the program: the wiring gives it functions that read.
package metrics
