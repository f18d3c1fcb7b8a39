package online_test

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/testing/faultvfs"
)

// colleague is a second service over the same folder, as a command beside the server is; it takes no votes.
func (o *env) colleague(t *testing.T) *online.Service {
	t.Helper()
	votes, err := online.New(t.Context(), o.db, &audit.Log{Now: o.Now}, o.registry, online.Options{
		Now: o.Now, Secret: []byte(secret), Folder: filepath.Join(o.folder, "rolls"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return votes
}

// TestIssue_OneAtATime has a second service ask while a first one reads a roll, and start while it stores the keys.
func TestIssue_OneAtATime(t *testing.T) {
	o := newEnv(t, online.Options{})
	e, other := o.election(t, 1, nil), o.election(t, 1, nil)
	colleague := o.colleague(t)
	reading := func(yield func(online.Voter, error) bool) {
		for v, err := range roll(e, 3) {
			if _, err := colleague.Issue(t.Context(), ada, other.ID, roll(other, 3), nil); !errors.Is(err, online.ErrIssueUnderWay) {
				t.Errorf("want one roll at a time, got %v", err)
			}
			if !yield(v, err) {
				return
			}
		}
	}
	var once sync.Once
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, reading, func(p online.Progress) {
		if p.Issued > 0 {
			once.Do(func() {
				starter := o.colleague(t)
				if err := starter.Start(t.Context()); err != nil {
					t.Errorf("want a server started while a command issues, got %v", err)
				}
				starter.Stop()
			})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keysOf(t, issued) {
		if err := o.cast(t, k, "Alder"); err != nil {
			t.Errorf("want nothing taken from an issue that is under way, got %v", err)
		}
	}
	after, err := colleague.Issue(t.Context(), ada, other.ID, roll(other, 3), nil)
	if err != nil {
		t.Fatalf("want the next roll issued after the first, got %v", err)
	}
	if n := len(keysOf(t, after)); n != 3 {
		t.Errorf("want three keys, got %d", n)
	}
	o.recount(t)
}

// TestIssue_FindsVotersAnywhereInARoll has a key for the first and for the last voter of a roll that is looked
// up in parts.
func TestIssue_FindsVotersAnywhereInARoll(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	const voters = 12_000
	all := func(yield func(online.Voter, error) bool) {
		n := 0
		for v, err := range roll(e, voters) {
			if n++; (n == 1 || n == 7000 || n == voters) && !yield(v, err) {
				return
			}
		}
	}
	first, err := o.votes.Issue(t.Context(), ada, e.ID, all, nil)
	if err != nil {
		t.Fatal(err)
	}
	keysOf(t, first)
	_, err = o.votes.Issue(t.Context(), ada, e.ID, roll(e, voters), nil)
	f, ok := errors.AsType[*problem.Error](err)
	if !ok || f.Extra["problems"] != int64(3) || len(f.Fields) != 3 {
		t.Fatalf("want three problems, got %v", err)
	}
	for i, want := range []string{"line 1", "line 7000", "line 12000"} {
		if got := f.Fields[i]; got.Name != want || !strings.Contains(got.Message.String(), "has a key") {
			t.Errorf("want %s named, got %+v", want, got)
		}
	}
}

// TestIssue_ProblemsInTheOrderOfLines has the first problem found last.
func TestIssue_ProblemsInTheOrderOfLines(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	o.issue(t, e, 2)
	faulty := func(yield func(online.Voter, error) bool) {
		for v, err := range roll(e, 7_000) {
			if v.Line > 2 && v.Line%2 == 0 {
				v.PersonalID = ""
			}
			if !yield(v, err) {
				return
			}
		}
	}
	_, err := o.votes.Issue(t.Context(), ada, e.ID, faulty, nil)
	f, ok := errors.AsType[*problem.Error](err)
	if !ok || f.Extra["problems"] != int64(2+3_499) || len(f.Fields) != 20 {
		t.Fatalf("want the first 20 of 3501 problems, got %v", err)
	}
	want := []string{"line 1", "line 2", "line 4", "line 6", "line 8"}
	for i, name := range want {
		if f.Fields[i].Name != name {
			t.Errorf("want %s as problem %d, got %s", name, i+1, f.Fields[i].Name)
		}
	}
}

func TestIssue_RollsAreBounded(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	taken := 0
	endless := func(yield func(online.Voter, error) bool) {
		for yield(online.Voter{Problem: messages.Verbatim("nothing to be remembered of it")}, nil) {
			taken++
		}
	}
	if _, err := o.votes.Issue(t.Context(), ada, e.ID, endless, nil); err == nil || !strings.Contains(err.Error(), "at most 3000000 voters") {
		t.Errorf("want a roll without an end refused, got %v", err)
	}
	if taken != 3_000_000 {
		t.Errorf("want no voter taken beyond that, got %d", taken)
	}
}

// TestIssue_CancelledLeavesNothing cancels an issue while its keys are being stored.
func TestIssue_CancelledLeavesNothing(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := o.votes.Issue(ctx, ada, e.ID, roll(e, 20_000), func(p online.Progress) {
		if p.Issued > 0 {
			cancel()
		}
	})
	if err == nil {
		t.Fatal("want the issue broken off")
	}
	if rolls, err := o.votes.Rolls(t.Context(), e.ID); err != nil || len(rolls) != 1 || rolls[0].State != online.RollWithdrawn {
		t.Errorf("want what was stored removed at once, got %+v, %v", rolls, err)
	}
	if n, err := o.votes.Keys(t.Context(), e.ID); err != nil || n != 0 {
		t.Errorf("want no key, got %d, %v", n, err)
	}
	if n := o.number(t, `SELECT (SELECT count(*) FROM voter_keys) + (SELECT count(*) FROM keyed_voters)`); n != 0 {
		t.Errorf("want nothing of the voters left, got %d", n)
	}
	o.recount(t)
}

// TestKeys_ChangesAreTold watches what the public pages are told of.
func TestKeys_ChangesAreTold(t *testing.T) {
	var mutex sync.Mutex
	var told []int64
	o := newEnv(t, online.Options{OnCommit: func(electionID int64) {
		mutex.Lock()
		defer mutex.Unlock()
		told = append(told, electionID)
	}})
	e := o.election(t, 1, nil)
	since := func() []int64 {
		mutex.Lock()
		defer mutex.Unlock()
		defer func() { told = nil }()
		return told
	}
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	keysOf(t, issued)
	if got := since(); !slices.Contains(got, e.ID) {
		t.Error("want it told that keys were issued")
	}
	if err := o.votes.Revoke(t.Context(), ada, e.ID, "person-0-of-election-1"); err != nil {
		t.Fatal(err)
	}
	if got := since(); !slices.Contains(got, e.ID) {
		t.Error("want it told that a key was revoked")
	}
	if err := o.votes.Withdraw(t.Context(), ada, issued.Roll.ID, ""); err != nil {
		t.Fatal(err)
	}
	if got := since(); !slices.Contains(got, e.ID) {
		t.Error("want it told that a roll was withdrawn")
	}
	o.Move(2 * time.Hour)
	o.waitForClose(t, e)
	deadline := time.Now().Add(time.Minute)
	for got := since(); len(got) < 2; got = append(got, since()...) { // when it closes, and when all votes are shown
		if time.Now().After(deadline) {
			t.Fatalf("want the close told twice, got %v", got)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// bigRoll issues more keys than a withdrawal removes at once, and has one of them vote.
func (o *env) bigRoll(t *testing.T) (e *elections.Election, rollID int64, used online.Key) {
	t.Helper()
	e = o.election(t, 1, nil)
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 45_000), nil)
	if err != nil {
		t.Fatal(err)
	}
	next, stop := iter.Pull2(issued.Keys())
	used, err, _ = next()
	stop()
	if err := errors.Join(err, issued.Close(), o.cast(t, used, "Alder")); err != nil {
		t.Fatal(err)
	}
	return e, issued.Roll.ID, used
}

// wantWithdrawn wants nothing left of a roll but a key that was used.
func (o *env) wantWithdrawn(t *testing.T, e *elections.Election) {
	t.Helper()
	if rolls, err := o.votes.Rolls(t.Context(), e.ID); err != nil || rolls[0].State != online.RollWithdrawn || rolls[0].Keys != 45_000 {
		t.Errorf("want the roll withdrawn, got %+v, %v", rolls, err)
	}
	if n, err := o.votes.Keys(t.Context(), e.ID); err != nil || n != 1 {
		t.Errorf("want the used key left, got %d, %v", n, err)
	}
	o.recount(t)
}

// TestWithdraw_GoesOnAfterARestart has the disk fail between the parts of a withdrawal.
func TestWithdraw_GoesOnAfterARestart(t *testing.T) {
	o, disk := newEnvOnFailingDisk(t)
	e, rollID, used := o.bigRoll(t)
	// After a vote the first commit moves the log into the file, too, with two syncs more.
	disk.Arm(faultvfs.Fault{Act: faultvfs.Sync, Nth: 4, Times: 1, Code: faultvfs.SyncError})
	if err := o.votes.Withdraw(t.Context(), ada, rollID, ""); err == nil {
		t.Fatal("want the withdrawal broken off")
	}
	disk.Arm(faultvfs.Fault{})
	if rolls, err := o.votes.Rolls(t.Context(), e.ID); err != nil || rolls[0].State != online.RollWithdrawing {
		t.Fatalf("want the withdrawal begun, got %+v, %v", rolls, err)
	}
	if _, err := o.votes.Reissue(t.Context(), ada, e.ID, "person-7-of-election-1"); !errors.Is(err, online.ErrUnknownVoter) {
		t.Errorf("want no key of the roll good any more, got %v", err)
	}
	if err := o.cast(t, used, "Birch"); !errors.Is(err, online.ErrKeyUsed) {
		t.Errorf("want the used key used, got %v", err)
	}
	o.votes.Stop()
	o.votes = o.colleague(t)
	if err := o.votes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer o.votes.Stop()
	o.wantWithdrawn(t, e)
}

// TestWithdraw_NobodyNeedsToWaitForIt cancels the request of a withdrawal that has begun.
func TestWithdraw_NobodyNeedsToWaitForIt(t *testing.T) {
	o := newEnv(t, online.Options{})
	e, rollID, _ := o.bigRoll(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for {
			rolls, err := o.votes.Rolls(t.Context(), e.ID)
			if err != nil || rolls[0].State != online.RollIssued {
				cancel()
				return
			}
		}
	})
	if err := o.votes.Withdraw(ctx, ada, rollID, ""); err != nil {
		t.Fatal(err)
	}
	watcher.Wait()
	o.wantWithdrawn(t, e)
}

// TestKeys_OfOnePersonInTwoElections gives the same people keys in two elections, and replaces one.
func TestKeys_OfOnePersonInTwoElections(t *testing.T) {
	o := newEnv(t, online.Options{})
	first, second := o.election(t, 1, nil), o.election(t, 1, nil)
	keys := o.issue(t, first, 2)
	again, err := o.votes.Issue(t.Context(), ada, second.ID, roll(first, 2), nil)
	if err != nil {
		t.Fatalf("want the same people keyed in another election, got %v", err)
	}
	others := keysOf(t, again)
	fresh, err := o.votes.Reissue(t.Context(), ada, second.ID, others[0].PersonalID)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key  online.Key
		want error
	}{
		"the first election's": {keys[0], nil}, "the second's, replaced": {others[0], online.ErrInvalidKey}, "the second's": {fresh, nil},
	} {
		if err := o.cast(t, c.key, "Alder"); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v, got %v", name, c.want, err)
		}
	}
	for i, e := range []*elections.Election{first, second} {
		if n := o.number(t, `SELECT count(*) FROM online_ballots WHERE election_id = $1`, e.ID); n != 1 {
			t.Errorf("election %d: want one ballot, got %d", i+1, n)
		}
	}
	o.recount(t)
}

// TestKey_IsThatPersonsAlone moves signs from the one half of a key to the other.
func TestKey_IsThatPersonsAlone(t *testing.T) {
	o := newEnv(t, online.Options{})
	k := o.issue(t, o.election(t, 1, nil), 1)[0]
	for cut := 1; cut < len(k.PersonalID); cut++ {
		moved := online.Key{PersonalID: k.PersonalID[:cut], GUID: k.PersonalID[cut:] + k.GUID}
		if err := o.cast(t, moved, "Alder"); !errors.Is(err, online.ErrInvalidKey) {
			t.Errorf("%q and %q: want no key, got %v", moved.PersonalID, moved.GUID, err)
		}
	}
	if err := o.cast(t, k, "Alder"); err != nil {
		t.Error(err)
	}
}

// TestKey_NobodyCanForesee looks at every bit of many keys.
func TestKey_NobodyCanForesee(t *testing.T) {
	o := newEnv(t, online.Options{})
	const keys = 300
	ones := [128]int{}
	for _, k := range o.issue(t, o.election(t, 1, nil), keys) {
		g, ok := ballots.ParseGUID([]byte(k.GUID))
		if !ok {
			t.Fatalf("want a UUID, got %q", k.GUID)
		}
		for bit := range ones {
			ones[bit] += int(g[bit/8] >> (7 - bit%8) & 1)
		}
	}
	fixed := 0
	for bit, n := range ones {
		switch {
		case n == 0 || n == keys:
			fixed++
		case n < keys/4 || n > keys*3/4: // 1 in 10^18 for a fair coin
			t.Errorf("want a bit as often set as not, bit %d is set in %d of %d", bit, n, keys)
		}
	}
	if fixed != 6 {
		t.Errorf("want 122 random bits beside version and variant, got %d", 128-fixed)
	}
}
