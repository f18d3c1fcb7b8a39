package openfiles

import (
	"math"
	"syscall"
)

// Limit returns how many files this process may have open; math.MaxInt where the system does not say.
func Limit() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return math.MaxInt
	}
	return int(min(limit.Cur, math.MaxInt))
}

// mostOfKind bounds the live feeds and the other connections if the system allows more files.
const mostOfKind = 50_000

// Feeds returns how many live feeds there may be: two thirds of the files.
func Feeds() int { return feeds(Limit()) }

// Connections returns how many connections there may be beside live feeds. A reserve of files is left to the spool, the
// database and the uploads.
func Connections() int { return connections(Limit()) }

func feeds(limit int) int { return min(limit/3*2, mostOfKind) }

func connections(limit int) int {
	reserve := max(limit/16, 64)
	return max(min(limit-feeds(limit)-reserve, mostOfKind), 16)
}
