package elections

import (
	"urna/internal/messages"
	"urna/internal/problem"
)

// What this package refuses, beside invalid fields (a fault of kind Invalid that names each).
var (
	// ErrUnknownElection is returned for an election id that does not exist.
	ErrUnknownElection = problem.New(problem.NotFound, "unknown-election", messages.RefusalUnknownElection())
	// ErrNotScheduled is returned for a change that only a scheduled election allows.
	ErrNotScheduled = problem.New(problem.Conflict, "election-not-scheduled",
		messages.RefusalElectionNotScheduled())
	// ErrWithdrawn is returned for any act on a withdrawn election.
	ErrWithdrawn = problem.New(problem.Conflict, "election-withdrawn", messages.RefusalElectionWithdrawn())
	// ErrPublished is returned for the publication of an election that is public, and for its deletion.
	ErrPublished = problem.New(problem.Conflict, "election-published", messages.RefusalElectionPublished())
	// ErrIsDraft is returned for the withdrawal of a draft, which is deleted instead.
	ErrIsDraft = problem.New(problem.Conflict, "election-is-draft", messages.RefusalElectionIsDraft())
	// ErrHasBallots is returned for the withdrawal of an election for which ballots were accepted.
	ErrHasBallots = problem.New(problem.Conflict, "election-has-ballots", messages.RefusalElectionHasBallots())
	// ErrHasKeys is returned for the withdrawal of an election with voter keys in force.
	ErrHasKeys = problem.New(problem.Conflict, "election-has-keys", messages.RefusalElectionHasKeys())
	// ErrChangedMeanwhile is returned for a change that was made from a definition that is no longer the present
	// one.
	ErrChangedMeanwhile = problem.New(problem.Conflict, "election-changed-meanwhile",
		messages.RefusalElectionChangedMeanwhile())
	// ErrFormUsed is returned for a form that has made an election before and says something else now; Extra has
	// the "election_id" and its "title".
	ErrFormUsed = problem.New(problem.Conflict, "form-used", messages.RefusalFormUsed())
	// ErrConstituencyHasKeys is returned for a change that would take the constituency away from voters who
	// have keys in it, or put another in its place.
	ErrConstituencyHasKeys = problem.New(problem.Conflict, "constituency-has-keys",
		messages.RefusalConstituencyHasKeys())
	// ErrNotCounting is returned for an act that belongs between the end and certification.
	ErrNotCounting = problem.New(problem.Conflict, "election-not-counting",
		messages.RefusalElectionNotCounting())
	// ErrCertified is returned for any change to a certified election.
	ErrCertified = problem.New(problem.Conflict, "election-certified",
		messages.RefusalElectionCertified())
	// ErrConfirmedAlready is returned to an administrator who has confirmed the same figures before.
	ErrConfirmedAlready = problem.New(problem.Conflict, "confirmed-already",
		messages.RefusalConfirmedAlready())
	// ErrConfirmerChanged is returned to an administrator whose password, second factor or e-mail another person changed
	// since the opening and less than a day ago.
	ErrConfirmerChanged = problem.New(problem.Conflict, "confirmer-changed", messages.RefusalConfirmerChangedLately())
	// ErrSecondRoundExists is returned where an election's second round was created before; Extra has its
	// "election_id".
	ErrSecondRoundExists = problem.New(problem.Conflict, "second-round-exists", messages.RefusalSecondRoundExists())
)
