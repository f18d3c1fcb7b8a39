package online_test

import (
	"database/sql"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"urna/ballots/online"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/faultvfs"
)

// beforeKeyedVoters is what stood in a folder of two elections when voters stood in the rows of their keys: a roll
// in force, one in the other election, and one withdrawn, one broken off and one half withdrawn in the first.
const beforeKeyedVoters = `
	INSERT INTO elections VALUES
		(1, 'First', 'parliamentary', $1, $2, 'UTC', 'running-count', 0, 1, 'dhondt', '0', 'none', '>=', 'absolute', 0, 0, NULL, NULL, 0, 1, NULL, 'constituency', 'valid', NULL),
		(2, 'Second', 'parliamentary', $1, $2, 'UTC', 'running-count', 0, 1, 'dhondt', '0', 'none', '>=', 'absolute', 0, 0, NULL, NULL, 0, 1, NULL, 'constituency', 'valid', NULL);
	INSERT INTO constituencies VALUES (1, 1, 1, 'Nationwide', 3, 0, NULL), (2, 2, 1, 'Nationwide', 3, 0, NULL);
	INSERT INTO participants VALUES (1, 'Alder', '', 'party', '', 0);
	INSERT INTO candidacies VALUES (1, 1, 1, '', 0, 0, ''), (2, 1, 1, '', 0, 0, '');
	INSERT INTO voter_rolls VALUES (1, 1, 'issued', 5, 0), (2, 2, 'issued', 1, 0), (3, 1, 'withdrawn', 3, 0), (4, 1, 'issuing', 0, 0), (5, 1, 'withdrawing', 2, 0);
	INSERT INTO voter_flags VALUES (1, 1, unhex('80')), (2, 2, unhex('00')), (3, 3, unhex('80')), (4, 4, unhex('00')), (5, 5, unhex('00'));
	INSERT INTO voter_key_totals VALUES (1, 6), (2, 1);
	INSERT INTO online_ballots VALUES (1, randomblob(16), 1, 1), (1, randomblob(16), 1, 1);
	INSERT INTO online_tallies VALUES (1, 1, 2, 0);`

// earlierKeys are the keys of beforeKeyedVoters; the fifth of roll 1 was revoked.
var earlierKeys = []struct {
	person           string
	election, roll   int64
	flag             int64
	used, dead, free bool // free: the person has no key after the upgrade
}{
	{person: "used", election: 1, roll: 1, flag: 32_000, used: true},
	{person: "votes", election: 1, roll: 1, flag: 32_003},
	{person: "loses", election: 1, roll: 1, flag: 32_001},
	{person: "goes", election: 1, roll: 1, flag: 32_002},
	{person: "used", election: 2, roll: 2, flag: 64_000},
	{person: "withdrawn", election: 1, roll: 3, flag: 96_000, used: true},
	{person: "broken", election: 1, roll: 4, flag: 128_000, dead: true, free: true},
	{person: "half", election: 1, roll: 5, flag: 160_001, dead: true, free: true},
}

// guidOf makes up a key's GUID.
func guidOf(key int) string {
	return "00000000-0000-4000-8000-" + strings.Repeat(string(rune('0'+key)), 12)
}

// makeEarlier makes the folder.
func makeEarlier(t *testing.T, folder string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "urna.db")+"?_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("../../internal/sqlite/migrations/main"))
	if err == nil {
		_, err = provider.UpTo(t.Context(), 15)
	}
	if err == nil {
		_, err = db.ExecContext(t.Context(), beforeKeyedVoters, time.Now().Add(-time.Hour).UnixMilli(), time.Now().Add(time.Hour).UnixMilli())
	}
	for i, k := range earlierKeys {
		pair, failed := online.Pair([]byte(secret), online.Key{PersonalID: k.person, GUID: guidOf(i)})
		voter, failedToo := online.VoterHash([]byte(secret), k.election, k.person)
		if err = errors.Join(err, failed, failedToo); err == nil {
			_, err = db.ExecContext(t.Context(), `INSERT INTO voter_keys VALUES ($1, $2, $3, $4, $5)`, pair, voter, k.roll, k.election, k.flag)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkUpgraded wants every key of the earlier folder to be worth what it was.
func checkUpgraded(t *testing.T, folder string) {
	t.Helper()
	o := envOn(t, goodDisk(t), folder)
	defer o.leave()
	o.recount(t)
	o.wantKeys(t, 1, 5)
	key := func(i int) online.Key { return online.Key{PersonalID: earlierKeys[i].person, GUID: guidOf(i)} }
	wants := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: want %v, got %v", what, want, err)
		}
	}
	for i, k := range earlierKeys {
		switch {
		case k.used:
			wants(k.person, o.cast(t, key(i), "Alder"), online.ErrKeyUsed)
			wants(k.person, o.votes.Revoke(t.Context(), ada, k.election, k.person), online.ErrUsedKeyStays)
		case k.dead:
			wants(k.person, o.cast(t, key(i), "Alder"), online.ErrInvalidKey)
		}
		_, err := o.votes.Issue(t.Context(), ada, k.election, again(k.person), nil)
		if _, refused := errors.AsType[*problem.Error](err); refused == k.free {
			t.Errorf("%s: want a key issued only to a person without one, got %v", k.person, err)
		}
	}
	fresh, err := o.votes.Reissue(t.Context(), ada, 1, "loses")
	wants("reissue", err, nil)
	wants("revoke", o.votes.Revoke(t.Context(), ada, 1, "goes"), nil)
	for i, want := range []error{1: nil, 2: online.ErrInvalidKey, 3: online.ErrInvalidKey, 4: nil} {
		if i > 0 {
			wants("vote of "+earlierKeys[i].person, o.cast(t, key(i), "Alder"), want)
		}
	}
	wants("vote with the new key", o.cast(t, fresh, "Alder"), nil)
	wants("withdraw", o.votes.Withdraw(t.Context(), ada, 1, ""), nil)
	o.recount(t)
}

// again yields one voter.
func again(person string) func(func(online.Voter, error) bool) {
	return func(yield func(online.Voter, error) bool) { yield(online.Voter{Line: 1, PersonalID: person}, nil) }
}

var everyPlace = flag.Bool("every-place", false, "let each write and each sync of an upgrade fail, not a sample of them")

// nextPlace returns the act that fails next: each of the first ten, and then one of ever more, since each needs a whole upgrade.
func nextPlace(n int) int {
	if *everyPlace || n < 10 {
		return n + 1
	}
	return n + n/8
}

// TestUpgrade_EveryKeyStaysWhatItIs brings a folder up to date in which voters stand in the rows of their keys, and
// lets writes and syncs of that fail in turn, after which another start does it.
func TestUpgrade_EveryKeyStaysWhatItIs(t *testing.T) {
	earlier := t.TempDir()
	makeEarlier(t, earlier)
	for _, plan := range []faultvfs.Fault{
		{Act: faultvfs.Write, Code: faultvfs.Full, Times: faultvfs.Ever},
		{Act: faultvfs.Sync, Code: faultvfs.SyncError, Times: faultvfs.Ever},
	} {
		tried := 0
		for plan.Nth = 1; !t.Failed(); plan.Nth = nextPlace(plan.Nth) {
			tried++
			folder, disk := t.TempDir(), goodDisk(t)
			if err := os.CopyFS(folder, os.DirFS(earlier)); err != nil {
				t.Fatal(err)
			}
			disk.Arm(plan)
			db, err := databasetest.OpenThrough(t.Context(), filepath.Join(folder, "urna.db"), database.Main, disk.VFS)
			failed := disk.Failed()
			if err == nil {
				_ = db.Close() // it may fail
			}
			checkUpgraded(t, folder)
			if failed == 0 {
				break
			}
		}
		if t.Logf("%d acts of kind %d failed in turn", tried-1, plan.Act); tried < 3 {
			t.Error("want acts to fail")
		}
	}
}
