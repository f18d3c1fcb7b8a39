package pages

import (
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
)

// outcome is the sentence that people came for; nil while there is nothing to say. Only a certified result is
// decided; every other says that it is provisional.
func outcome(r *results.Results) *view.Outcome {
	if len(r.Participants) == 0 {
		return nil
	}
	if r.Ballots.Valid-r.Ballots.Blank <= 0 {
		return silentOutcome(r)
	}
	if r.Election.Kind == elections.Presidential {
		return presidentialOutcome(r)
	}
	return parliamentaryOutcome(r)
}

// silentOutcome is that of a certified election without a vote; nil while votes may still come.
func silentOutcome(r *results.Results) *view.Outcome {
	if r.Provisional {
		return nil
	}
	o := &view.Outcome{Class: view.OutcomeOpen, State: messages.ResultsNoVotes(), Lead: messages.ResultsNoSeatAssigned(), More: messages.ResultsNoVoteForList()}
	if r.Election.Kind == elections.Presidential {
		o.Lead, o.More = messages.ResultsNoCandidateElected(), messages.ResultsNoVoteForCandidate()
	}
	return o
}

// settle says in words and by a class how firm an outcome is: state once it is certified, provisional before; won if it is
// the one that decides.
func settle(r *results.Results, o *view.Outcome, state, provisional messages.Message, won bool) *view.Outcome {
	o.State, o.Class = state, view.OutcomeOpen
	switch {
	case r.Provisional:
		o.State, o.Class = provisional, view.OutcomeProvisional
		if final(r) && !r.Altered {
			o.More = messages.Sentences(o.More, messages.ResultsNotCertified())
		}
	case won:
		o.Class = view.OutcomeDecided
	}
	return o
}

// settleTie is settle for a tie.
func settleTie(r *results.Results, o *view.Outcome) *view.Outcome {
	settle(r, o, messages.ResultsTied(), messages.ResultsTiedProvisional(), false)
	o.Class = view.OutcomeTied
	return o
}

func parliamentaryOutcome(r *results.Results) *view.Outcome {
	total, tied, unassigned := 0, 0, 0
	for i := range r.Constituencies {
		total += r.Constituencies[i].Seats
		tied += r.Constituencies[i].SeatsTied()
		unassigned += r.Constituencies[i].Unassigned
	}
	most, largest := largestLists(r.Participants)
	majority := total/2 + 1
	won := most >= majority
	o := &view.Outcome{Lead: largestInWords(r, most, total, largest), More: messages.ResultsMajorityIs(int64(majority))}
	if !won && most > 0 {
		short := messages.ResultsShortOfMajority
		if len(largest) > 1 {
			short = messages.ResultsEachShortOfMajority
		}
		o.More = messages.Sentences(o.More, short(int64(majority-most)))
	}
	if unassigned > 0 {
		o.More = messages.Sentences(o.More, messages.ResultsNotAssigned(int64(unassigned)))
	}
	if tied > 0 {
		o.More = messages.Sentences(o.More, messages.ResultsSeatsTied(int64(tied)))
		if won {
			o.More = messages.Sentences(o.More, messages.ResultsMajorityWithoutTie())
		}
		return settleTie(r, o)
	}
	if won {
		return settle(r, o, messages.ResultsMajority(), messages.ResultsMajorityProvisional(), true)
	}
	return settle(r, o, messages.ResultsNoMajority(), messages.ResultsNoMajorityProvisional(), false)
}

// largestInWords says which lists have the most seats, and how many of all.
func largestInWords(r *results.Results, most, total int, largest []string) messages.Message {
	names, sofar := namesInWords(largest), !final(r)
	switch {
	case most == 0 && sofar:
		return messages.ResultsNoListHasSeatSoFar()
	case most == 0:
		return messages.ResultsNoListHasSeat()
	case len(largest) > 1 && sofar:
		return messages.ResultsLargestEachSoFar(names, int64(most), int64(total))
	case len(largest) > 1:
		return messages.ResultsLargestEach(names, int64(most), int64(total))
	case sofar:
		return messages.ResultsLargestSoFar(names, int64(most), int64(total))
	default:
		return messages.ResultsLargest(names, int64(most), int64(total))
	}
}

// largestLists returns the most seats that any list has, and the names of those that have them.
func largestLists(list []results.Participant) (most int, names []string) {
	for _, p := range bySeats(list) {
		if len(names) > 0 && p.Seats < most {
			break
		}
		most, names = p.Seats, append(names, p.Name)
	}
	return most, names
}

func presidentialOutcome(r *results.Results) *view.Outcome {
	for i := range r.Constituencies {
		if tie := tieInWords(r, &r.Constituencies[i]); !tie.IsZero() {
			return settleTie(r, &view.Outcome{Lead: messages.ResultsUndecidedTie(), More: tie})
		}
	}
	if r.Winner != 0 {
		return winnerOutcome(r)
	}
	if len(r.SecondRound) == 0 {
		return nil
	}
	names := make([]string, 0, len(r.SecondRound))
	for _, id := range r.SecondRound {
		names = append(names, participantIn(r, id).Name)
	}
	o := &view.Outcome{Lead: messages.ResultsSecondRoundBetween(namesInWords(names)), More: nobodyOverHalf(r)}
	if !final(r) {
		o.Lead = messages.ResultsSecondRoundBetweenSoFar(namesInWords(names))
	}
	return settle(r, o, messages.ResultsSecondRound(), messages.ResultsSecondRoundProvisional(), false)
}

// ofVotesCast reports whether a majority is more than half of the votes cast, and not of the valid votes.
func ofVotesCast(r *results.Results) bool {
	return r.Election.Rules.MajorityBase == elections.MajorityOfVotesCast
}

// nobodyOverHalf says that no candidate has an absolute majority.
func nobodyOverHalf(r *results.Results) messages.Message {
	switch {
	case ofVotesCast(r) && final(r):
		return messages.ResultsNoMajorityOfCast()
	case ofVotesCast(r):
		return messages.ResultsNoMajorityOfCastSoFar()
	case final(r):
		return messages.ResultsNoMajorityOfValid()
	default:
		return messages.ResultsNoMajorityOfValidSoFar()
	}
}

func winnerOutcome(r *results.Results) *view.Outcome {
	winner := participantIn(r, r.Winner)
	o := &view.Outcome{Lead: messages.ResultsIsElected(winner.Name), More: messages.ResultsWinnerVotes(winner.Votes)}
	switch {
	case !final(r):
		o.Lead = messages.ResultsLeadsSoFar(winner.Name)
	case r.Provisional && r.Election.Rules.Majority == elections.Plurality:
		o.Lead = messages.ResultsHasMostVotes(winner.Name)
	case r.Provisional && ofVotesCast(r):
		o.Lead = messages.ResultsHasHalfOfCast(winner.Name)
	case r.Provisional:
		o.Lead = messages.ResultsHasHalfOfValid(winner.Name)
	}
	if winner.Share >= 0 {
		o.More = messages.ResultsWinnerVotesAndShare(winner.Votes, winner.Share.InPercent())
	}
	return settle(r, o, messages.ResultsElected(), messages.ResultsInTheLeadProvisional(), true)
}

func participantIn(r *results.Results, id int64) results.Participant {
	for _, participant := range r.Participants {
		if participant.ID == id {
			return participant
		}
	}
	return results.Participant{ID: id, Name: "#" + decimal(id), Share: -1}
}

// part is one constituency of several.
func part(r *results.Results, c *results.Constituency, l look) view.Part {
	return view.Part{
		ID: "constituency-" + decimal(c.ID), Name: c.Name, What: partInWords(r, c),
		Figures: ballotFigures(c.Ballots, r.Election.Rules.BlankBallots),
		Table:   constituencyTable(r, c, l), Stations: stationsCounted(c.Stations),
	}
}

// partInWords sums a constituency up in a line, such as "16 seats · turnout 61.20 % · SNS 9, SPS 4".
func partInWords(r *results.Results, c *results.Constituency) messages.Message {
	parliamentary := r.Election.Kind == elections.Parliamentary
	var parts []messages.Message
	if parliamentary {
		parts = append(parts, messages.UnitSeats(int64(c.Seats)))
	}
	if turnout := c.Ballots.Turnout(); turnout >= 0 {
		parts = append(parts, messages.ResultsPartTurnout(turnout.InPercent()), aboveRegistered(c.Ballots))
	} else {
		parts = append(parts, messages.ResultsPartCast(c.Ballots.Cast))
	}
	parts = append(parts, seatedInWords(c))
	if c.Tie != nil {
		parts = append(parts, messages.ResultsPartTie())
	}
	if c.Unassigned > 0 && parliamentary {
		parts = append(parts, messages.ResultsNotAssignedPart(int64(c.Unassigned)))
	}
	return messages.Join(messages.UnitParts, parts...)
}

// seatedInWords lists the largest lists of a constituency with their seats, such as "SNS 9, SPS 4"; it is zero for none.
func seatedInWords(c *results.Constituency) messages.Message {
	var seated []messages.Message
	more := 0
	for _, candidacy := range byVotes(c.Candidacies) {
		switch {
		case candidacy.Seats == 0:
		case len(seated) == 3:
			more += candidacy.Seats
		default:
			name := messages.Verbatim(shortName(candidacy.ShortName, candidacy.Name))
			seated = append(seated, messages.ResultsSeatsOf(name, int64(candidacy.Seats)))
		}
	}
	if more > 0 {
		seated = append(seated, messages.ResultsPartOthers(int64(more)))
	}
	return messages.Join(messages.UnitList, seated...)
}
