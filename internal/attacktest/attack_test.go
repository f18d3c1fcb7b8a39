package attacktest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/sqlite"
)

var runs = flag.Int("runs", 6, "elections to attack")

const (
	candidates = 8
	groups     = 10 // in each election, with a copy stolen after each
	// significant is the bound in standard deviations. The best of 60 strategies that know nothing exceeds
	// it once in 50,000 times or less (one-sided normal tail of 3e-7, times 60).
	significant = 5.0
)

// heist is one attacked election. In each group every candidate gets one vote, from whom is random, so
// that a guess within a group is right once in eight times.
type heist struct {
	folder string
	db     *sqlite.DB
	votes  *online.Service
	closed func() bool
	moved  *time.Duration
	keys   []online.Key
	pairs  []string // of the keys, which the attacker can compute with the stolen secret
	real   map[string]int
}

const secret = "a secret that was stolen together with the database, of course"

func newHeist(t *testing.T) *heist {
	t.Helper()
	h := &heist{folder: t.TempDir(), moved: new(time.Duration), real: map[string]int{}}
	var mutex sync.Mutex
	now := func() time.Time { mutex.Lock(); defer mutex.Unlock(); return time.Now().Add(*h.moved) }
	var err error
	if h.db, err = sqlite.Open(t.Context(), filepath.Join(h.folder, "urna.db"), sqlite.Main); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	log := &audit.Log{Now: now}
	registry := elections.New(h.db, log, elections.Options{Now: now, TimeZone: "UTC"})
	d := elections.Draft{
		Title: "Attacked", Kind: elections.Parliamentary, StartsAt: now().Add(-time.Hour), EndsAt: now().Add(time.Hour),
		Constituencies: []elections.ConstituencyDraft{{Seats: 1}},
	}
	for i := range candidates {
		p, err := registry.CreateParticipant(t.Context(), audit.System(), elections.ParticipantDraft{Name: strconv.Itoa(i), Kind: elections.Party})
		if err != nil {
			t.Fatal(err)
		}
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e, err := registry.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	h.votes, err = online.New(t.Context(), h.db, log, registry, online.Options{
		Now: now, Secret: []byte(secret), Folder: filepath.Join(h.folder, "rolls"), GroupVotes: candidates, GroupWait: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.votes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.votes.Stop)
	h.closed = func() (closed bool) {
		mutex.Lock()
		*h.moved = 2 * time.Hour
		mutex.Unlock()
		err := h.db.Read(t.Context(), func(tx *sqlite.Tx) (err error) {
			closed, err = ballots.VotingClosed(t.Context(), tx, e.ID)
			return err
		})
		return err == nil && closed
	}
	h.issue(t, e)
	return h
}

func (h *heist) issue(t *testing.T, e *elections.Election) {
	t.Helper()
	issued, err := h.votes.Issue(t.Context(), audit.System(), e.ID, func(yield func(online.Voter, error) bool) {
		for i := range candidates * groups {
			if !yield(online.Voter{Line: int64(i + 1), PersonalID: fmt.Sprint("voter ", i)}, nil) {
				return
			}
		}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = issued.Close() }()
	for key, err := range issued.Keys() {
		if err != nil {
			t.Fatal(err)
		}
		h.keys = append(h.keys, key)
		pair, err := online.Pair([]byte(secret), key)
		if err != nil {
			t.Fatal(err)
		}
		h.pairs = append(h.pairs, string(pair))
	}
	rand.Shuffle(len(h.keys), func(i, j int) {
		h.keys[i], h.keys[j] = h.keys[j], h.keys[i]
		h.pairs[i], h.pairs[j] = h.pairs[j], h.pairs[i]
	})
}

// cast has the voters of a group vote one after the other, so that everybody sees in which order.
func (h *heist) cast(t *testing.T, from int) {
	t.Helper()
	var voters sync.WaitGroup
	for i, vote := range rand.Perm(candidates) {
		key := h.keys[from+i]
		h.real[h.pairs[from+i]] = vote + 1
		voters.Go(func() {
			err := h.votes.Cast(context.WithoutCancel(t.Context()), online.Vote{
				Credentials: online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID}, Candidate: strconv.Itoa(vote + 1),
			})
			if err != nil {
				t.Errorf("want every vote accepted, got %v", err)
			}
		})
		time.Sleep(300 * time.Microsecond)
	}
	voters.Wait()
}

// castPlainly does the same without care: in the order in which the voters come.
func (h *heist) castPlainly(t *testing.T, from int) {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *sqlite.Tx) error {
		for i, vote := range rand.Perm(candidates) {
			h.real[h.pairs[from+i]] = vote + 1
			_, err := tx.SQL().ExecContext(t.Context(), `UPDATE voter_keys SET used = 1 WHERE pair = ?;
				INSERT INTO online_ballots SELECT r.election_id, randomblob(16), k.constituency_id, ?
					FROM voter_keys k JOIN voter_rolls r ON r.id = k.roll_id WHERE pair = ?`,
				[]byte(h.pairs[from+i]), vote+1, []byte(h.pairs[from+i]))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// attack steals a copy after every group and guesses within it.
func attack(t *testing.T, h *heist, cast func(*testing.T, int), s *scores) {
	t.Helper()
	before := steal(t, h.folder)
	for group := range groups {
		from := group * candidates
		cast(t, from)
		after := steal(t, h.folder)
		var arrival, fresh []string
		for _, pair := range h.pairs {
			if after.used[pair] && !before.used[pair] {
				arrival = append(arrival, pair)
			}
		}
		for guid := range after.ballots {
			if _, old := before.ballots[guid]; !old {
				fresh = append(fresh, guid)
			}
		}
		if len(arrival) != candidates || len(fresh) != candidates {
			t.Fatalf("want a group of %d in each copy, got %d keys and %d ballots", candidates, len(arrival), len(fresh))
		}
		s.guess(after, arrival, fresh, h.real, 1) // the fixed points of a random permutation have variance 1
		before = after
	}
}

// TestAttack_NoBetterThanChance attacks within the commit groups while voting goes on, and over the whole
// election after the close.
func TestAttack_NoBetterThanChance(t *testing.T) {
	within, whole := newScores(), newScores()
	for range *runs {
		t.Run("run", func(t *testing.T) {
			h := newHeist(t)
			attack(t, h, h.cast, within)
			for deadline := time.Now().Add(30 * time.Second); !h.closed(); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("want the election closed")
				}
			}
			after := steal(t, h.folder)
			var all []string
			for guid := range after.ballots {
				all = append(all, guid)
			}
			n := float64(len(all))
			whole.guess(after, h.pairs, all, h.real, n/candidates*(1-1.0/candidates)*n/(n-1))
		})
	}
	for name, s := range map[string]*scores{"within the commit groups": within, "over the whole election, after the close": whole} {
		fmt.Fprintf(t.Output(), "%s: %v\n", name, s)
		if d, _ := s.best(); d > significant || s.trials == 0 {
			t.Errorf("%s: want no better than chance (%.0f standard deviations), got %v", name, significant, s)
		}
	}
}

// TestAttack_SucceedsAgainstCarelessness shows that the attacker is worth something: ballots that are
// inserted in the order in which the votes come are found out, whatever their GUIDs.
func TestAttack_SucceedsAgainstCarelessness(t *testing.T) {
	s := newScores()
	h := newHeist(t)
	attack(t, h, func(t *testing.T, from int) { h.castPlainly(t, from) }, s) //nolint:thelper // the same shape as cast
	fmt.Fprintf(t.Output(), "against votes stored as they come: %v\n", s)
	if d, _ := s.best(); d < 2*significant {
		t.Errorf("want the attacker to succeed, got %v", s)
	}
}
