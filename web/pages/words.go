package pages

import (
	"slices"
	"time"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view/kit"
)

// electionState names a state for people.
func electionState(s elections.State) kit.Mark {
	text := map[elections.State]messages.Message{
		elections.Drafted:   messages.ElectionStateDraft(),
		elections.Withdrawn: messages.ElectionStateWithdrawn(),
		elections.Scheduled: messages.ElectionStateScheduled(),
		elections.Open:      messages.ElectionStateOpen(),
		elections.Counting:  messages.ElectionStateCounting(),
		elections.Certified: messages.ElectionStateCertified(),

		elections.Correcting: messages.ElectionStateCorrecting(),
	}[s]
	class := string(s)
	if s == elections.Correcting { // the class of a count
		class = string(elections.Counting)
	}
	return kit.Mark{Class: class, Text: text}
}

// lateInWords says why a batch was late.
func lateInWords(cause batch.LateCause) messages.Message {
	switch cause {
	case batch.AfterBatchesUntil:
		return messages.BatchesLateAfterBatchesUntil()
	case batch.PlaceComplete:
		return messages.BatchesLatePlaceComplete()
	case batch.AfterConfirmation:
	}
	return messages.BatchesLateAfterConfirmation()
}

func kindName(k elections.Kind) messages.Message {
	if k == elections.Presidential {
		return messages.ElectionKindPresidential()
	}
	return messages.ElectionKindParliamentary()
}

// contestants names those for whom one can vote.
func contestants(k elections.Kind) messages.Message {
	if k == elections.Presidential {
		return messages.ElectionCandidates()
	}
	return messages.ElectionLists()
}

// rehearsalMarks warns wherever an election is named that it is not a real one.
func rehearsalMarks(e *elections.Election) []kit.Mark {
	if !e.Rehearsal {
		return nil
	}
	return []kit.Mark{{Class: "rehearsal", Text: messages.ElectionRehearsal()}}
}

// batchState names a batch's state for people.
func batchState(s batch.State) kit.Mark {
	text := map[batch.State]messages.Message{
		batch.Queued:     messages.BatchesStateQueued(),
		batch.Processing: messages.BatchesStateProcessing(),
		batch.Counted:    messages.BatchesStateCounted(),
		batch.Retracting: messages.BatchesStateRetracting(),
		batch.Retracted:  messages.BatchesStateRetracted(),
		batch.Restoring:  messages.BatchesStateRestoring(),
		batch.Failed:     messages.BatchesStateFailed(),
		batch.Waiting:    messages.BatchesStateWaiting(),
	}[s]
	class := string(s)
	if s == batch.Waiting { // the class of its approval
		class = string(elections.Counting)
	}
	return kit.Mark{Class: class, Text: text}
}

// batchMark is the state of a batch. One that was refused has never been counted, so it is not called retracted.
func batchMark(b batch.Batch) kit.Mark {
	if refusedLate(b) { // as its approval
		return kit.Mark{Class: "failed", Text: messages.ApprovalsStateRefused()}
	}
	return batchState(b.State)
}

// refusedLate reports whether a batch was late, was refused and is out of the count.
func refusedLate(b batch.Batch) bool {
	return b.State == batch.Retracted && b.Late != nil && b.Late.State == batch.LateRefused
}

// reasonName says why a line does not count.
func reasonName(r ballots.Reason) messages.Message {
	switch r {
	case ballots.DuplicateBallot:
		return messages.BatchesReasonDuplicate()
	case ballots.UnknownPollNumber:
		return messages.BatchesReasonUnknownPollNumber()
	default:
		return messages.Verbatim(string(r))
	}
}

// sortElections puts open elections first, then those being counted, those to come, drafts, certified ones and withdrawn
// ones.
func sortElections(list []*elections.Election, now time.Time) []*elections.Election {
	return sorted(list, func(e *elections.Election) (*elections.Election, elections.State) { return e, e.StateAt(now) })
}

// sortPublic puts the public part of elections in the same order.
func sortPublic(list []*results.Public) []*results.Public {
	return sorted(list, func(p *results.Public) (*elections.Election, elections.State) { return p.Election, p.State })
}

func sorted[T any](list []T, of func(T) (*elections.Election, elections.State)) []T {
	rank := map[elections.State]int{
		elections.Open: 0, elections.Counting: 1, elections.Correcting: 1, elections.Scheduled: 2, elections.Drafted: 3, elections.Certified: 4, elections.Withdrawn: 5,
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int {
		first, stateOfFirst := of(a)
		second, stateOfSecond := of(b)
		if d := rank[stateOfFirst] - rank[stateOfSecond]; d != 0 {
			return d
		}
		if stateOfFirst == elections.Scheduled || stateOfFirst == elections.Drafted {
			return first.StartsAt.Compare(second.StartsAt)
		}
		return second.StartsAt.Compare(first.StartsAt)
	})
	return list
}
