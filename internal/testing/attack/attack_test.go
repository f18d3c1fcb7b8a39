package attack

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"urna/internal/testing/program"
)

var runs = flag.Int("runs", 6, "elections to attack")

// together is how many elections share a folder and a program: starting one costs more than attacking one.
const together = 20

// attack has voters vote in every election of the server, group after group, with a theft after each round, and
// guesses within the groups. It returns what was stolen at the end.
func (e *env) attack(t *testing.T, vote cast, groups int, s *scores) evidence {
	t.Helper()
	before := e.remember(e.steal(t, e))
	for group := range groups {
		news := map[*contest]map[string]string{}
		for _, c := range e.elections {
			e.news(c) // the log's lines about others
			vote(t, e, c, group*candidates)
			news[c] = e.news(c)
		}
		if group%2 == 1 { // thefts of both kinds: the votes are in the log alone, or in the file too
			e.sql(t, e.checkpoint)
		}
		after := e.remember(e.steal(t, e))
		for _, c := range e.elections {
			k := knowledge{evidence: after, names: c.names, known: e.known, records: news[c]}
			k.came, k.told = c.came[group*candidates:], c.told[group*candidates:]
			s.guess(k, c.fresh(t, after, before), e.votes, 1)
		}
		before = after
	}
	return before
}

// fresh returns the ballots of an election that came between two thefts. The voters of that time are in the
// stolen keys, too: the attacker needs no list.
func (c *contest) fresh(t *testing.T, after, before evidence) (ballots []string) {
	t.Helper()
	used := 0
	for _, pair := range c.pairs {
		if after.used[pair] && !before.used[pair] {
			used++
		}
	}
	for guid, election := range after.of {
		if _, old := before.ballots[guid]; !old && election == c.id {
			ballots = append(ballots, guid)
		}
	}
	if used != candidates || len(ballots) != candidates {
		t.Fatalf("want a group of %d between two thefts, got %d keys and %d ballots", candidates, used, len(ballots))
	}
	return ballots
}

// attackWhole guesses over whole elections, with one theft and everything that was said.
func (e *env) attackWhole(l evidence, groups int, s *scores) {
	for _, c := range e.elections {
		var all []string
		for guid, election := range l.of {
			if election == c.id {
				all = append(all, guid)
			}
		}
		k := knowledge{evidence: l, names: c.names, known: e.known, records: e.records(c), came: c.came, told: c.told}
		s.guess(k, all, e.votes, groups)
	}
}

// TestAttack_NoBetterThanChance attacks within the commit groups while voting goes on, and over the whole
// election after the close.
func TestAttack_NoBetterThanChance(t *testing.T) {
	binary := program.Build(t)
	onEach(t, func(t *testing.T, open func(*testing.T) home) {
		t.Helper()
		noBetterThanChance(t, binary, open)
	})
}

func noBetterThanChance(t *testing.T, binary string, open func(*testing.T) home) {
	t.Helper()
	within, whole := newScores(), newScores()
	for left := *runs; left > 0; left -= together {
		t.Run("server", func(t *testing.T) {
			// Published as often as the attacker looks: what protects votes here is not the interval, but the steps.
			e := newEnv(t, open(t), binary, min(left, together), groups, nil, "--metrics-every", "10ms", "--vote-group", strconv.Itoa(candidates), "--vote-wait", "1m")
			e.backsUp = e.database == "" // PostgreSQL has programs of its own for it
			e.attack(t, overHTTP, groups, within)
			e.end(t)
			now := e.steal(t, e)
			e.attackWhole(now, groups, whole)
			e.wantErased(t, now)
		})
		if t.Failed() {
			return
		}
	}
	for name, s := range map[string]*scores{"within the commit groups": within, "over the whole election, after the close": whole} {
		fmt.Fprintf(t.Output(), "%d elections, %s: %v\n", *runs, name, s)
		if s.groups != *runs*groups || s.chance() < significance {
			t.Errorf("%s: want no better than chance, got %v", name, s)
		}
	}
}

// orders returns the names of the orders of ballots that rest on a source.
func (s *scores) orders(source string) []string {
	names := map[string]bool{}
	for strategy := range s.hits {
		for _, what := range []string{"first place", "last place", "first name", "last name", "first number", "last number"} {
			if strategy.ballots == "by "+what+" in the "+source {
				names[strategy.ballots] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
