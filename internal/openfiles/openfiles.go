// Package openfiles tells how many files, connections among them, this process may have open at once, so that
// what grows with the number of visitors stops before all connections are refused.
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
