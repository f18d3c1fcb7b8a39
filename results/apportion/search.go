package apportion

import "math"

// maxVotes bounds the votes that are tried out in a search.
const maxVotes = math.MaxInt64

// firstTrue returns the smallest number from 1 to largest for which holds is true, and -1 if
// there is none, provided that holds never turns from true to false. If it does, the number returned is one at
// which it is true and before which it is false. Small numbers are found quickly.
func firstTrue(largest int64, holds func(int64) bool) int64 {
	if largest < 1 {
		return -1
	}
	below, above := int64(0), int64(1)
	for !holds(above) {
		if above == largest {
			return -1
		}
		below = above
		if above > largest/2 {
			above = largest
		} else {
			above *= 2
		}
	}
	for above-below > 1 {
		middle := below + (above-below)/2
		if holds(middle) {
			above = middle
		} else {
			below = middle
		}
	}
	return above
}
