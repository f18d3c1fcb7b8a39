package elections

import "time"

// State is where an election is in its life cycle.
type State string

// The states, in order.
const (
	Drafted   State = "draft"     // only administrators see it; it never opens
	Scheduled State = "scheduled" // published and editable, takes nothing
	Open      State = "open"      // from start to end: votes and batches
	Counting  State = "counting"  // after the end: batches only
	Certified State = "certified" // final, unless a correction is opened
	// Correcting is a certified election while a correction of it is open: named polling stations take ballots.
	Correcting State = "correcting"
	Withdrawn  State = "withdrawn" // final, without ballots: it was published and is not held
)

// StateAt returns the election's state at an instant. It is the only place where the life cycle is
// computed: the clock moves a published election forward, and what was recorded (the publication, the close, the
// certification, the withdrawal) never goes back. An open correction is between two certifications.
func (e *Election) StateAt(now time.Time) State {
	switch {
	case e.CertifiedAt != nil && e.Correcting:
		return Correcting
	case e.CertifiedAt != nil:
		return Certified
	case e.WithdrawnAt != nil:
		return Withdrawn
	case e.IsDraft:
		return Drafted
	case e.ClosedAt != nil || !now.Before(e.EndsAt):
		return Counting
	case !now.Before(e.StartsAt):
		return Open
	default:
		return Scheduled
	}
}

// CertificationNumber returns the number of the last certification, or of the one that comes next while the election is
// not certified: 1, or that of the correction which leads to it.
func (e *Election) CertificationNumber() int { return max(e.Correction, 1) }

// ToBeCertified reports whether administrators can confirm figures in this state: after the end of voting, or while a
// correction is open.
func (s State) ToBeCertified() bool { return s == Counting || s == Correcting }

// AsksApproval reports whether an act at an instant that takes something counted out, or puts it back, is one for which a second
// administrator may be needed: after the end of voting. The approval of an open correction is that of its acts, but not of
// what restores.
func (e *Election) AsksApproval(now time.Time, restores bool) bool {
	return e.StateAt(now).ToBeCertified() && (!e.Correcting || restores)
}

// Final reports whether nothing of an election in this state changes. A certified one leaves it with a correction only.
func (s State) Final() bool { return s == Certified || s == Withdrawn }

// Editable reports whether everything of the definition can be changed at an instant.
func (e *Election) Editable(now time.Time) bool {
	state := e.StateAt(now)
	return state == Drafted || state == Scheduled
}

// ShowsCount reports whether counts by participant may be shown to anyone at an instant.
func (e *Election) ShowsCount(now time.Time) bool {
	switch e.StateAt(now) {
	case Counting, Certified, Correcting:
		return true
	case Open:
		return e.PublicView == RunningCount
	default:
		return false
	}
}
