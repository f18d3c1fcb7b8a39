package attacktest

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// loot is a copy of the data folder's database at one moment.
type loot struct {
	file, log []byte
	used      map[string]bool // pairs of used keys
	ballots   map[string]int  // GUID → poll number
}

// steal copies the database with its log and reads the copy, as a thief would, without the program.
func steal(t *testing.T, folder string) loot {
	t.Helper()
	l := loot{used: map[string]bool{}, ballots: map[string]int{}}
	copied := filepath.Join(t.TempDir(), "urna.db")
	for suffix, into := range map[string]*[]byte{"": &l.file, "-wal": &l.log} {
		var err error
		if *into, err = os.ReadFile(filepath.Join(folder, "urna.db"+suffix)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, *into, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite3", copied)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	each(t, db, `SELECT pair, 0 FROM voter_keys WHERE used`, func(pair string, _ int) { l.used[pair] = true })
	each(t, db, `SELECT guid, poll_number FROM online_ballots`, func(guid string, poll int) { l.ballots[guid] = poll })
	return l
}

func each(t *testing.T, db *sql.DB, query string, do func(string, int)) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var blob []byte
		var n int
		if err := rows.Scan(&blob, &n); err != nil {
			t.Fatal(err)
		}
		do(string(blob), n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// An order is a way in which an attacker may put keys or ballots: by a number for each.
type order struct {
	name string
	of   func(l loot, item string) int
}

// orders are by the item itself, and by where its bytes stand: first and last, in the file and the log.
func orders() []order {
	return []order{
		{"by value", nil},
		{"by place in the file", func(l loot, item string) int { return bytes.Index(l.file, []byte(item)) }},
		{"by last place in the file", func(l loot, item string) int { return bytes.LastIndex(l.file, []byte(item)) }},
		{"by place in the log", func(l loot, item string) int { return bytes.Index(l.log, []byte(item)) }},
		{"by last place in the log", func(l loot, item string) int { return bytes.LastIndex(l.log, []byte(item)) }},
	}
}

func (o order) sort(l loot, items []string) []string {
	items = slices.Sorted(slices.Values(items))
	if o.of == nil {
		return items
	}
	places := make(map[string]int, len(items))
	for _, item := range items {
		places[item] = o.of(l, item)
	}
	slices.SortStableFunc(items, func(a, b string) int { return cmp.Compare(places[a], places[b]) })
	return items
}

// scores are the hits of every strategy.
type scores struct {
	hits   map[string]int
	trials int     // ballots that were assigned
	spread float64 // the variance of the hits of a strategy that knows nothing
}

func newScores() *scores { return &scores{hits: map[string]int{}} }

// guess pairs keys with ballots in every combination of orders, forwards and backwards. The votes tell what each
// key really voted; arrival is the order in which the voters were seen to vote.
func (s *scores) guess(l loot, arrival, ballots []string, votes map[string]int, variance float64) {
	keyOrders := map[string][]string{"as they came": arrival}
	for _, o := range orders() {
		keyOrders[o.name] = o.sort(l, arrival)
	}
	ballotOrders := map[string][]string{}
	for _, o := range orders() {
		ballotOrders[o.name] = o.sort(l, ballots)
	}
	for keyOrder, keys := range keyOrders {
		for ballotOrder, sorted := range ballotOrders {
			for i, key := range keys {
				if votes[key] == l.ballots[sorted[i]] {
					s.hits[keyOrder+" / "+ballotOrder]++
				}
				if votes[key] == l.ballots[sorted[len(sorted)-1-i]] {
					s.hits[keyOrder+" / backwards "+ballotOrder]++
				}
			}
		}
	}
	s.trials += len(ballots)
	s.spread += variance
}

// best returns how many standard deviations the best strategy is above chance, which is a hit in every
// eight ballots.
func (s *scores) best() (deviations float64, name string) {
	deviations = math.Inf(-1)
	for strategy, hits := range s.hits {
		if d := (float64(hits) - float64(s.trials)/candidates) / math.Sqrt(s.spread); d > deviations {
			deviations, name = d, strategy
		}
	}
	return deviations, name
}

func (s *scores) String() string {
	d, name := s.best()
	return fmt.Sprintf("%d ballots; the best of %d strategies, keys and ballots %s, has %d hits where chance has %.0f: %.1f standard deviations",
		s.trials, len(s.hits), name, s.hits[name], float64(s.trials)/candidates, d)
}
