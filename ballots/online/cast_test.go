package online_test

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/problem"
)

// TestCast_OneKeyOneVote has a thousand clients present few keys at once, each for any candidate.
func TestCast_OneKeyOneVote(t *testing.T) {
	o := newEnv(t, online.Options{GroupVotes: 8, GroupWait: 20 * time.Millisecond})
	e := o.election(t, 3, nil)
	keys := o.issue(t, e, 40)
	accepted := make([]atomic.Int64, len(keys))
	var clients sync.WaitGroup
	for i := range 1000 {
		clients.Go(func() {
			switch err := o.cast(t, keys[i%len(keys)], strconv.Itoa(1+i%3)); {
			case err == nil:
				accepted[i%len(keys)].Add(1)
			case !errors.Is(err, online.ErrKeyUsed):
				t.Errorf("want accepted or used, got %v", err)
			}
		})
	}
	clients.Wait()
	for i := range accepted {
		if n := accepted[i].Load(); n != 1 {
			t.Errorf("key %d: want one vote accepted, got %d", i, n)
		}
	}
	if n := o.number(t, `SELECT count(*) FROM online_ballots`); n != int64(len(keys)) {
		t.Errorf("want %d ballots, got %d", len(keys), n)
	}
	o.recount(t)
}

// TestCast_EqualsPlainModel casts any votes with any keys in any order and compares with a map.
func TestCast_EqualsPlainModel(t *testing.T) {
	o := newEnv(t, online.Options{GroupVotes: 4, GroupWait: time.Millisecond})
	rapid.Check(t, func(rt *rapid.T) {
		blank := rapid.Bool().Draw(rt, "blank ballots")
		e := o.election(t, 2, func(d *elections.Draft) { d.Rules.BlankBallots = blank })
		keys := o.issue(t, e, 12)
		used, votes := map[int]bool{}, map[int64]int64{}
		for range rapid.IntRange(0, 30).Draw(rt, "votes") {
			key := rapid.IntRange(0, len(keys)-1).Draw(rt, "key")
			candidate := rapid.SampledFrom([]string{"0", "1", "02", "3", "4", "alder", " BIRCH", "Elm"}).Draw(rt, "candidate")
			presented := keys[key]
			wrong := rapid.IntRange(0, 9).Draw(rt, "wrong") == 0
			if wrong {
				presented.GUID = keys[(key+1)%len(keys)].GUID
			}
			var want error
			switch {
			case wrong:
				want = online.ErrInvalidKey
			case used[key]:
				want = online.ErrKeyUsed
			case candidate == "4" || candidate == "Elm" || candidate == "0" && !blank:
				want = online.ErrUnknownCandidate
			default:
				used[key] = true
				votes[presented.ConstituencyID]++
			}
			got := o.cast(t, presented, candidate)
			if errors.Is(got, online.ErrTooManyTries) && wrong {
				continue // the model knows no waits
			}
			if !errors.Is(got, want) {
				rt.Fatalf("want %v, got %v", want, got)
			}
		}
		for _, c := range e.Constituencies {
			if n := o.number(t, `SELECT coalesce(sum(votes), 0) FROM online_tallies WHERE constituency_id = $1`, c.ID); n != votes[c.ID] {
				rt.Fatalf("want %d votes, got %d", votes[c.ID], n)
			}
		}
	})
	o.recount(t)
}

// TestCast_GuessesGetNowhereAndKeepNobodyOut guesses ten thousand times at one voter's key from the
// voter's own address.
func TestCast_GuessesGetNowhereAndKeepNobodyOut(t *testing.T) {
	o := newEnvWithSetClock(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 2)
	looked, longest := 0, int64(0)
	for i := range 10_000 {
		guess := keys[0]
		guess.GUID = fmt.Sprintf("5f0c7c9e-3d2b-4a57-9a0e-%012x", i)
		switch err := o.cast(t, guess, "Alder"); {
		case errors.Is(err, online.ErrInvalidKey):
			looked++
		case errors.Is(err, online.ErrTooManyTries):
			f, _ := errors.AsType[*problem.Error](err)
			wait, _ := f.Extra["retry_after"].(int64)
			longest = max(longest, wait)
		default:
			t.Fatalf("want a refusal, got %v", err)
		}
		if i%10 == 0 { // the guesser is not in a hurry: an hour in all, less than the election lasts
			o.Move(3 * time.Second)
		}
	}
	if looked > 25 || longest != 900 {
		t.Errorf("want few guesses told apart from waits, and waits that grow to 15 minutes, got %d, %d s", looked, longest)
	}
	if err := o.cast(t, keys[1], "Alder"); err != nil {
		t.Errorf("want a neighbour behind the same address let in, got %v", err)
	}
	if err := o.cast(t, keys[0], "Alder"); err != nil {
		t.Errorf("want the voter let in, got %v", err)
	}
}

// TestTallies_MoveByTenOrMore casts votes one by one and looks at what anyone sees after each.
func TestTallies_MoveByTenOrMore(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 35)
	before := int64(0)
	for i, k := range keys {
		if err := o.cast(t, k, strconv.Itoa(1+i%3)); err != nil {
			t.Fatal(err)
		}
		now := o.tally(t, e).Online
		if step := now - before; step != 0 && step < 10 || now < int64(i+1)-9 {
			t.Errorf("after %d votes: want a step of ten or more, and at most nine held back, got %d after %d", i+1, now, before)
		}
		before = now
	}
	if before != 30 {
		t.Errorf("want 30 of 35 votes shown, got %d", before)
	}
}

// TestTallies_StepsAreTheConstituencys casts nine votes in each of two constituencies, and one more.
func TestTallies_StepsAreTheConstituencys(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 2, nil)
	keys := o.issue(t, e, 19)
	shown := func() int64 { return o.number(t, `SELECT coalesce(sum(shown), 0) FROM online_tallies`) }
	for _, k := range keys[:18] {
		if err := o.cast(t, k, "Alder"); err != nil {
			t.Fatal(err)
		}
		if n := shown(); n != 0 {
			t.Fatalf("want nothing shown of fewer than ten votes a constituency, got %d", n)
		}
	}
	if err := o.cast(t, keys[18], "Birch"); err != nil {
		t.Fatal(err)
	}
	if n := shown(); n != 10 {
		t.Errorf("want the ten of one constituency shown, got %d", n)
	}
}

// TestGroups_WaitForOthers casts a vote that is alone, and votes of two constituencies.
func TestGroups_WaitForOthers(t *testing.T) {
	const wait = time.Hour
	o := newEnv(t, online.Options{GroupVotes: 3, GroupWait: wait})
	e := o.election(t, 2, func(d *elections.Draft) { d.EndsAt = d.EndsAt.Add(2 * wait) })
	keys := o.issue(t, e, 8)
	answered := make(chan error, len(keys))
	cast := func(i int) { go func() { answered <- o.cast(t, keys[i], "Alder") }() }
	none := func(because string) {
		t.Helper()
		select {
		case err := <-answered:
			t.Fatalf("want no answer %s, got %v", because, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	cast(0)
	cast(2)
	cast(1) // of the other constituency
	o.sorted(t, 3)
	none("before a group of three is together")
	cast(4)
	for range 3 {
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
	none("for the vote that is alone in its constituency")
	if n := o.number(t, `SELECT count(*) FROM online_ballots`); n != 3 {
		t.Errorf("want one group committed, got %d ballots", n)
	}
	o.Move(wait)
	cast(3) // wakes the collector; its own group is the one that waits
	for range 2 {
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
}

func TestStop_CommitsWhatWaits(t *testing.T) {
	o := newEnv(t, online.Options{GroupVotes: 100, GroupWait: time.Hour})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 30)
	var voters sync.WaitGroup
	var accepted atomic.Int64
	for _, k := range keys[:29] {
		voters.Go(func() {
			if o.cast(t, k, "Alder") == nil {
				accepted.Add(1)
			}
		})
	}
	o.came(t, 29)
	o.votes.Stop()
	o.votes.Stop()
	voters.Wait()
	if n := o.number(t, `SELECT count(*) FROM online_ballots`); n != accepted.Load() || n != 29 {
		t.Errorf("want 29 votes, each accepted and stored, got %d and %d", accepted.Load(), n)
	}
	if err := o.cast(t, keys[29], "Alder"); !errors.Is(err, online.ErrOverloaded) {
		t.Errorf("want no vote after the stop, got %v", err)
	}
	_ = o.db.Close()
	goleak.VerifyNone(t, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

func TestCast_FullBoxRefuses(t *testing.T) {
	o := newEnv(t, online.Options{GroupVotes: 1000, GroupWait: time.Hour, MaxWaiting: 10})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 60)
	answers := make(chan error, len(keys))
	for _, k := range keys {
		go func() { answers <- o.cast(t, k, "Alder") }()
	}
	for range 50 {
		if err := <-answers; !errors.Is(err, online.ErrOverloaded) {
			t.Fatalf("want 50 of 60 votes refused while ten may wait, got %v", err)
		}
	}
	o.votes.Stop()
	for range 10 {
		if err := <-answers; err != nil {
			t.Errorf("want the ten that waited accepted, got %v", err)
		}
	}
}

// TestBusy_WhileVotesAreCommitted looks after a guess, after a vote, and later.
func TestBusy_WhileVotesAreCommitted(t *testing.T) {
	o := newEnvWithSetClock(t, online.Options{})
	keys := o.issue(t, o.election(t, 1, nil), 2)
	busy := func(want bool, when string) {
		t.Helper()
		if got := o.votes.Busy(); got != want {
			t.Errorf("%s: want busy %v, got %v", when, want, got)
		}
	}
	busy(false, "before the first vote")
	guess := keys[0]
	guess.GUID = keys[1].GUID
	if err := o.cast(t, guess, "Alder"); !errors.Is(err, online.ErrInvalidKey) {
		t.Fatalf("want a refusal, got %v", err)
	}
	busy(false, "after a guess")
	if err := o.cast(t, keys[0], "Alder"); err != nil {
		t.Fatal(err)
	}
	busy(true, "after a vote")
	o.Move(9 * time.Second)
	busy(true, "nine seconds later")
	o.Move(2 * time.Second)
	busy(false, "eleven seconds later")
	if err := o.cast(t, keys[1], "Alder"); err != nil {
		t.Fatal(err)
	}
	o.Move(-time.Minute)
	busy(false, "after the clock jumped back")
}
