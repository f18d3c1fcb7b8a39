package pages

import (
	"math/big"
	"slices"
	"strconv"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/results/apportion"
	"urna/web/view"
)

// hundredth is one percent, in the units of a share.
const hundredth results.Fraction = 10_000

// whole is a share of everything.
const whole = 100 * hundredth

// look is what all pictures and tables of one page have in common: the participants' colours and the scale of the bars.
type look struct {
	colors electionColors
	scale  scale
}

func newLook(r *results.Results) look { return look{colorsOf(r), newScale(r)} }

// scale is the axis of bars: from 0 to a share, in equal steps. One scale serves a whole page, so that its bars can be
// compared with each other.
type scale struct{ end, step results.Fraction }

// newScale returns the scale on which every share and every threshold of the results has its place.
func newScale(r *results.Results) scale {
	largest := hundredth
	for _, p := range r.Participants {
		largest = max(largest, p.Share)
	}
	lines := []thresholds{thresholdsOverall(r)}
	for i := range r.Constituencies {
		c := &r.Constituencies[i]
		lines = append(lines, thresholdsIn(r, c))
		for _, k := range c.Candidacies {
			largest = max(largest, k.Share, drawn(lines[i+1].of(k.Candidacy)), drawn(lines[0].of(k.Candidacy)))
		}
	}
	for _, l := range lines {
		largest = max(largest, drawn(l.common))
	}
	return scaleTo(largest)
}

// scaleTo returns the scale on which shares up to the largest have their places.
func scaleTo(largest results.Fraction) scale {
	step := 20 * hundredth
	for _, s := range []results.Fraction{hundredth, 2 * hundredth, 5 * hundredth, 10 * hundredth} {
		if largest <= 5*s {
			step = s
			break
		}
	}
	return scale{end: (largest + step - 1) / step * step, step: step}
}

// at returns where a share is on the scale, such as "86.64%".
func (s scale) at(share results.Fraction) string {
	if share <= 0 || s.end <= 0 {
		return "0%"
	}
	return strconv.FormatFloat(min(100*float64(share)/float64(s.end), 100), 'f', 2, 64) + "%"
}

// steps is the number of equal parts of the scale.
func (s scale) steps() int { return int(s.end / s.step) }

// tickText writes a share in whole percents, such as "20 %".
func tickText(share results.Fraction) messages.Message {
	return messages.Percentage(strconv.FormatInt(int64(share/hundredth), 10))
}

func (s scale) ticks() []view.Tick {
	var ticks []view.Tick
	for share := results.Fraction(0); share <= s.end; share += s.step {
		tick := view.Tick{X: s.at(share), Text: tickText(share), Anchor: "middle"}
		switch share {
		case 0:
			tick.Anchor = "start"
		case s.end:
			tick.Anchor = "end"
		}
		ticks = append(ticks, tick)
	}
	return ticks
}

// label names a line of the scale at its place.
func (s scale) label(t thresholds) *view.Tick {
	if drawn(t.common) == 0 {
		return nil
	}
	label := &view.Tick{X: s.at(t.common), Text: t.name(t.common.InPercent()), Anchor: "start"}
	if 2*t.common > s.end {
		label.Anchor = "end"
	}
	return label
}

// drawn returns a share that has its place on a scale, and 0 for one that is none or more than everything.
func drawn(share results.Fraction) results.Fraction {
	if share < 0 || share > whole {
		return 0
	}
	return share
}

// thresholds say what votes the bars of one picture are compared with. They hold for bars that are shares of exactly
// the votes that the comparison looks at: of a constituency where each has its own threshold, of the whole election
// where it is measured over all. Whatever the law takes the percentage of, it comes to a number of votes.
type thresholds struct {
	name   func(share messages.Message) messages.Message // of the line
	common results.Fraction                              // of the bars' whole; -1 for none
	votes  int64                                         // that common is
	base   int64                                         // of which lists' own percentages are taken
	own    bool                                          // lists can have a threshold of their own
	valid  int64                                         // the bars' whole
}

// of returns the line of a list's bar, -1 for none: exempt lists have none, some have their own.
func (t thresholds) of(c elections.Candidacy) results.Fraction {
	switch {
	case t.own && c.Exempt:
		return -1
	case t.own && c.ThresholdPercent != "":
		part, err := apportion.ParseRatio(c.ThresholdPercent)
		if err != nil || t.base <= 0 {
			return -1
		}
		votes := new(big.Rat).Mul(part.Rat(), big.NewRat(t.base, 100))
		floor, rest := new(big.Int).QuoRem(votes.Num(), votes.Denom(), new(big.Int))
		if rest.Sign() > 0 {
			floor.Add(floor, big.NewInt(1))
		}
		return results.NewFraction(floor.Int64(), t.valid)
	default:
		return t.common
	}
}

// ofParticipant is of for a bar of the whole election: where the constituencies differ, there is no line.
func (t thresholds) ofParticipant(r *results.Results, id int64) results.Fraction {
	found, first := results.Fraction(-1), true
	for i := range r.Constituencies {
		for _, k := range r.Constituencies[i].Candidacies {
			if k.ParticipantID != id {
				continue
			}
			if line := t.of(k.Candidacy); first {
				found, first = line, false
			} else if line != found {
				return -1
			}
		}
	}
	return found
}

// thresholdsOverall are those of bars that show the whole election.
func thresholdsOverall(r *results.Results) thresholds {
	if r.Election.Kind == elections.Presidential || len(r.Constituencies) == 1 {
		return thresholdsIn(r, &r.Constituencies[0])
	}
	return nationwideThresholds(r)
}

func nationwideThresholds(r *results.Results) thresholds {
	t := thresholds{common: -1, valid: r.Ballots.Valid - r.Ballots.Blank}
	if r.Threshold == nil {
		return t
	}
	return percentages(r, t, r.Threshold.Votes, r.Threshold.Base)
}

// thresholdsIn are those of bars that show one constituency.
func thresholdsIn(r *results.Results, c *results.Constituency) thresholds {
	t := thresholds{common: -1, valid: c.Ballots.Valid - c.Ballots.Blank}
	switch {
	case r.Election.Kind == elections.Presidential:
		if r.MajorityBase > 0 {
			t.name, t.votes, t.common = messages.ChartsMajorityLine, r.MajorityBase/2, results.NewFraction(r.MajorityBase, 2*t.valid)
		}
		return t
	case r.Election.Rules.ThresholdScope == elections.AllConstituencies:
		if len(r.Constituencies) == 1 {
			return nationwideThresholds(r)
		}
		return t
	case c.Allocation == nil:
		return percentages(r, t, c.ThresholdVotes, 0)
	default:
		return percentages(r, t, c.ThresholdVotes, c.Allocation.ThresholdBase)
	}
}

// percentages completes thresholds of lists.
func percentages(r *results.Results, t thresholds, votes, base int64) thresholds {
	if r.Election.Rules.ThresholdBase == "none" {
		return t
	}
	t.name, t.votes, t.base, t.own = messages.ChartsThresholdLine, votes, base, true
	if r.Election.Rules.ThresholdBase == "quota" {
		t.base = 0
	}
	if votes > 0 {
		t.common = results.NewFraction(votes, t.valid)
	}
	return t
}

// inWords says what the line is, or why there is none.
func (t thresholds) inWords(r *results.Results) messages.Message {
	switch {
	case t.common < 0:
		return messages.Message{}
	case r.Election.Kind == elections.Presidential:
		sentence := messages.ChartsMajorityOfValid(t.votes)
		if ofVotesCast(r) {
			sentence = messages.ChartsMajorityOfCast(t.votes)
		}
		if drawn(t.common) > 0 {
			return messages.Sentences(sentence, messages.ChartsDashedLine())
		}
		return sentence
	case drawn(t.common) == 0:
		return messages.ChartsThresholdOverAllVotes(t.votes)
	default:
		return messages.Sentences(messages.ChartsThreshold(t.votes, t.common.InPercent()), messages.ChartsDashedLine())
	}
}

// exceptions says why some bars have another line, or none; it is zero if all have the same.
func exceptions(t thresholds, candidacies []results.Candidacy) messages.Message {
	differs := func(k results.Candidacy) bool { return t.of(k.Candidacy) != t.common }
	if !t.own || t.common < 0 || !slices.ContainsFunc(candidacies, differs) {
		return messages.Message{}
	}
	return messages.ChartsOwnLines()
}
