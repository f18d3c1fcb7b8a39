package verify

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"urna/results/apportion"
	"urna/results/bundle/format"
)

// Tally is the count of a constituency.
type Tally struct {
	Votes      map[int]int64 // valid ballots by poll number; 0 is blank
	Online     int64         // of Votes
	Invalid    int64         // ballots with an unknown poll number
	Duplicates int64         // lines, not ballots
}

// engine is one of two implementations of the allocation, which have no code in common.
type engine struct {
	allocate func(apportion.Input) (apportion.Allocation, error)
	elect    func(apportion.Race) (apportion.Outcome, error)
	admit    func(apportion.Input) (apportion.Admission, error)
}

func firstEngine() engine { return engine{apportion.Allocate, apportion.Elect, apportion.Admit} }

func secondEngine() engine {
	return engine{apportion.AllocateByDivisor, apportion.ElectByCounting, admitByDivisor}
}

// result is a constituency's result.
type result struct {
	definition *format.DefinitionConstituency
	figure     format.ConstituencyFigure
	left       int            // seats that the allocation left unassigned
	tie        *apportion.Tie // open or settled
	decided    *apportion.Decision
	places     bool // the tie is for places in a second round
	lot        *format.LotFigure
}

// sums returns a constituency's sums.
func sums(c *format.DefinitionConstituency, t Tally) format.BallotFigures {
	b := format.BallotFigures{Blank: t.Votes[0], Invalid: t.Invalid, Duplicates: t.Duplicates, Online: t.Online}
	for _, votes := range t.Votes {
		b.Valid += votes
	}
	b.Cast = b.Valid + b.Invalid
	if c.RegisteredVoters > 0 {
		b.RegisteredVoters = &c.RegisteredVoters
	}
	return b
}

// votesCast returns the votes cast in the sense of the law: the declared number, or else the ballots.
func votesCast(c *format.DefinitionConstituency, b format.BallotFigures) int64 {
	if c.DeclaredVotesCast != nil {
		return *c.DeclaredVotesCast
	}
	return b.Cast
}

// share returns part/whole in millionths, rounded half up, as a decimal number; 0 of an empty whole.
func share(part, whole int64) json.Number {
	if whole <= 0 {
		return "0.000000"
	}
	millionths := (part*2_000_000 + whole) / (2 * whole) // counts stay far below 2^43
	return json.Number(strconv.FormatFloat(float64(millionths)/1e6, 'f', 6, 64))
}

// constituency returns a constituency's result; of a presidential election, without its outcome. over is the threshold of
// the whole election, nil if each constituency has its own.
func (p *Parts) constituency(using engine, k *format.DefinitionConstituency, over map[int64]bool, lots []format.LotFigure) result {
	t := p.Tallies[k.ID]
	b := sums(k, t)
	r := result{definition: k, figure: format.ConstituencyFigure{
		ID: k.ID, Name: k.Name, Seats: k.Seats, Unassigned: k.Seats, Ballots: b, Candidacies: []format.CandidacyFigure{},
	}}
	for _, one := range k.Candidacies {
		votes := t.Votes[one.PollNumber]
		r.figure.Candidacies = append(r.figure.Candidacies, format.CandidacyFigure{
			PollNumber: one.PollNumber, ParticipantID: one.ParticipantID, Name: one.Name, Votes: votes, Share: share(votes, b.Valid-b.Blank),
		})
	}
	if p.Election.Kind != parliamentary || b.Valid == b.Blank {
		return r
	}
	in, err := p.allocationInput(&r, over)
	var a apportion.Allocation
	if err == nil {
		a, err = r.allocate(using, in, lots)
	}
	if err != nil { // such as a rounded quota of zero, if there are fewer votes than seats
		r.figure.Problem = "The seats cannot be allocated: " + strings.TrimPrefix(err.Error(), "apportion: ") + "."
		return r
	}
	r.left = a.Unassigned
	r.figure.ThresholdVotes, r.figure.Unassigned = a.ThresholdVotes, a.Unassigned
	for i := range r.figure.Candidacies {
		r.figure.Candidacies[i].Seats, r.figure.Candidacies[i].BelowThreshold = a.Seats[i], a.BelowThreshold[i]
	}
	if r.lot == nil {
		r.tie = a.Tie
	}
	r.decided = a.Decided
	return r
}

// allocate finds the seats. If they are tied and a lot was drawn for this tie, the lot settles it.
func (r *result) allocate(using engine, in apportion.Input, lots []format.LotFigure) (apportion.Allocation, error) {
	a, err := using.allocate(in)
	if err != nil || a.Tie == nil {
		return a, err
	}
	r.tie = a.Tie
	if r.lot = r.lotFor(lots); r.lot == nil {
		return a, nil
	}
	in.Lots = []apportion.Lot{r.drawn()}
	return using.allocate(in)
}

// allocationInput states a constituency's allocation problem, with its lists in the order of poll numbers.
func (p *Parts) allocationInput(r *result, over map[int64]bool) (apportion.Input, error) {
	in, err := p.rulesInput()
	if err != nil {
		return in, err
	}
	b := r.figure.Ballots
	in.Seats, in.VotesCast, in.Eligible = r.definition.Seats, votesCast(r.definition, b), r.definition.RegisteredVoters
	in.Blank, in.Invalid = b.Blank, b.Invalid
	if over != nil {
		in.Threshold.Passing = []int{}
	}
	for i, one := range r.definition.Candidacies {
		list := apportion.List{Name: one.Name, Votes: r.figure.Candidacies[i].Votes, Exempt: one.Exempt, MaxSeats: one.MaxSeats}
		if over[one.ParticipantID] {
			in.Threshold.Passing = append(in.Threshold.Passing, i)
		}
		if list.ThresholdPercent, err = ownThreshold(one); err != nil {
			return in, err
		}
		if one.Weight != "" {
			if list.Weight, err = apportion.ParseRatio(one.Weight); err != nil {
				return in, err
			}
		}
		in.Lists = append(in.Lists, list)
	}
	return in, nil
}

// elect finds the winner of a presidential election, or the candidates of the second round.
func (p *Parts) elect(using engine, r *result, lots []format.LotFigure) (winner *int64, second []int64, err error) {
	b := r.figure.Ballots
	race := apportion.Race{
		Rule: apportion.AbsoluteMajority, MajorityBase: apportion.MajorityBase(p.Election.Rules.MajorityBase),
		Blank: b.Blank, Invalid: b.Invalid, Cast: votesCast(r.definition, b),
		TieBreaks: p.tieBreaks(),
	}
	if p.Election.Rules.Majority == plurality {
		race.Rule = apportion.Plurality
	}
	for _, one := range r.figure.Candidacies {
		race.Votes = append(race.Votes, one.Votes)
	}
	outcome, err := using.elect(race)
	if errors.Is(err, apportion.ErrNoVotes) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("results: %w", err)
	}
	r.tie, r.places = outcome.Tie, race.Rule != apportion.Plurality
	if r.lot = r.lotFor(lots); r.lot != nil {
		race.Lots = []apportion.Lot{r.drawn()}
		if outcome, err = using.elect(race); err != nil {
			return nil, nil, fmt.Errorf("results: %w", err)
		}
	}
	r.decided = outcome.Decided
	if outcome.Winner >= 0 {
		winner = &r.figure.Candidacies[outcome.Winner].ParticipantID
		r.figure.Candidacies[outcome.Winner].Seats = 1
		r.figure.Unassigned--
	}
	if r.tie != nil && r.lot == nil && !r.places {
		r.figure.Unassigned -= r.tie.Seats
	}
	for _, i := range outcome.SecondRound {
		second = append(second, r.figure.Candidacies[i].ParticipantID)
	}
	return winner, second, nil
}

// lotFor returns the first lot that was drawn for the constituency's tie, marked as holding, or nil.
func (r *result) lotFor(lots []format.LotFigure) *format.LotFigure {
	if r.tie == nil {
		return nil
	}
	tied := r.participants(r.tie)
	slices.Sort(tied)
	for i := range lots {
		l := &lots[i]
		if l.ConstituencyID != r.figure.ID || l.Seats != r.tie.Seats || len(l.Votes) != len(l.Participants) ||
			!slices.Equal(slices.Sorted(slices.Values(l.Participants)), tied) {
			continue
		}
		fits := true
		for k, id := range l.Participants {
			fits = fits && l.Votes[k] == r.votesOf(id)
		}
		if fits {
			l.Holds = true
			return l
		}
	}
	return nil
}

// participants returns the participants of a tie.
func (r *result) participants(tie *apportion.Tie) []int64 {
	var tied []int64
	for _, i := range tie.Lists {
		tied = append(tied, r.figure.Candidacies[i].ParticipantID)
	}
	return tied
}

func (r *result) votesOf(participant int64) int64 {
	for _, one := range r.figure.Candidacies {
		if one.ParticipantID == participant {
			return one.Votes
		}
	}
	return 0
}

// drawn states the constituency's lot as package apportion needs it.
func (r *result) drawn() apportion.Lot {
	var l apportion.Lot
	for _, id := range r.lot.Participants {
		l.Lists = append(l.Lists, slices.IndexFunc(r.figure.Candidacies, func(k format.CandidacyFigure) bool { return k.ParticipantID == id }))
	}
	return l
}

// inAll adds up each participant over all constituencies, most votes first.
func inAll(f *format.Figures) []format.ParticipantFigure {
	at := map[int64]int{}
	all := []format.ParticipantFigure{}
	for _, part := range f.Constituencies {
		for _, k := range part.Candidacies {
			i, known := at[k.ParticipantID]
			if !known {
				i = len(all)
				at[k.ParticipantID] = i
				all = append(all, format.ParticipantFigure{ParticipantID: k.ParticipantID, Name: k.Name})
			}
			all[i].Votes += k.Votes
			all[i].Seats += k.Seats
		}
	}
	for i := range all {
		all[i].Share = share(all[i].Votes, f.Ballots.Valid-f.Ballots.Blank)
	}
	slices.SortStableFunc(all, func(a, b format.ParticipantFigure) int { return cmp.Compare(b.Votes, a.Votes) })
	return all
}
