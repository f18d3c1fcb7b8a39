package elections

import "urna/internal/problem"

// What this package refuses, beside invalid fields (a fault of kind Invalid that names each).
var (
	// ErrUnknownElection is returned for an election id that does not exist.
	ErrUnknownElection = problem.New(problem.NotFound, "unknown-election", "There is no such election.")
	// ErrUnknownParticipant is returned for a participant id that does not exist.
	ErrUnknownParticipant = problem.New(problem.NotFound, "unknown-participant", "There is no such participant.")
	// ErrNotScheduled is returned for a change that only a scheduled election allows.
	ErrNotScheduled = problem.New(problem.Conflict, "election-not-scheduled",
		"This election has opened; its definition can no longer change.")
	// ErrChangedMeanwhile is returned for a change that was made from a definition that is no longer the present
	// one.
	ErrChangedMeanwhile = problem.New(problem.Conflict, "election-changed-meanwhile",
		"This election was changed after you opened this form, so nothing of the form is stored yet.")
	// ErrFormUsed is returned for a form that has made an election before and says something else now; Extra has
	// the "election_id" and its "title".
	ErrFormUsed = problem.New(problem.Conflict, "form-used", "This form has made an election already.")
	// ErrConstituencyHasKeys is returned for a change that would take the constituency away from voters who
	// have keys in it, or put another in its place.
	ErrConstituencyHasKeys = problem.New(problem.Conflict, "constituency-has-keys",
		"Voters were given keys in this constituency; it must stay where it is.")
	// ErrNotCounting is returned for an act that belongs between the end and certification.
	ErrNotCounting = problem.New(problem.Conflict, "election-not-counting",
		"This belongs between the end of voting and certification.")
	// ErrCertified is returned for any change to a certified election.
	ErrCertified = problem.New(problem.Conflict, "election-certified",
		"This election is certified; nothing in it changes any more.")
	// ErrConfirmedAlready is returned to an administrator who has confirmed the same figures before.
	ErrConfirmedAlready = problem.New(problem.Conflict, "confirmed-already",
		"You have confirmed these figures; the second confirmation must be another administrator's.")
	// ErrSecondRoundExists is returned where an election's second round was created before; Extra has its
	// "election_id".
	ErrSecondRoundExists = problem.New(problem.Conflict, "second-round-exists", "The second round of this election was created already.")
	// ErrParticipantStands is returned for a change to a participant whose election has opened.
	ErrParticipantStands = problem.New(problem.Conflict, "participant-stands",
		"This participant stands in an election that has opened; its name and kind can no longer change.")
)
