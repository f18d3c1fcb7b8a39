package pages

import (
	"strconv"
	"strings"

	"urna/elections"
	"urna/results"
	"urna/web/view"
)

// outcome is the sentence that people came for; nil while there is nothing to say.
func outcome(r *results.Results) *view.Outcome {
	if r.Ballots.Valid-r.Ballots.Blank <= 0 || len(r.Participants) == 0 {
		return nil
	}
	if r.Election.Kind == elections.Presidential {
		return presidentialOutcome(r)
	}
	return parliamentaryOutcome(r)
}

func parliamentaryOutcome(r *results.Results) *view.Outcome {
	total, tied := 0, 0
	for _, constituency := range r.Constituencies {
		total += constituency.Seats
		if constituency.Tie != nil {
			tied += constituency.Tie.Seats
		}
	}
	first := bySeats(r.Participants)[0]
	if first.Seats == 0 {
		return nil
	}
	majority := total/2 + 1
	o := &view.Outcome{Decided: final(r) && tied == 0}
	o.Lead = first.Name + ": " + strconv.Itoa(first.Seats) + " of " + view.Count(int64(total), "seat", "seats")
	if !final(r) {
		o.Lead += " so far"
	}
	o.More = "A majority is " + view.Count(int64(majority), "seat", "seats") + "."
	if tied > 0 {
		o.More += " " + view.Count(int64(tied), "seat is", "seats are") + " tied and undecided."
	}
	return o
}

func presidentialOutcome(r *results.Results) *view.Outcome {
	for i := range r.Constituencies {
		if tie := tieInWords(r, &r.Constituencies[i]); tie != "" {
			return &view.Outcome{Lead: "Undecided: a tie", More: tie}
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
	o := &view.Outcome{Decided: final(r), Lead: "Second round between " + listed(names)}
	o.More = "Nobody has more than half of the valid votes."
	if !final(r) {
		o.Lead = "So far: second round between " + listed(names)
		o.More = "Nobody has more than half of the valid votes so far."
	}
	return o
}

func winnerOutcome(r *results.Results) *view.Outcome {
	winner := participantIn(r, r.Winner)
	o := &view.Outcome{Decided: final(r), Lead: winner.Name + " is elected"}
	if !final(r) {
		o.Lead = winner.Name + " leads so far"
	}
	parts := []string{view.Count(winner.Votes, "vote", "votes")}
	if winner.Share >= 0 {
		parts = append(parts, winner.Share.Percent()+" of the valid votes")
	}
	o.More = strings.Join(parts, ", ") + "."
	return o
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
func part(r *results.Results, c *results.Constituency, colors map[int64]string) view.Part {
	return view.Part{
		ID: "constituency-" + decimal(c.ID), Name: c.Name, What: partInWords(r, c),
		Figures: ballotFigures(c.Ballots, r.Election.Rules.BlankBallots),
		Table:   constituencyTable(r, c, colors),
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
