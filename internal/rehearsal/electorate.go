package rehearsal

import (
	"cmp"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"urna/client"
	"urna/internal/text"
)

// blankName is the name of the blank ballot in a mix.
const blankName = "blank"

// spoiling is the mistake in a voter's first try.
type spoiling uint8

const (
	sound spoiling = iota
	unknownCandidate
	malformed
	wrongKey
	spoilings // their number
)

// simulated is one voter of a simulation.
type simulated struct {
	place  int32 // an index of the constituencies
	choice int32 // a poll number; 0 is blank
	// again is the poll number of a second try, -1 for none. If together is set, both are sent at once, for the same
	// candidate.
	again    int32
	together bool
	spoiled  spoiling
}

// chooser draws poll numbers of one constituency.
type chooser struct {
	pollNumbers []int32
	weights     []float64
	sum         float64
}

func (c *chooser) add(pollNumber int, weight float64) {
	if weight > 0 {
		c.pollNumbers, c.weights, c.sum = append(c.pollNumbers, int32(pollNumber)), append(c.weights, weight), c.sum+weight
	}
}

// draw returns a poll number at random.
func (c *chooser) draw(random *mathrand.Rand) int32 {
	at := random.Float64() * c.sum
	for i, weight := range c.weights {
		if at -= weight; at < 0 {
			return c.pollNumbers[i]
		}
	}
	return c.pollNumbers[len(c.pollNumbers)-1]
}

// exact returns n poll numbers in proportion to the weights, by largest remainders, in random order.
func (c *chooser) exact(random *mathrand.Rand, n int) []int32 {
	counts, order := make([]int, len(c.weights)), make([]int, len(c.weights))
	left := n
	for i, weight := range c.weights {
		counts[i], order[i] = int(float64(n)*weight/c.sum), i
		left -= counts[i]
	}
	remainder := func(i int) float64 { _, r := math.Modf(float64(n) * c.weights[i] / c.sum); return r }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder(b), remainder(a)) })
	for i := range left {
		counts[order[i%len(order)]]++
	}
	choices := make([]int32, 0, n)
	for i, count := range counts {
		choices = append(choices, slices.Repeat(c.pollNumbers[i:i+1], count)...)
	}
	random.Shuffle(n, func(i, j int) { choices[i], choices[j] = choices[j], choices[i] })
	return choices
}

// newRandom returns a source of random numbers that depends on the seed and the purpose only.
func newRandom(seed, purpose uint64) *mathrand.Rand {
	return mathrand.New(mathrand.NewPCG(seed, purpose)) //nolint:gosec // simulated voters have no secrets
}

// The purposes of sources of random numbers. Batches use the numbers after the last.
const (
	forWeights uint64 = iota
	forVoters
	forOrder
	forBatches
)

// newChoosers returns a chooser for each constituency. Its weights are those of the mix, or depend on the seed if there is
// no mix.
func newChoosers(e client.Election, mix string, seed uint64) ([]chooser, error) {
	wanted, err := parseMix(mix)
	if err != nil {
		return nil, err
	}
	random := newRandom(seed, forWeights)
	weights := map[int64]float64{} // by participant
	choosers := make([]chooser, len(e.Constituencies))
	known := map[string]bool{blankName: e.Rules.BlankBallots}
	for i, part := range e.Constituencies {
		if err := decides(wanted, e, i); err != nil {
			return nil, err
		}
		for _, candidacy := range part.Participants {
			name, number := text.Key(candidacy.Name), strconv.Itoa(candidacy.PollNumber)
			known[name], known[number] = true, true
			switch {
			case wanted != nil && name == number:
				choosers[i].add(candidacy.PollNumber, wanted[number])
				continue
			case wanted != nil:
				choosers[i].add(candidacy.PollNumber, wanted[name]+wanted[number])
				continue
			case weights[candidacy.ID] == 0:
				weights[candidacy.ID] = 0.05 + random.ExpFloat64()
			}
			choosers[i].add(candidacy.PollNumber, weights[candidacy.ID])
		}
		if e.Rules.BlankBallots {
			choosers[i].add(0, wanted[blankName])
		}
		if choosers[i].sum == 0 {
			return nil, fmt.Errorf("no candidate of the mix %q is on the ballot paper of %s", mix, part.Name)
		}
	}
	return choosers, allKnown(wanted, known)
}

// allKnown refuses a mix with a name or poll number that the election does not have.
func allKnown(wanted map[string]float64, known map[string]bool) error {
	for name := range wanted {
		if !known[name] {
			return fmt.Errorf("the mix names %q, which is neither a participant nor a poll number of this election", name)
		}
	}
	return nil
}

// decides refuses a mix that contains one candidate's name and another one's poll number, or the blank ballot.
func decides(wanted map[string]float64, e client.Election, i int) error {
	part := e.Constituencies[i]
	others := map[string]int{blankName: 0}
	if !e.Rules.BlankBallots {
		others = map[string]int{}
	}
	for _, candidacy := range part.Participants {
		others[strconv.Itoa(candidacy.PollNumber)] = candidacy.PollNumber
	}
	for _, candidacy := range part.Participants {
		name := text.Key(candidacy.Name)
		other, both := others[name]
		if _, named := wanted[name]; named && both && other != candidacy.PollNumber {
			return fmt.Errorf("%q in the mix can mean more than one candidate of %s; use the poll number of each", name, part.Name)
		}
	}
	return nil
}

// parseMix reads "A=40,B=35,C=25" into weights by text.Key of the name; nil for "".
func parseMix(mix string) (map[string]float64, error) {
	if mix == "" {
		return nil, nil //nolint:nilnil // no mix is a mix too: the seed's own
	}
	weights := map[string]float64{}
	for entry := range strings.SplitSeq(mix, ",") {
		at := strings.LastIndexByte(entry, '=')
		if at < 1 {
			return nil, fmt.Errorf("%q in the mix is not NAME=WEIGHT", entry)
		}
		weight, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(entry[at+1:]), "%"), 64)
		if err != nil || weight < 0 || math.IsInf(weight, 0) || math.IsNaN(weight) {
			return nil, fmt.Errorf("%q in the mix has no weight such as 40", entry)
		}
		name := text.Key(entry[:at])
		if _, twice := weights[name]; twice {
			return nil, fmt.Errorf("the mix names %q twice", name)
		}
		weights[name] = weight
	}
	return weights, nil
}

// electorate is all online voters, in the order in which they vote.
type electorate struct {
	voters []simulated
	order  []int
}

// newElectorate makes the voters of a simulation. It depends on the seed only.
func newElectorate(s Simulation, choosers []chooser) electorate {
	random := newRandom(s.Seed, forVoters)
	e := electorate{voters: make([]simulated, s.Voters)}
	for i := range choosers {
		mine := (s.Voters - i + len(choosers) - 1) / len(choosers)
		var choices []int32
		if s.Mix != "" {
			choices = choosers[i].exact(random, mine)
		}
		for j := range mine {
			v := simulated{place: int32(i), again: -1}
			if choices != nil {
				v.choice = choices[j]
			} else {
				v.choice = choosers[i].draw(random)
			}
			e.voters[i+j*len(choosers)] = v
		}
	}
	for n, at := range random.Perm(s.Voters)[:fraction(s.Voters, s.Double)] {
		v := &e.voters[at]
		v.together = n%2 == 1
		v.again = v.choice
		if !v.together {
			v.again = choosers[v.place].draw(random)
		}
	}
	for n, at := range random.Perm(s.Voters)[:fraction(s.Voters, s.Invalid)] {
		e.voters[at].spoiled = sound + 1 + spoiling(n)%(spoilings-1)
	}
	e.order = newRandom(s.Seed, forOrder).Perm(s.Voters)
	return e
}

// fraction returns a part of n, rounded.
func fraction(n int, of float64) int { return min(n, int(math.Round(float64(n)*of))) }
