package verify

import (
	"errors"

	"urna/results/apportion"
	"urna/results/bundle/format"
)

// Words of the definition on which the computation depends.
const (
	parliamentary = "parliamentary"
	presidential  = "presidential"
	plurality     = "plurality"
	nationwide    = "nationwide"
)

// passing measures every participant's votes in the whole election against the threshold, and returns the participants
// that pass. It returns nil if each constituency has its own threshold, or there are no votes.
func (p *Parts) passing(using engine) (map[int64]bool, error) {
	if p.Election.Kind != parliamentary || p.Election.Rules.ThresholdScope != nationwide {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	in, participants, err := p.electionInput()
	if err != nil {
		return nil, err
	}
	admission, err := using.admit(in)
	if errors.Is(err, apportion.ErrNoVotes) {
		return nil, nil //nolint:nilnil // nothing to measure
	}
	if err != nil {
		return nil, err
	}
	passing := map[int64]bool{}
	for _, i := range admission.Passing {
		passing[participants[i]] = true
	}
	return passing, nil
}

// admitByDivisor is apportion.Admit by the second implementation, whose allocation says which lists are below the
// threshold.
func admitByDivisor(in apportion.Input) (apportion.Admission, error) {
	in.Method = apportion.DHondt // the threshold is the same for every method; this one takes all votes
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

// electionInput states the whole election as one allocation problem, with a list for each participant.
func (p *Parts) electionInput() (in apportion.Input, participants []int64, err error) {
	if in, err = p.rulesInput(); err != nil {
		return in, nil, err
	}
	at := map[int64]int{}
	complete := true // every constituency has its registered voters
	for i := range p.Election.Constituencies {
		k := &p.Election.Constituencies[i]
		b := sums(k, p.Tallies[k.ID])
		in.Seats += k.Seats
		in.Blank += b.Blank
		in.Invalid += b.Invalid
		in.VotesCast += votesCast(k, b)
		in.Eligible += k.RegisteredVoters
		complete = complete && k.RegisteredVoters > 0
		for _, one := range k.Candidacies {
			list, known := at[one.ParticipantID]
			if !known {
				list = len(in.Lists)
				at[one.ParticipantID] = list
				participants = append(participants, one.ParticipantID)
				own, err := ownThreshold(one)
				if err != nil {
					return in, nil, err
				}
				in.Lists = append(in.Lists, apportion.List{Name: one.Name, ThresholdPercent: own})
			}
			in.Lists[list].Votes += p.Tallies[k.ID].Votes[one.PollNumber]
		}
	}
	if !complete {
		in.Eligible = 0
	}
	return in, participants, nil
}

// rulesInput starts an allocation problem with the election's rules.
func (p *Parts) rulesInput() (apportion.Input, error) {
	rules := p.Election.Rules
	percent, err := apportion.ParseRatio(rules.ThresholdPercent)
	return apportion.Input{
		Method: apportion.Method(rules.Method), TieBreaks: p.tieBreaks(),
		Threshold: apportion.Threshold{
			Percent: percent, Base: apportion.Base(rules.ThresholdBase), Comparison: apportion.Comparison(rules.ThresholdComparison),
		},
	}, err
}

// tieBreaks returns the election's rules for ties as package apportion takes them.
func (p *Parts) tieBreaks() (rules []apportion.TieBreak) {
	for _, rule := range p.Election.Rules.TieBreak {
		rules = append(rules, apportion.TieBreak(rule))
	}
	return rules
}

func ownThreshold(k format.DefinitionCandidacy) (*apportion.Ratio, error) {
	if k.ThresholdPercent == "" {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	percent, err := apportion.ParseRatio(k.ThresholdPercent)
	return &percent, err
}
