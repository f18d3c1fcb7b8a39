package online_test

import (
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/faultvfs"
)

// keyActs withdraws a roll and issues another on a disk that may fail, replaces a key and takes one away, and
// remembers what was answered.
type keyActs struct {
	*env
	disk     *faultvfs.Disk
	election int64
	old      []online.Key // of roll 1; the first has voted
	answers  map[string]outcome
	fresh    []online.Key // of the other roll
	replaced online.Key
}

// outcome is what became of an act, and the moment of the disk's record by which it had to be safe.
type outcome struct {
	err    error
	moment int
}

// The clerk's acts.
const (
	withdrawing = "withdraw"
	issuing     = "issue"
	replacing   = "reissue"
	revoking    = "revoke"
)

// quiet keeps the faults that a test causes out of its log, until its end.
func quiet(t *testing.T) {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}

// goodDisk returns a disk whose syncs take no time.
func goodDisk(t *testing.T) *faultvfs.Disk {
	t.Helper()
	databasetest.NeedsSQLite(t, "the failing disk is SQLite's")
	disk, err := faultvfs.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(disk.Close)
	return disk
}

// envOn opens a folder on a disk.
func envOn(t *testing.T, disk *faultvfs.Disk, folder string) *env {
	t.Helper()
	o := &env{folder: folder, Clock: &clock.Clock{}}
	var err error
	if o.db, err = databasetest.OpenThrough(t.Context(), filepath.Join(folder, "urna.db"), database.Main, disk.VFS); err != nil {
		t.Fatal(err)
	}
	o.serve(t, online.Options{})
	return o
}

// leave stops the service and closes the database, whatever the disk says.
func (o *env) leave() {
	o.votes.Stop()
	_ = o.db.Close()
}

// newClerk returns a clerk with roll 1 issued in a new folder.
func newClerk(t *testing.T) *keyActs {
	t.Helper()
	c := &keyActs{disk: goodDisk(t), answers: map[string]outcome{}}
	c.env = envOn(t, c.disk, t.TempDir())
	e := c.env.election(t, 2, nil)
	c.election, c.old = e.ID, c.issue(t, e, 6)
	if err := c.cast(t, c.old[0], "Alder"); err != nil {
		t.Fatal(err)
	}
	return c
}

// elsewhere returns the same clerk over a copy of the folder, on a disk of its own.
func (c *keyActs) elsewhere(t *testing.T) *keyActs {
	t.Helper()
	other := &keyActs{disk: goodDisk(t), election: c.election, old: c.old, answers: map[string]outcome{}}
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(folder, os.DirFS(c.folder)); err != nil {
		t.Fatal(err)
	}
	other.env = envOn(t, other.disk, folder)
	return other
}

// others yields people who are not on roll 1.
func others(e *elections.Election) iter.Seq2[online.Voter, error] {
	return func(yield func(online.Voter, error) bool) {
		for i := range 6 {
			v := online.Voter{Line: int64(i + 1), PersonalID: fmt.Sprint("other-", i), Constituency: e.Constituencies[i%2].Name}
			if !yield(v, nil) {
				return
			}
		}
	}
}

func (c *keyActs) work(t *testing.T) {
	t.Helper()
	e, err := c.registry.Election(t.Context(), c.election)
	if err != nil {
		t.Fatal(err)
	}
	answered := func(act string, err error) bool {
		c.answers[act] = outcome{err, c.disk.Moment()}
		return err == nil
	}
	answered(withdrawing, c.votes.Withdraw(t.Context(), ada, 1, ""))
	issued, err := c.votes.Issue(t.Context(), ada, e.ID, others(e), nil)
	if answered(issuing, err) {
		c.fresh = keysOf(t, issued)
		c.replaced, err = c.votes.Reissue(t.Context(), ada, e.ID, c.fresh[0].PersonalID)
		answered(replacing, err)
		answered(revoking, c.votes.Revoke(t.Context(), ada, e.ID, c.fresh[1].PersonalID))
	}
}

// check opens the data left in the folder after the moment of the disk's record on a good disk, and wants every
// answer kept, no key by halves, and new keys for all who have none.
func (c *keyActs) check(t *testing.T, folder string, moment int) {
	t.Helper()
	o := envOn(t, goodDisk(t), folder)
	defer o.leave()
	o.recount(t)
	good := func(keys ...online.Key) (n int) {
		for _, key := range keys {
			for _, err := range o.votes.InForce(t.Context(), c.election, func(yield func(online.Key, error) bool) { yield(key, nil) }) {
				if err == nil {
					n++
				}
			}
		}
		return n
	}
	// done is whether an act was done, 0 or 1, if the answer tells; without an answer either is right.
	done := func(act string, was bool) {
		a, told := c.answers[act]
		told = told && a.moment <= moment
		switch {
		case told && a.err == nil && !was:
			t.Errorf("%s: it was answered and is not done", act)
		case told && a.err != nil && was && act != withdrawing && !errors.Is(a.err, database.ErrUnknownOutcome):
			t.Errorf("%s: it is done, and was refused: %v", act, a.err) // a withdrawal that began goes on
		}
	}
	n := good(c.old[1:]...)
	if good(c.old[0]) != 1 || n != 0 && n != 5 {
		t.Errorf("want the used key kept and the others withdrawn together, got %d", n)
	}
	done(withdrawing, n == 0)
	keys, fresh := int64(1+n), 0
	if c.fresh != nil {
		fresh = good(c.fresh[2:]...)
		keys += int64(good(c.fresh[:2]...) + fresh + good(c.replaced))
		done(replacing, good(c.fresh[0]) == 0 && good(c.replaced) == 1)
		done(revoking, good(c.fresh[1]) == 0 && fresh == 4)
		if good(c.fresh[0], c.replaced) > 1 || fresh > 0 && good(c.fresh[0], c.replaced) != 1 {
			t.Error("want one key for whom it was replaced")
		}
	}
	if fresh != 0 && fresh != 4 {
		t.Errorf("want the roll issued or not, got %d of its keys", fresh)
	}
	done(issuing, fresh == 4)
	o.wantKeys(t, c.election, keys)
	o.keyAnew(t, c.election)
}

// wantKeys wants so many keys, each with its voter, and no roll being issued.
func (o *env) wantKeys(t *testing.T, election, keys int64) {
	t.Helper()
	for _, table := range []string{"voter_keys", "keyed_voters", "keyed_voters JOIN voter_keys USING (pair, roll_id)"} {
		n := o.number(t, `SELECT count(*) FROM `+table+` WHERE roll_id IN (SELECT id FROM voter_rolls WHERE election_id = ?)`, election)
		if n != keys {
			t.Errorf("%s: want %d, got %d", table, keys, n)
		}
	}
	if n, err := o.votes.Keys(t.Context(), election); err != nil || n != keys {
		t.Errorf("want %d keys, got %d, %v", keys, n, err)
	}
	if n := o.number(t, `SELECT count(*) FROM voter_rolls WHERE state IN ('issuing', 'withdrawing')`); n != 0 {
		t.Errorf("want every roll settled, got %d", n)
	}
}

// keyAnew withdraws the issued roll, keys everybody but who has voted, and has one of them vote.
func (o *env) keyAnew(t *testing.T, election int64) {
	t.Helper()
	rolls, err := o.votes.Rolls(t.Context(), election)
	for _, r := range rolls {
		if r.State == online.RollIssued {
			err = errors.Join(err, o.votes.Withdraw(t.Context(), ada, r.ID, ""))
		}
	}
	e, failed := o.registry.Election(t.Context(), election)
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	issued, err := o.votes.Issue(t.Context(), ada, election, func(yield func(online.Voter, error) bool) {
		for v, err := range roll(e, 6) {
			if v.Line > 1 && !yield(v, err) {
				return
			}
		}
		for v, err := range others(e) {
			if v.Line += 6; !yield(v, err) {
				return
			}
		}
	}, nil)
	if err != nil {
		t.Fatalf("want new keys for all, got %v", err)
	}
	for _, k := range keysOf(t, issued)[3:5] {
		if err := o.cast(t, k, "Birch"); err != nil {
			t.Errorf("want a new key to vote, got %v", err)
		}
	}
	o.wantKeys(t, election, 12)
	o.recount(t)
}

// TestFault_EveryWriteAndEverySyncOfKeys lets, of all writes and syncs of a clerk's work, each fail in turn: once,
// and from then on until a restart.
func TestFault_EveryWriteAndEverySyncOfKeys(t *testing.T) { //nolint:tparallel // it silences the log of the whole process
	quiet(t)
	template := newClerk(t)
	template.leave()
	for _, plan := range []faultvfs.Fault{
		{Act: faultvfs.Write, Code: faultvfs.WriteError, Times: 1},
		{Act: faultvfs.Write, Code: faultvfs.Full, Times: faultvfs.Ever},
		{Act: faultvfs.Sync, Code: faultvfs.SyncError, Times: 1},
		{Act: faultvfs.Sync, Code: faultvfs.SyncError, Times: faultvfs.Ever},
	} {
		t.Run(fmt.Sprintf("act %d, code %d, once %v", plan.Act, plan.Code, plan.Times == 1), func(t *testing.T) {
			t.Parallel()
			refused := map[string]int{}
			for plan.Nth = 1; !t.Failed(); plan.Nth++ {
				c := template.elsewhere(t)
				c.disk.Arm(plan)
				c.work(t)
				failed := c.disk.Failed()
				c.leave()
				for act, a := range c.answers {
					if a.err != nil {
						refused[act]++
					}
				}
				c.check(t, c.folder, c.disk.Moment())
				if t.Failed() {
					t.Errorf("act %d failed, and these were the answers: %v", plan.Nth, c.answers)
				}
				if failed == 0 {
					break
				}
			}
			t.Logf("of %d acts each failed in turn; refused: %v", plan.Nth-1, refused)
			for _, act := range []string{withdrawing, issuing, replacing, revoking} {
				if refused[act] == 0 {
					t.Errorf("want some act to fail under %s", act)
				}
			}
		})
	}
}

// TestPowerCut_OfKeys opens what a power cut at every moment of a clerk's work would have left: without what was
// not synced, and with a part of it.
func TestPowerCut_OfKeys(t *testing.T) {
	c := newClerk(t)
	from := c.disk.Moment()
	c.work(t)
	c.leave()
	for act, a := range c.answers {
		if a.err != nil {
			t.Fatalf("want everything done on a good disk, got %s: %v", act, a.err)
		}
	}
	// A sync for each transaction at least.
	c.disk.EachPowerCut(t, from, 12, 7, c.check)
}
