package elections

import "time"

// State is where an election is in its life cycle.
type State string

// The states, in order.
const (
	Scheduled State = "scheduled" // editable, takes nothing
	Open      State = "open"      // from start to end: votes and batches
	Counting  State = "counting"  // after the end: batches only
	Certified State = "certified" // final
)

// StateAt returns the election's state at an instant. It is the only place where the life cycle is
// computed: the clock moves it forward, and what the closer or certification recorded never goes back.
func (e *Election) StateAt(now time.Time) State {
	switch {
	case e.CertifiedAt != nil:
		return Certified
	case e.ClosedAt != nil || !now.Before(e.EndsAt):
		return Counting
	case !now.Before(e.StartsAt):
		return Open
	default:
		return Scheduled
	}
}

// ShowsCount reports whether counts by participant may be shown to anyone at an instant.
func (e *Election) ShowsCount(now time.Time) bool {
	switch e.StateAt(now) {
	case Counting, Certified:
		return true
	case Open:
		return e.PublicView == RunningCount
	default:
		return false
	}
}
