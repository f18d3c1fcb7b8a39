package online_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"urna/ballots/online"
)

// TestCast_KeysOfSeveralRows votes with keys whose flags are in different rows, and in bytes side by side.
func TestCast_KeysOfSeveralRows(t *testing.T) {
	const inRow = 32_000
	o := newEnv(t, online.Options{GroupVotes: 8, GroupWait: time.Millisecond})
	e := o.election(t, 2, nil)
	keys := o.issue(t, e, inRow+17)
	o.issue(t, o.election(t, 1, nil), 9)
	if n := o.number(t, `SELECT count(*) FROM voter_flags WHERE roll_id = 1`); n != 2 {
		t.Fatalf("want the flags in two rows, got %d", n)
	}
	voted := rand.Perm(len(keys))[:300]
	answers := make(chan error)
	for _, i := range voted {
		go func() { answers <- o.cast(t, keys[i], "Birch") }()
	}
	for range voted {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	o.recount(t)
	if n := o.number(t, `SELECT count(*) FROM used_voter_keys`); n != 300 {
		t.Errorf("want 300 used keys, got %d", n)
	}
	used := map[int]bool{}
	for _, i := range voted {
		used[i] = true
	}
	for i := range keys {
		if i > 200 && i < len(keys)-50 && !used[i] {
			continue
		}
		want := error(nil)
		if used[i] {
			want = online.ErrKeyUsed
		}
		if err := o.cast(t, keys[i], "Alder"); !errors.Is(err, want) {
			t.Fatalf("key %d: want %v, got %v", i, want, err)
		}
	}
	o.recount(t)
}

// TestCast_KeyTakenAwayWhileItsVoteWaits has keys go between their look-up and their commit; other votes of
// the same group count.
func TestCast_KeyTakenAwayWhileItsVoteWaits(t *testing.T) {
	for name, takeAway := range map[string]func(o *env, electionID, rollID int64, k online.Key) error{
		"reissued": func(o *env, electionID, _ int64, k online.Key) error {
			_, err := o.votes.Reissue(t.Context(), ada, electionID, k.PersonalID)
			return err
		},
		"revoked": func(o *env, electionID, _ int64, k online.Key) error {
			return o.votes.Revoke(t.Context(), ada, electionID, k.PersonalID)
		},
		"withdrawn": func(o *env, _, rollID int64, _ online.Key) error {
			return o.votes.Withdraw(t.Context(), ada, rollID, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newEnv(t, online.Options{GroupVotes: 3, GroupWait: time.Hour})
			e := o.election(t, 1, nil)
			first, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 1), nil)
			if err != nil {
				t.Fatal(err)
			}
			gone := keysOf(t, first)[0]
			stay, err := o.votes.Issue(t.Context(), ada, e.ID, func(yield func(online.Voter, error) bool) {
				_ = yield(online.Voter{Line: 1, PersonalID: "one"}, nil) && yield(online.Voter{Line: 2, PersonalID: "two"}, nil)
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			others := keysOf(t, stay)
			answer := make(chan error, 3)
			go func() { answer <- o.cast(t, gone, "Alder") }()
			o.sorted(t, 1) // and waits for two others
			if err := takeAway(o, e.ID, first.Roll.ID, gone); err != nil {
				t.Fatal(err)
			}
			counted := 0
			for _, k := range others {
				go func() { answer <- o.cast(t, k, "Birch") }()
			}
			for range 3 {
				switch err := <-answer; {
				case err == nil:
					counted++
				case !errors.Is(err, online.ErrInvalidKey):
					t.Errorf("want the key that is gone refused, got %v", err)
				}
			}
			if counted != 2 {
				t.Errorf("want the two other votes counted, got %d", counted)
			}
			if n := o.number(t, `SELECT coalesce(sum(votes), 0) FROM online_tallies WHERE poll_number = 1`); n != 0 {
				t.Error("want nothing counted for a key that is gone")
			}
			o.recount(t)
		})
	}
}

// TestIssue_FlagsTellNothing compares the order of flags with those of the roll and of the hashes.
func TestIssue_FlagsTellNothing(t *testing.T) {
	const voters = 2_000
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, voters)
	byPair := o.number(t, `SELECT count(*) FROM (SELECT flag - lag(flag) OVER (ORDER BY pair) AS step FROM voter_keys) AS steps WHERE abs(step) = 1`)
	if byPair > 20 { // two are expected
		t.Errorf("want the order of flags to be that of nothing, got %d neighbours by their hashes", byPair)
	}
	neighbours, before := 0, int64(0)
	for _, k := range keys[:300] {
		sum := o.number(t, `SELECT coalesce(sum(flag), 0) FROM voter_keys WHERE pair IN (SELECT pair FROM used_voter_keys)`)
		if err := o.cast(t, k, "Alder"); err != nil {
			t.Fatal(err)
		}
		flag := o.number(t, `SELECT sum(flag) FROM voter_keys WHERE pair IN (SELECT pair FROM used_voter_keys)`) - sum
		if flag == before-1 || flag == before+1 {
			neighbours++
		}
		before = flag
	}
	if neighbours > 8 { // one in three such tests has one
		t.Errorf("want the order of flags to be that of nothing, got %d neighbours by the roll", neighbours)
	}
}

// TestWithdraw_ReleasesFlags keeps only the rows that used keys have their flags in.
func TestWithdraw_ReleasesFlags(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 32_100), nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := keysOf(t, issued)
	if err := o.cast(t, keys[0], "Alder"); err != nil {
		t.Fatal(err)
	}
	if err := o.votes.Withdraw(t.Context(), ada, issued.Roll.ID, ""); err != nil {
		t.Fatal(err)
	}
	if n := o.number(t, `SELECT count(*) FROM voter_flags`); n != 1 {
		t.Errorf("want one row left, got %d", n)
	}
	if err := o.cast(t, keys[0], "Alder"); !errors.Is(err, online.ErrKeyUsed) {
		t.Errorf("want the used key used, got %v", err)
	}
	if err := o.votes.Withdraw(t.Context(), ada, issued.Roll.ID, ""); !errors.Is(err, online.ErrUnknownRoll) {
		t.Errorf("want it withdrawn once, got %v", err)
	}
	o.recount(t)
}
