package results

import (
	"errors"

	"urna/elections"
	"urna/results/apportion"
)

// Threshold is one that is measured over the whole election.
type Threshold struct {
	// Base is the number of votes or people of which the threshold is a part.
	Base int64
	// Votes is the least number of votes in the whole election that passes, for lists without a
	// threshold of their own.
	Votes int64

	passing map[int64]bool // participants
}

// nationwide measures every participant's votes in the whole election against the threshold. It
// returns nil if the threshold is each constituency's own, or if there are no votes.
func nationwide(using engine, f figures) (*Threshold, error) {
	e := f.election
	if e.Kind != elections.Parliamentary || e.Rules.ThresholdScope != elections.AllConstituencies {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	in, participants, err := electionInput(f)
	if err != nil {
		return nil, err
	}
	admission, err := using.admit(in)
	if errors.Is(err, apportion.ErrNoVotes) {
		return nil, nil //nolint:nilnil // nothing to measure yet
	}
	if err != nil {
		return nil, err
	}
	threshold := &Threshold{Base: admission.Base, Votes: admission.Votes, passing: map[int64]bool{}}
	for _, i := range admission.Passing {
		threshold.passing[participants[i]] = true
	}
	return threshold, nil
}

// admitByDivisor is apportion.Admit by the second implementation, whose allocation says who is out.
func admitByDivisor(in apportion.Input) (apportion.Admission, error) {
	in.Method = apportion.DHondt // whatever the method, the threshold is the same; this one takes all votes
	a, err := apportion.AllocateByDivisor(in)
	if err != nil {
		return apportion.Admission{}, err
	}
	admission := apportion.Admission{Passing: []int{}, Base: a.ThresholdBase, Votes: a.ThresholdVotes}
	for i, below := range a.BelowThreshold {
		if !below {
			admission.Passing = append(admission.Passing, i)
		}
	}
	return admission, nil
}

// electionInput sums an election up as one allocation problem: a list for each participant, in the
// order of participants.
func electionInput(f figures) (in apportion.Input, participants []int64, err error) {
	e := f.election
	if in, err = rulesInput(e); err != nil {
		return in, nil, err
	}
	at := map[int64]int{}
	complete := true // every constituency says how many may vote
	for i := range e.Constituencies {
		c := &e.Constituencies[i]
		b := sums(c, f.tallies[c.ID])
		in.Seats += c.Seats
		in.Blank += b.Blank
		in.Invalid += b.Invalid
		in.VotesCast += votesCast(c, b)
		in.Eligible += c.RegisteredVoters
		complete = complete && c.RegisteredVoters > 0
		for _, candidacy := range c.Candidacies {
			list, known := at[candidacy.ParticipantID]
			if !known {
				list = len(in.Lists)
				at[candidacy.ParticipantID] = list
				participants = append(participants, candidacy.ParticipantID)
				own, err := ownThreshold(candidacy)
				if err != nil {
					return in, nil, err
				}
				in.Lists = append(in.Lists, apportion.List{Name: candidacy.Name, ThresholdPercent: own})
			}
			in.Lists[list].Votes += f.tallies[c.ID].Votes[candidacy.PollNumber]
		}
	}
	if !complete {
		in.Eligible = 0
	}
	return in, participants, nil
}

// rulesInput starts an allocation problem with the election's rules.
func rulesInput(e *elections.Election) (apportion.Input, error) {
	percent, err := apportion.ParseRatio(e.Rules.ThresholdPercent)
	return apportion.Input{
		Method: apportion.Method(e.Rules.Method), TieBreaks: tieBreaks(e),
		Threshold: apportion.Threshold{
			Percent: percent, Base: apportion.Base(e.Rules.ThresholdBase),
			Comparison: apportion.Comparison(e.Rules.ThresholdComparison),
		},
	}, err
}

// tieBreaks returns the election's rules for ties as package apportion takes them.
func tieBreaks(e *elections.Election) (rules []apportion.TieBreak) {
	for _, rule := range e.Rules.TieBreak {
		rules = append(rules, apportion.TieBreak(rule))
	}
	return rules
}

func ownThreshold(c elections.Candidacy) (*apportion.Ratio, error) {
	if c.ThresholdPercent == "" {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	percent, err := apportion.ParseRatio(c.ThresholdPercent)
	return &percent, err
}

// votesCast returns what the law counts as votes cast: the declared ones, or else the ledger's.
func votesCast(c *elections.Constituency, b Ballots) int64 {
	if c.DeclaredVotesCast != nil {
		return *c.DeclaredVotesCast
	}
	return b.Cast
}
