package elections

import "urna/internal/fault"

// What this package refuses, beside invalid fields (a fault of kind Invalid that names each).
var (
	// ErrUnknownElection is returned for an election id that does not exist.
	ErrUnknownElection = fault.New(fault.NotFound, "unknown-election", "There is no such election.")
	// ErrUnknownParticipant is returned for a participant id that does not exist.
	ErrUnknownParticipant = fault.New(fault.NotFound, "unknown-participant", "There is no such participant.")
	// ErrNotScheduled is returned for a change that only a scheduled election allows.
	ErrNotScheduled = fault.New(fault.Conflict, "election-not-scheduled",
		"This election has opened; its definition can no longer change.")
	// ErrChangedMeanwhile is returned for a change that was made from a definition that is no longer the present
	// one.
	ErrChangedMeanwhile = fault.New(fault.Conflict, "election-changed-meanwhile",
		"This election was changed after you opened this form, so nothing of the form is stored yet.")
	// ErrFormUsed is returned for a form that has made an election before and says something else now; Extra has
	// the "election_id" and its "title".
	ErrFormUsed = fault.New(fault.Conflict, "form-used", "This form has made an election already.")
	// ErrConstituencyHasKeys is returned for a change that would take the constituency away from voters who
	// have keys in it, or put another in its place.
	ErrConstituencyHasKeys = fault.New(fault.Conflict, "constituency-has-keys",
		"Voters were given keys in this constituency; it must stay where it is.")
	// ErrNotCounting is returned for an act that belongs between the end and certification.
	ErrNotCounting = fault.New(fault.Conflict, "election-not-counting",
		"This belongs between the end of voting and certification.")
	// ErrCertified is returned for any change to a certified election.
	ErrCertified = fault.New(fault.Conflict, "election-certified",
		"This election is certified; nothing in it changes any more.")
	// ErrConfirmedAlready is returned to an administrator who has confirmed the same figures before.
	ErrConfirmedAlready = fault.New(fault.Conflict, "confirmed-already",
		"You have confirmed these figures; the second confirmation must be another administrator's.")
	// ErrSecondRoundExists is returned where an election's second round was created before; Extra has its
	// "election_id".
	ErrSecondRoundExists = fault.New(fault.Conflict, "second-round-exists", "The second round of this election was created already.")
	// ErrParticipantStands is returned for a change to a participant whose election has opened.
	ErrParticipantStands = fault.New(fault.Conflict, "participant-stands",
		"This participant stands in an election that has opened; its name and kind can no longer change.")
)
