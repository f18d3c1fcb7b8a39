package pages

import (
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
)

// outcome is the sentence that people came for; nil if there is nothing to choose from. Only a certified result is decided.
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

// silentOutcome is that of an election without a vote.
func silentOutcome(r *results.Results) *view.Outcome {
	if r.Provisional {
		return &view.Outcome{Class: view.OutcomeProvisional, Lead: messages.ResultsNothingCounted()}
	}
	o := &view.Outcome{Class: view.OutcomeOpen, Lead: messages.ResultsNoSeatAssigned(), More: messages.ResultsNoVoteForList()}
	if r.Election.Kind == elections.Presidential {
		o.Lead, o.More = messages.ResultsNoCandidateElected(), messages.ResultsNoVoteForCandidate()
	}
	return o
}

// turnoutOutcome says how many have voted, while nothing else may be shown.
func turnoutOutcome(t *results.Turnout) *view.Outcome {
	open, share := t.State == elections.Open, t.Ballots.Turnout()
	o := &view.Outcome{Class: view.OutcomeProvisional, More: messages.ElectionTurnoutOnly()}
	switch {
	case share >= 0 && open:
		o.Lead = messages.ResultsTurnoutSoFar(share.InPercent())
	case share >= 0:
		o.Lead = messages.ResultsTurnoutIs(share.InPercent())
	case open:
		o.Lead = messages.ResultsCastSoFar(t.Ballots.Cast)
	default:
		o.Lead = messages.ResultsCastIs(t.Ballots.Cast)
	}
	return o
}

// settle says by a class how firm an outcome is: won if it is the one that decides. The state of the election says it in
// words beside it.
func settle(r *results.Results, o *view.Outcome, won bool) *view.Outcome {
	o.Class = view.OutcomeOpen
	switch {
	case r.Provisional:
		o.Class = view.OutcomeProvisional
		if final(r) && !r.Altered {
			o.Later = messages.ResultsNotCertified()
		}
	case won:
		o.Class = view.OutcomeDecided
	}
	return o
}

// settleTie is settle for a tie.
func settleTie(r *results.Results, o *view.Outcome) *view.Outcome {
	settle(r, o, false)
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
	won := most >= total/2+1
	o := &view.Outcome{Lead: largestInWords(r, most, total, largest)}
	if unassigned > 0 {
		o.More = messages.ResultsNotAssigned(int64(unassigned))
	}
	switch {
	case tied > 0 && won:
		o.More = messages.Sentences(o.More, messages.ResultsLotMustSettle(int64(tied)), messages.ResultsMajorityWithoutTie())
		return settleTie(r, o)
	case tied > 0:
		o.Lead = messages.Sentences(messages.ResultsLotMustSettle(int64(tied)), o.Lead)
		return settleTie(r, o)
	default:
		return settle(r, o, won)
	}
}

// largestInWords says whether a list has a majority, and else what those with the most seats lack for one.
func largestInWords(r *results.Results, most, total int, largest []string) messages.Message {
	names, sofar, majority := namesInWords(largest), !final(r), total/2+1
	switch {
	case most == 0 && sofar:
		return messages.ResultsNoListHasSeatSoFar()
	case most == 0:
		return messages.ResultsNoListHasSeat()
	case most >= majority && sofar:
		return messages.ResultsHasMajoritySoFar(names, int64(most), int64(total))
	case most >= majority:
		return messages.ResultsHasMajority(names, int64(most), int64(total))
	}
	none := messages.ResultsNoListHasMajority()
	if sofar {
		none = messages.ResultsNoListHasMajoritySoFar()
	}
	leads := messages.ResultsLeadIs
	if len(largest) > 1 {
		leads = messages.ResultsLeadIsShared
	}
	return messages.Sentences(none, leads(names, int64(majority-most), int64(most)))
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
	return settle(r, o, false)
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
	return settle(r, o, true)
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
