package attack

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"urna/internal/testing/program"
)

// remember keeps what a theft before the close found, to look for it after the close.
func (e *env) remember(l evidence) evidence {
	for guid := range l.ballots {
		e.old[guid] = true
	}
	e.marked = append(e.marked, l.marked...)
	return l
}

// wantErased looks for the ballots' GUIDs and the flags of keys from before the close in everything that the database has on the
// disk now. Where rows name their transactions, those of groups have one.
func (e *env) wantErased(t *testing.T, now evidence) {
	t.Helper()
	content := e.everything(t)
	if found := find(content, e.old); len(found) > 0 || len(e.old) == 0 {
		t.Errorf("want none of %d old GUIDs left on the disk after the close, got %d", len(e.old), len(found))
	}
	if found := find(content, e.items(now)); len(found) != len(e.items(now)) {
		t.Errorf("want %d keys and ballots found on the disk, got %d: the search is worth nothing", len(e.items(now)), len(found))
	}
	left := 0
	for _, flags := range e.marked {
		last := slices.ContainsFunc(now.marked, func(row []byte) bool { return bytes.Equal(row, flags) })
		if !last && telling(flags) && bytes.Contains(content, flags) {
			left++
		}
	}
	if left > 0 {
		t.Errorf("want no earlier flags of keys left on the disk, got %d of %d", left, len(e.marked))
	}
	if e.database == "" {
		return
	}
	for _, table := range []string{"online_ballots", "online_tallies", "online_sums", "voter_flags", "voter_keys", "keyed_voters", "shown_changes"} {
		var transactions int
		if err := e.beside.QueryRowContext(t.Context(), `SELECT count(DISTINCT xmin::text) FROM `+table).Scan(&transactions); err != nil || transactions > 1 {
			t.Errorf("want one transaction in %s, got %d, %v", table, transactions, err)
		}
	}
}

// telling reports whether flags have so many bytes that no others have them by chance.
func telling(flags []byte) bool { return len(flags)-bytes.Count(flags, []byte{0}) >= 5 }

// alike has all voters of a group vote for one candidate, so that a person who knows the groups knows all votes. Each candidate
// has one of the groups.
func alike() cast {
	order := map[*contest][]int{}
	return func(t *testing.T, e *env, c *contest, from int) {
		t.Helper()
		if order[c] == nil {
			order[c] = rand.Perm(candidates)
		}
		e.castOverHTTP(t, c, from, slices.Repeat(order[c][from/candidates:][:1], candidates))
	}
}

// perElection are scores of votes that were alike in each group: luck is that of so many single votes as there are groups, since
// a strategy that is right for one vote of a group may be right for all.
func perElection() *scores {
	s := newScores()
	s.alike = candidates
	return s
}

// vote has all groups of all elections vote, and returns all that can be stolen then. What tables had after each round is remembered.
func (e *env) vote(t *testing.T, vote cast, groups int) evidence {
	t.Helper()
	for group := range groups {
		for _, c := range e.elections {
			vote(t, e, c, group*candidates)
		}
		l := newEvidence()
		l.read(t, e.beside)
		e.remember(l)
		if e.database != "" { // SQLite's log has no old groups after a checkpoint
			e.sql(t, e.checkpoint)
		}
	}
	return e.steal(t, e)
}

var inGroups = []string{"--vote-group", strconv.Itoa(candidates), "--vote-wait", "1m"}

// contests is how many elections are attacked together after their close.
const contests = 4

// TestAttack_TheCloseErasesGroups has the voters of each group vote alike. Before the close the attacker finds all of them
// out by the groups; after it no more, and nothing of the groups is left.
func TestAttack_TheCloseErasesGroups(t *testing.T) {
	binary := program.Build(t)
	onEach(t, func(t *testing.T, open func(*testing.T) home) {
		t.Helper()
		before, after := perElection(), perElection()
		e := newEnv(t, open(t), binary, contests, candidates, nil, inGroups...)
		e.unseen = true
		e.attackWhole(e.vote(t, alike(), candidates), candidates, before)
		fmt.Fprintf(t.Output(), "before the close: %v\n", before)
		if before.chance() > significance {
			t.Errorf("want the attacker to know the groups before the close, got %v", before)
		}
		e.end(t)
		now := e.steal(t, e)
		e.attackWhole(now, candidates, after)
		fmt.Fprintf(t.Output(), "after the close: %v\n", after)
		if after.chance() < significance {
			t.Errorf("want no better than chance after the close, got %v", after)
		}
		e.wantErased(t, now)
	})
}

// TestAttack_FindsACarelessClose closes elections on PostgreSQL in ways that leave the groups somewhere.
func TestAttack_FindsACarelessClose(t *testing.T) {
	binary := program.Build(t)
	const shuffle = `UPDATE online_ballots SET guid = substring(sha256(uuid_send(gen_random_uuid())) FROM 1 FOR 16)`
	again := []string{
		`CREATE TEMP TABLE kept AS TABLE online_ballots`, `TRUNCATE online_ballots`, `INSERT INTO online_ballots SELECT * FROM kept ORDER BY guid`, `DROP TABLE kept`,
	}
	newLog := []string{
		`SELECT pg_logical_emit_message(false, 'careless', '')`, `SELECT pg_switch_wal()`, `CHECKPOINT`,
		`SELECT pg_logical_emit_message(false, 'careless', '')`, `SELECT pg_switch_wal()`, `CHECKPOINT`,
	}
	for name, c := range map[string]struct {
		acts   []string
		source string // which betrays the groups
	}{
		"VACUUM FULL alone":               {slices.Concat([]string{`VACUUM FULL`}, newLog), fromTransactions},
		"other GUIDs and VACUUM FULL":     {slices.Concat([]string{shuffle, `VACUUM FULL`}, newLog), fromRows},
		"new tables, and the log is left": {slices.Concat([]string{shuffle}, again, []string{`CHECKPOINT`}), fromLog},
	} {
		t.Run(name, func(t *testing.T) {
			s := perElection()
			e := newEnv(t, openPostgres(t), binary, contests, candidates, nil, inGroups...)
			e.unseen = true
			e.vote(t, alike(), candidates)
			e.on(t, c.acts)
			e.attackWhole(e.steal(t, e), candidates, s)
			best, hits := s.best(s.orders(c.source)...)
			fmt.Fprintf(t.Output(), "%s: by the %s %d of %d votes found out (%v)\n", name, c.source, hits, s.groups*candidates, best)
			if p := s.probability(hits); p > significance {
				t.Errorf("want the attacker to find the groups by the %s, got %d hits in %d groups", c.source, hits, s.groups)
			}
		})
	}
}

// on executes statements on one connection beside the program.
func (e *env) on(t *testing.T, statements []string) {
	t.Helper()
	c, err := e.beside.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, s := range statements {
		if _, err := c.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
