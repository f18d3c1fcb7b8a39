package results

import (
	"errors"
	"strings"

	"urna/internal/messages"
	"urna/results/apportion"
)

// notAllocated says why the seats of a constituency cannot be allocated. In English, which the figures keep, the sentence is
// the one that package results/bundle/verify puts together from the same error. Only errors that a checked definition excludes
// have a reason that is not translated.
func notAllocated(err error, seats int) messages.Message {
	size, tooLarge := errors.AsType[*apportion.SizeError](err)
	switch {
	case errors.Is(err, apportion.ErrQuota):
		return messages.ResultsQuotaIsZero(int64(seats))
	case tooLarge && size.Of == apportion.SizeOfVotes:
		return messages.ResultsVotesTooLarge(size.List, int64(size.Seats))
	case tooLarge && size.Of == apportion.SizeOfWeight:
		return messages.ResultsWeightTooLarge(size.List)
	case tooLarge:
		return messages.ResultsWeightsTooLarge()
	}
	return messages.ResultsNotAllocated(strings.TrimPrefix(err.Error(), "apportion: "))
}
