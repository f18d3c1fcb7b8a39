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
	// ErrParticipantStands is returned for a change to a participant whose election has opened.
	ErrParticipantStands = fault.New(fault.Conflict, "participant-stands",
		"This participant stands in an election that has opened; its name and kind can no longer change.")
)
