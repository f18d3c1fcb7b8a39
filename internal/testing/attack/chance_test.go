package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// significance is how improbable the best strategy's hits must be, if no strategy knew anything, before the
// attacker is said to know something: about once in a million runs of the test.
const significance = 1e-6

// luck returns an upper bound of the probability that a strategy which knows nothing has so many hits or
// more in so many groups.
//
// In each group every candidate gets one vote, from whom is random. Whatever is guessed, be it every
// candidate once or one of them all the time, no factorial moment of the hits in a group is above 1
// (Maclaurin's inequality), so that E exp(s·hits) <= exp(exp(s) - 1) for s >= 0, as for a Poisson variable of
// mean 1. Chernoff's bound for the sum over all groups is then exp(hits - groups - hits·ln(hits/groups)).
func luck(hits, groups int) float64 {
	if hits <= groups {
		return 1
	}
	h, g := float64(hits), float64(groups)
	return math.Exp(h - g - h*math.Log(h/g))
}

// scores are the hits of every strategy.
type scores struct {
	hits   map[strategy]int
	groups int
	alike  int // how many votes of a group are one, because its voters vote alike
}

// strategy is a way of pairing: keys in one order, ballots in another, forwards or backwards.
type strategy struct {
	keys, ballots string
	backwards     bool
}

func (s strategy) String() string {
	direction := ""
	if s.backwards {
		direction = "backwards "
	}
	return fmt.Sprintf("keys %s, ballots %s%s", s.keys, direction, s.ballots)
}

func newScores() *scores { return &scores{hits: map[strategy]int{}, alike: 1} }

// best returns the strategy with the most hits among those whose order of ballots is one of the given ones,
// or among all.
func (s *scores) best(ballotOrders ...string) (best strategy, hits int) {
	among := map[string]bool{}
	for _, name := range ballotOrders {
		among[name] = true
	}
	hits = -1
	for strategy, n := range s.hits {
		if n > hits && (len(among) == 0 || among[strategy.ballots]) {
			best, hits = strategy, n
		}
	}
	return best, hits
}

// chance returns the probability that the best of all strategies does as well as it did, or better, though
// none knows anything, or rather an upper bound of it.
func (s *scores) chance() float64 {
	_, hits := s.best()
	return min(1, s.probability(hits))
}

// probability returns an upper bound of the probability that one of all strategies has so many hits, if none knows anything.
// Where the votes of a group are alike, the bound for one vote of each group holds for their average too, because exp is convex.
func (s *scores) probability(hits int) float64 {
	return float64(len(s.hits)) * luck(hits/s.alike, s.groups/s.alike)
}

func (s *scores) String() string {
	best, hits := s.best()
	return fmt.Sprintf("%d votes in %d groups; the best of %d strategies (%s) is right for %d where guessing is for %d: probability %.2g at most",
		s.groups*candidates, s.groups, len(s.hits), best, hits, s.groups, s.chance())
}

// TestLuck_IsABound compares with guesses that know nothing, of both extreme kinds.
func TestLuck_IsABound(t *testing.T) {
	const groups, tries = 20, 20_000
	random := rand.New(rand.NewPCG(1, 2))
	for name, guess := range map[string]func(i int) int{
		"every candidate once":     func(i int) int { return i },
		"one candidate, always":    func(int) int { return 0 },
		"two candidates, in turns": func(i int) int { return i % 2 },
	} {
		reached := make([]int, groups*candidates+1)
		for range tries {
			hits := 0
			for range groups {
				for i, vote := range random.Perm(candidates) {
					if vote == guess(i) {
						hits++
					}
				}
			}
			for h := range hits + 1 {
				reached[h]++
			}
		}
		for h := groups; h < len(reached); h++ {
			if often := float64(reached[h]) / tries; often > luck(h, groups)+0.02 {
				t.Errorf("%s: want %d hits in %d groups at most in %.3f of all tries, got %.3f", name, h, groups, luck(h, groups), often)
			}
		}
	}
	if p := luck(2*groups, groups); p > 0.001 {
		t.Errorf("want twice as many hits as chance has improbable, got %v", p)
	}
}
