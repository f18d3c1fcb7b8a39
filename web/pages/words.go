package pages

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/results/apportion"
	"urna/web/view"
)

// electionState names a state for people.
func electionState(s elections.State) view.Mark {
	text := map[elections.State]string{
		elections.Scheduled: "Scheduled",
		elections.Open:      "Open",
		elections.Counting:  "Counting",
		elections.Certified: "Certified",
	}[s]
	return view.Mark{Class: string(s), Text: messages.Literal(text)}
}

func kindName(k elections.Kind) string {
	if k == elections.Presidential {
		return "Presidential election"
	}
	return "Parliamentary election"
}

// contestants names those for whom one can vote.
func contestants(k elections.Kind) string {
	if k == elections.Presidential {
		return "Candidates"
	}
	return "Lists"
}

// rehearsalMarks warns wherever an election is named that it is not a real one.
func rehearsalMarks(e *elections.Election) []view.Mark {
	if !e.Rehearsal {
		return nil
	}
	return []view.Mark{{Class: "rehearsal", Text: messages.Literal("Rehearsal: not a real election")}}
}

// batchState names a batch's state for people.
func batchState(s batch.State) view.Mark {
	text := map[batch.State]messages.Message{
		batch.Queued:     messages.BatchesStateQueued(),
		batch.Processing: messages.BatchesStateProcessing(),
		batch.Counted:    messages.BatchesStateCounted(),
		batch.Retracting: messages.BatchesStateRetracting(),
		batch.Retracted:  messages.BatchesStateRetracted(),
		batch.Restoring:  messages.BatchesStateRestoring(),
		batch.Failed:     messages.BatchesStateFailed(),
	}[s]
	return view.Mark{Class: string(s), Text: text}
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

// methodName returns a method's name as the literature writes it.
func methodName(method string) string {
	names := map[apportion.Method]string{
		apportion.DHondt:                   "D’Hondt (Jefferson)",
		apportion.SainteLague:              "Sainte-Laguë (Webster)",
		apportion.ModifiedSainteLague14:    "Modified Sainte-Laguë, first divisor 1.4",
		apportion.ModifiedSainteLague12:    "Modified Sainte-Laguë, first divisor 1.2",
		apportion.Adams:                    "Adams",
		apportion.Dean:                     "Dean",
		apportion.HuntingtonHill:           "Huntington-Hill",
		apportion.Hare:                     "Hare quota, largest remainders (Hamilton)",
		apportion.Droop:                    "Droop quota, largest remainders",
		apportion.HagenbachBischoffRounded: "Hagenbach-Bischoff quota, rounded, largest remainders",
		apportion.Imperiali:                "Imperiali quota, largest remainders",
	}
	if name, ok := names[apportion.Method(method)]; ok {
		return name
	}
	return method
}

// baseName says what a threshold's percentage is taken of.
func baseName(base string) string {
	names := map[string]string{
		"none":                  "no threshold",
		"valid-party-votes":     "the valid votes, without blank ones",
		"valid-including-blank": "the valid votes, blank ones included",
		"votes-cast":            "the votes cast, invalid ones included",
		"eligible":              "the registered voters",
		"quota":                 "one seat’s worth of votes",
	}
	if name, ok := names[base]; ok {
		return name
	}
	return base
}

// rulesInWords says what a person must know to check the count.
func rulesInWords(e *elections.Election) []string {
	var rules []string
	if e.Kind == elections.Presidential {
		if e.Rules.Majority == elections.Plurality {
			rules = append(rules, "The candidate with the most votes is elected.")
		} else {
			half := "the valid votes"
			if e.Rules.MajorityBase == elections.MajorityOfVotesCast {
				half = "all votes cast"
			}
			rules = append(rules, "A candidate with more than half of "+half+" is elected. "+
				"If no candidate has more than half, the two leading candidates go to a second round.")
		}
	} else {
		seats := 0
		for _, constituency := range e.Constituencies {
			seats += constituency.Seats
		}
		where := "in one constituency"
		if n := len(e.Constituencies); n > 1 {
			where = "in " + view.Number(int64(n)) + " constituencies, each on its own"
		}
		rules = append(rules, view.Count(int64(seats), "seat is", "seats are")+" allocated "+where+", by the method "+methodName(e.Rules.Method)+".")
		rules = append(rules, thresholdInWords(e.Rules))
	}
	if e.Rules.BlankBallots {
		rules = append(rules, "Blank ballots (poll number 0) are valid and counted apart.")
	}
	if e.PublicView == elections.TurnoutOnly {
		rules = append(rules, "Until voting ends only the turnout is shown, to everyone alike.")
	} else {
		rules = append(rules, "The count is shown while voting goes on.")
	}
	return rules
}

func thresholdInWords(r elections.Rules) string {
	percent := r.ThresholdPercent != "0" && r.ThresholdPercent != "" || r.ThresholdBase == "quota"
	if !percent || r.ThresholdBase == "none" {
		return "There is no threshold."
	}
	least := "at least"
	if r.ThresholdComparison == ">" {
		least = "more than"
	}
	if r.ThresholdBase == "quota" {
		return "A list takes seats only with " + least + " one seat’s worth of votes" + thresholdScope(r) + "."
	}
	return "A list takes seats only with " + least + " " + r.ThresholdPercent + " % of " + baseName(r.ThresholdBase) + thresholdScope(r) + "."
}

// thresholdScope ends a sentence about a threshold that is measured over the whole election.
func thresholdScope(r elections.Rules) string {
	if r.ThresholdScope == elections.AllConstituencies {
		return " in the whole election"
	}
	return ""
}

// candidacyRemark names the special rules of a candidacy, "" for none.
func candidacyRemark(c elections.Candidacy) string {
	var parts []string
	if c.Exempt {
		parts = append(parts, "exempt from the threshold")
	}
	if c.Weight != "" && c.Weight != "1" {
		parts = append(parts, "quotients weighted by "+c.Weight)
	}
	if c.ThresholdPercent != "" {
		parts = append(parts, "a threshold of its own, "+c.ThresholdPercent+" %")
	}
	if c.MaxSeats > 0 {
		parts = append(parts, "at most "+view.Count(int64(c.MaxSeats), "seat", "seats"))
	}
	return strings.Join(parts, ", ")
}

// listed joins names as a sentence does.
func listed(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	}
}

// standing lists the candidacies of each constituency.
func standing(e *elections.Election) []view.StandingPart {
	parts := make([]view.StandingPart, 0, len(e.Constituencies))
	colors := electionColors{}
	for _, constituency := range e.Constituencies {
		part := view.StandingPart{Name: constituency.Name, Caption: contestants(e.Kind) + " in " + constituency.Name, What: constituencyInWords(e, constituency)}
		if len(e.Constituencies) == 1 {
			part.Name, part.Caption = contestants(e.Kind), contestants(e.Kind)
		}
		for _, candidacy := range constituency.Candidacies {
			part.Rows = append(part.Rows, view.StandingRow{
				PollNumber: strconv.Itoa(candidacy.PollNumber), Name: candidacy.Name,
				Color: colors.of(candidacy.ParticipantID, candidacy.Color), Remark: candidacyRemark(candidacy),
			})
		}
		parts = append(parts, part)
	}
	return parts
}

func constituencyInWords(e *elections.Election, c elections.Constituency) string {
	var parts []string
	if e.Kind == elections.Parliamentary {
		parts = append(parts, view.Count(int64(c.Seats), "seat", "seats"))
	}
	if c.RegisteredVoters > 0 {
		parts = append(parts, view.Count(c.RegisteredVoters, "registered voter", "registered voters"))
	}
	if c.DeclaredVotesCast != nil {
		parts = append(parts, view.Number(*c.DeclaredVotesCast)+" votes cast by the paper protocols")
	}
	return strings.Join(parts, " · ")
}

// sortElections puts open elections first, then those being counted, those to come, and certified ones.
func sortElections(list []*elections.Election, now time.Time) []*elections.Election {
	return sorted(list, func(e *elections.Election) (*elections.Election, elections.State) { return e, e.StateAt(now) })
}

// sortPublic puts the public part of elections in the same order.
func sortPublic(list []*results.Public) []*results.Public {
	return sorted(list, func(p *results.Public) (*elections.Election, elections.State) { return p.Election, p.State })
}

func sorted[T any](list []T, of func(T) (*elections.Election, elections.State)) []T {
	rank := map[elections.State]int{
		elections.Open: 0, elections.Counting: 1, elections.Scheduled: 2, elections.Certified: 3,
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int {
		first, stateOfFirst := of(a)
		second, stateOfSecond := of(b)
		if d := rank[stateOfFirst] - rank[stateOfSecond]; d != 0 {
			return d
		}
		if stateOfFirst == elections.Scheduled {
			return first.StartsAt.Compare(second.StartsAt)
		}
		return second.StartsAt.Compare(first.StartsAt)
	})
	return list
}
