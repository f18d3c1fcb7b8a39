package apportion

import "slices"

// CanTurn reports whether up to so many further ballots, cast in whatever way, could lead to another allocation than
// that of the input. The answer false is certain. The answer true says that there may be such ballots.
//
// If further ballots give a list another seat, then all of them cast for this list do, too: a list's quotients, and what
// its votes leave of a quota, grow most if it gets all ballots, while those of other lists stay. A list that other ballots
// push below a threshold is pushed below it by all ballots together, wherever they are cast. So a trial of each list, and
// of blank and invalid ballots, finds every change. Rounded quotas jump, so there is a second trial before the last
// jump. Whatever else moves a quota (lists that pass the threshold newly, weights) counts as a possible change.
func CanTurn(in Input, more int64) bool {
	if more <= 0 {
		return false
	}
	in.Lots = nil
	before, err := Allocate(in)
	if err != nil || before.Tie != nil || in.Method.HasQuota() && weighted(in) {
		return true
	}
	turned := func(trial Input) bool {
		a, err := Allocate(trial)
		return err != nil || a.Tie != nil || !slices.Equal(a.Seats, before.Seats) ||
			in.Method.HasQuota() && !slices.Equal(a.BelowThreshold, before.BelowThreshold)
	}
	for _, extra := range in.amounts(before, more) {
		if slices.ContainsFunc(in.trials(extra), turned) {
			return true
		}
	}
	return false
}

// CanAdmitOthers reports whether up to so many further ballots, cast in whatever way, could let other lists pass the
// threshold, as CanTurn does.
func CanAdmitOthers(in Input, more int64) bool {
	if more <= 0 {
		return false
	}
	before, err := Admit(in)
	return err != nil || slices.ContainsFunc(in.trials(more), func(trial Input) bool {
		a, err := Admit(trial)
		return err != nil || !slices.Equal(a.Passing, before.Passing)
	})
}

// CanTurn reports whether up to so many further ballots, cast in whatever way, could lead to another outcome than that of
// the race, as CanTurn of an Input does.
func (r Race) CanTurn(more int64) bool {
	if more <= 0 {
		return false
	}
	r.Lots = nil
	before, err := Elect(r)
	if err != nil || before.Tie != nil {
		return true
	}
	return slices.ContainsFunc(r.trials(more), func(trial Race) bool {
		o, err := Elect(trial)
		return err != nil || o.Tie != nil || o.Winner != before.Winner ||
			!slices.Equal(slices.Sorted(slices.Values(o.SecondRound)), slices.Sorted(slices.Values(before.SecondRound)))
	})
}

// weighted reports whether the lists have different weights.
func weighted(in Input) bool {
	return slices.ContainsFunc(in.Lists, func(l List) bool {
		return l.Weight.orOne().Rat().Cmp(in.Lists[0].Weight.orOne().Rat()) != 0
	})
}

// amounts returns the numbers of ballots to try: all, and for rounded quotas as many as there are before the last jump.
func (in Input) amounts(before Allocation, more int64) []int64 {
	admitted := -1
	for i, l := range in.Lists {
		if !l.Lumped && l.Votes > 0 && !before.BelowThreshold[i] {
			admitted = i
		}
	}
	if !in.Method.HasQuota() || admitted < 0 {
		return []int64{more}
	}
	quota := func(extra int64) Ratio {
		a, err := Allocate(in.with(admitted, extra))
		if err != nil {
			return Ratio{}
		}
		return a.Quota
	}
	last := quota(more)
	jump := firstTrue(min(more, int64(in.Seats)+2), func(fewer int64) bool { return quota(more-fewer) != last })
	if jump <= 0 {
		return []int64{more}
	}
	return []int64{more, more - jump}
}

// with returns the input with further votes for a list.
func (in Input) with(list int, votes int64) Input {
	in.Lists = slices.Clone(in.Lists)
	in.Lists[list].Votes += votes
	return in
}

// trials returns the input with further ballots: all for one list, all blank, all invalid. Numbers that the source states
// may or may not have them in.
func (in Input) trials(more int64) (all []Input) {
	blank, invalid := in, in
	blank.Blank += more
	invalid.Invalid += more
	plain := []Input{blank, invalid}
	for i := range in.Lists {
		plain = append(plain, in.with(i, more))
	}
	for _, trial := range plain {
		all = append(all, trial)
		if trial.Valid > 0 || trial.VotesCast > 0 || trial.Threshold.Total > 0 {
			for _, n := range []*int64{&trial.Valid, &trial.VotesCast, &trial.Threshold.Total} {
				if *n > 0 {
					*n += more
				}
			}
			all = append(all, trial)
		}
	}
	return all
}

// trials returns the race with further ballots, as those of an Input.
func (r Race) trials(more int64) (all []Race) {
	blank, invalid := r, r
	blank.Blank += more
	invalid.Invalid += more
	plain := []Race{blank, invalid}
	for i := range r.Votes {
		trial := r
		trial.Votes = slices.Clone(r.Votes)
		trial.Votes[i] += more
		plain = append(plain, trial)
	}
	for _, trial := range plain {
		all = append(all, trial)
		if trial.Valid > 0 || trial.Cast > 0 {
			for _, n := range []*int64{&trial.Valid, &trial.Cast} {
				if *n > 0 {
					*n += more
				}
			}
			all = append(all, trial)
		}
	}
	return all
}
