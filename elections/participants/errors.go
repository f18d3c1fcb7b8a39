package participants

import (
	"urna/internal/messages"
	"urna/internal/problem"
)

// The refusals of this package, besides invalid fields (an error of kind Invalid that names each).
var (
	// ErrUnknown is returned for a participant id that does not exist.
	ErrUnknown = problem.New(problem.NotFound, "unknown-participant", messages.RefusalUnknownParticipant())
	// ErrInOpenElection is returned for a change to a participant whose election has opened.
	ErrInOpenElection = problem.New(problem.Conflict, "participant-stands",
		messages.RefusalParticipantStands())
	// ErrWasCandidate is returned for the deletion of a participant who is or was a candidate in a published election.
	ErrWasCandidate = problem.New(problem.Conflict, "participant-was-candidate", messages.RefusalParticipantWasCandidate())
	// ErrInDraft is returned for the deletion of a participant whom a draft names; its sentence names the draft.
	ErrInDraft = problem.New(problem.Conflict, "participant-in-draft", messages.RefusalParticipantInDraft())
	// ErrLooksAlike is returned for a participant whose name looks like others' that the person has not been shown; Extra has
	// them as "similar", a []Participant.
	ErrLooksAlike = problem.New(problem.Conflict, "looks-alike", messages.RefusalLooksAlike())
)
