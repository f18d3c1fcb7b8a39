package pages

import (
	"strconv"
	"strings"

	"urna/elections"
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
	o := &view.Outcome{Class: view.OutcomeOpen, State: "No votes", Lead: "No seat is assigned", More: "No vote for a list was counted."}
	if r.Election.Kind == elections.Presidential {
		o.Lead, o.More = "No candidate is elected", "No vote for a candidate was counted."
	}
	return o
}

// settle says in words and by a class how firm an outcome is: state as it stands, won if it is the one that decides.
func settle(r *results.Results, o *view.Outcome, state string, won bool) *view.Outcome {
	o.State, o.Class = state, view.OutcomeOpen
	switch {
	case r.Provisional:
		o.State, o.Class = "Provisional: "+strings.ToLower(state[:1])+state[1:], view.OutcomeProvisional
		if final(r) {
			o.More += " The result is not certified yet."
		}
	case won:
		o.Class = view.OutcomeDecided
	}
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
	o := &view.Outcome{Lead: listed(largest) + ": " + strconv.Itoa(most) + " of " + view.Count(int64(total), "seat", "seats")}
	if len(largest) > 1 {
		o.Lead += " each"
	}
	if most == 0 {
		o.Lead = "No list has a seat"
	}
	if !final(r) {
		o.Lead += " so far"
	}
	o.More = "A majority is " + view.Count(int64(majority), "seat", "seats") + "."
	won := most >= majority
	if !won && most > 0 {
		lists := "The largest list is "
		if len(largest) > 1 {
			lists = "Each of the largest lists is "
		}
		o.More += " " + lists + view.Count(int64(majority-most), "seat", "seats") + " short of it."
	}
	if unassigned > 0 {
		o.More += " " + notAssigned(unassigned) + "."
	}
	if tied > 0 {
		o.More += " " + view.Count(int64(tied), "seat is", "seats are") + " tied and undecided."
		if won {
			o.More += " The majority does not depend on the tie."
		}
		settle(r, o, "Undecided, a tie", false)
		o.Class = view.OutcomeTied
		return o
	}
	if won {
		return settle(r, o, "Majority", true)
	}
	return settle(r, o, "No majority", false)
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
		if tie := tieInWords(r, &r.Constituencies[i]); tie != "" {
			o := settle(r, &view.Outcome{Lead: "Undecided: a tie", More: tie}, "Undecided, a tie", false)
			o.Class = view.OutcomeTied
			return o
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
	o := &view.Outcome{Lead: "Second round between " + listed(names), More: "No candidate has more than half of " + majorityBase(r) + "."}
	if !final(r) {
		o.Lead, o.More = "So far: second round between "+listed(names), "No candidate has more than half of "+majorityBase(r)+" so far."
	}
	return settle(r, o, "Second round", false)
}

// majorityBase says of what an absolute majority is more than half.
func majorityBase(r *results.Results) string {
	if r.Election.Rules.MajorityBase == elections.MajorityOfVotesCast {
		return "the votes cast"
	}
	return "the valid votes"
}

func winnerOutcome(r *results.Results) *view.Outcome {
	winner := participantIn(r, r.Winner)
	o := &view.Outcome{Lead: winner.Name + " is elected"}
	switch {
	case !final(r):
		o.Lead = winner.Name + " leads so far"
	case r.Provisional && r.Election.Rules.Majority == elections.Plurality:
		o.Lead = winner.Name + " has the most votes"
	case r.Provisional:
		o.Lead = winner.Name + " has more than half of " + majorityBase(r)
	}
	parts := []string{view.Count(winner.Votes, "vote", "votes")}
	if winner.Share >= 0 {
		parts = append(parts, winner.Share.Percent()+" of the valid votes")
	}
	o.More = strings.Join(parts, ", ") + "."
	if r.Provisional {
		return settle(r, o, "In the lead", false)
	}
	return settle(r, o, "Elected", true)
}

func participantIn(r *results.Results, id int64) results.Participant {
	for _, participant := range r.Participants {
		if participant.ID == id {
			return participant
		}
	}
	return results.Participant{ID: id, Name: "participant " + decimal(id), Share: -1}
}

// part is one constituency of several.
func part(r *results.Results, c *results.Constituency, l look) view.Part {
	return view.Part{
		ID: "constituency-" + decimal(c.ID), Name: c.Name, What: partInWords(r, c),
		Figures: ballotFigures(c.Ballots, r.Election.Rules.BlankBallots),
		Table:   constituencyTable(r, c, l),
	}
}

// partInWords sums a constituency up in a line, such as "16 seats · turnout 61.20 % · SNS 9, SPS 4".
func partInWords(r *results.Results, c *results.Constituency) string {
	var parts []string
	if r.Election.Kind == elections.Parliamentary {
		parts = append(parts, view.Count(int64(c.Seats), "seat", "seats"))
	}
	if turnout := c.Ballots.Turnout(); turnout >= 0 {
		parts = append(parts, "turnout "+turnout.Percent())
		if remark := aboveRegistered(c.Ballots); remark != "" {
			parts = append(parts, remark)
		}
	} else {
		parts = append(parts, view.Number(c.Ballots.Cast)+" cast")
	}
	var seated []string
	more := 0
	for _, candidacy := range byVotes(c.Candidacies) {
		switch {
		case candidacy.Seats == 0:
		case len(seated) == 3:
			more += candidacy.Seats
		default:
			seated = append(seated, shortName(candidacy.ShortName, candidacy.Name)+" "+strconv.Itoa(candidacy.Seats))
		}
	}
	if more > 0 {
		seated = append(seated, "others "+strconv.Itoa(more))
	}
	if len(seated) > 0 {
		parts = append(parts, strings.Join(seated, ", "))
	}
	if c.Tie != nil {
		parts = append(parts, "tie")
	}
	if c.Unassigned > 0 && r.Election.Kind == elections.Parliamentary {
		parts = append(parts, notAssigned(c.Unassigned))
	}
	return strings.Join(parts, " · ")
}
