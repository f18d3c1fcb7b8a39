package online_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
)

func TestIssue_StoresNoPersonAndNoKey(t *testing.T) {
	databasetest.NeedsSQLite(t, "it looks into the files")
	o := newEnv(t, online.Options{})
	e := o.election(t, 2, nil)
	keys := o.issue(t, e, 300)
	if n, err := o.votes.Keys(t.Context(), e.ID); err != nil || n != 300 || len(keys) != 300 {
		t.Fatalf("want 300 keys, got %d, %d, %v", n, len(keys), err)
	}
	if keys[0].Name != "Somebody" || keys[1].ConstituencyID != e.Constituencies[1].ID {
		t.Errorf("want the roll's name and the second constituency, got %+v", keys[:2])
	}
	if err := o.cast(t, keys[0], "Alder"); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"person-", "Somebody", keys[0].GUID, keys[17].GUID, strings.ReplaceAll(keys[17].GUID, "-", "")} {
		files, err := filepath.Glob(filepath.Join(o.folder, "*"))
		if err != nil || len(files) < 3 {
			t.Fatalf("want the database's files, got %v, %v", files, err)
		}
		for _, name := range files {
			if info, err := os.Stat(name); err == nil && info.IsDir() {
				continue
			}
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(content, []byte(word)) {
				t.Errorf("%s holds %q", name, word)
			}
		}
	}
	rolls, err := os.ReadDir(filepath.Join(o.folder, "rolls"))
	if err != nil || len(rolls) != 1 || rolls[0].Name() != "issue.lock" {
		t.Errorf("want nothing left of the roll but the lock's file, got %v, %v", rolls, err)
	}
	o.recount(t)
}

func TestIssue_AllOrNothing(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 2, nil)
	o.issue(t, e, 3)
	lines := func(voters ...online.Voter) iter.Seq2[online.Voter, error] {
		return func(yield func(online.Voter, error) bool) {
			for i, v := range voters {
				v.Line = int64(i + 1)
				if !yield(v, nil) {
					return
				}
			}
		}
	}
	const first = "Constituency 1"
	brokenOff := errors.New("the upload broke off")
	for name, c := range map[string]struct {
		roll iter.Seq2[online.Voter, error]
		want string // in the error's text
	}{
		"empty":                  {lines(), "no voter"},
		"twice":                  {lines(online.Voter{PersonalID: "x", Constituency: first}, online.Voter{PersonalID: " x ", Constituency: first}), "line 2: This personal id is already on line 1"},
		"twice in other signs":   {lines(online.Voter{PersonalID: "Zoë 1", Constituency: first}, online.Voter{PersonalID: "Zoe\u0308\u00a0\uff11", Constituency: first}), "line 2: This personal id is already on line 1"},
		"an invisible character": {lines(online.Voter{PersonalID: "x\u200b", Constituency: first}), "line 1: A personal id"},
		"a mark of direction":    {lines(online.Voter{PersonalID: "\u200fx", Constituency: first}), "line 1: A personal id"},
		"has a key":              {lines(online.Voter{PersonalID: "y", Constituency: first}, online.Voter{PersonalID: "person-1-of-election-1", Constituency: first}), "line 2: This person has a key"},
		"no personal id":         {lines(online.Voter{PersonalID: " ", Constituency: first}), "line 1: A personal id"},
		"a long personal id":     {lines(online.Voter{PersonalID: strings.Repeat("7", 101), Constituency: first}), "line 1: A personal id"},
		"a long one in full":     {lines(online.Voter{PersonalID: strings.Repeat("\ufb03", 34), Constituency: first}), "line 1: A personal id"},
		"a filler":               {lines(online.Voter{PersonalID: "x\u3164", Constituency: first}), "line 1: A personal id"},
		"a variation of a sign":  {lines(online.Voter{PersonalID: "x\ufe0f", Constituency: first}), "line 1: A personal id"},
		"a control character":    {lines(online.Voter{PersonalID: "a\x00b", Constituency: first}), "line 1: A personal id"},
		"no constituency":        {lines(online.Voter{PersonalID: "z"}), "line 1: This election has several constituencies"},
		"a strange one":          {lines(online.Voter{PersonalID: "z", Constituency: "Elsewhere"}), `line 1: This election has no constituency "Elsewhere"`},
		"the reader's own word":  {func(yield func(online.Voter, error) bool) { yield(online.Voter{}, brokenOff) }, brokenOff.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := o.votes.Issue(t.Context(), ada, e.ID, c.roll, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
			if n := o.number(t, `SELECT count(*) FROM voter_keys`); n != 3 {
				t.Errorf("want the three keys of before, got %d", n)
			}
		})
	}
	many := make([]online.Voter, 50)
	_, err := o.votes.Issue(t.Context(), ada, e.ID, lines(many...), nil)
	f, ok := errors.AsType[*problem.Error](err)
	if !ok || len(f.Fields) != 20 || f.Extra["problems"] != int64(100) {
		t.Errorf("want the first 20 of 100 problems, got %v", err)
	}
}

// TestIssue_CutOffLeavesNothing has keys stored of a roll that was never put in force, as a killed
// process leaves them.
func TestIssue_CutOffLeavesNothing(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 5)
	err := o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `UPDATE voter_rolls SET state = 'issuing'; DELETE FROM voter_key_totals`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.cast(t, keys[0], "Alder"); !errors.Is(err, online.ErrInvalidKey) {
		t.Errorf("want no key in force, got %v", err)
	}
	again := o.issue(t, e, 5)
	if n := o.number(t, `SELECT count(*) FROM voter_keys`); n != 5 {
		t.Errorf("want the new keys only, got %d", n)
	}
	if err := o.cast(t, again[0], "Alder"); err != nil {
		t.Error(err)
	}
	o.recount(t)
}

func TestIssue_OnlyWhileKeysMayBeIssued(t *testing.T) {
	o := newEnv(t, online.Options{})
	batches := o.election(t, 1, func(d *elections.Draft) { d.Channels = []elections.Channel{elections.Batches} })
	if _, err := o.votes.Issue(t.Context(), ada, batches.ID, roll(batches, 1), nil); !errors.Is(err, online.ErrTakesNoKeys) {
		t.Errorf("want none without the channel, got %v", err)
	}
	e := o.election(t, 1, nil)
	o.issue(t, e, 1)
	if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action = 'voter-keys-issued' AND detail LIKE '%"while_open":true%'`); n != 1 {
		t.Errorf("want it on the record that keys were issued while voting goes on, got %d", n)
	}
	atTheLastMoment := func(yield func(online.Voter, error) bool) {
		_ = yield(online.Voter{Line: 1, PersonalID: "late"}, nil)
		o.Move(2 * time.Hour) // the end comes while the roll is read
	}
	if _, err := o.votes.Issue(t.Context(), ada, e.ID, atTheLastMoment, nil); !errors.Is(err, online.ErrTakesNoKeys) {
		t.Errorf("want none that would be in force after the end, got %v", err)
	}
	if n := o.number(t, `SELECT count(*) FROM voter_keys`); n != 1 {
		t.Errorf("want nothing left of the late roll, got %d keys", n)
	}
	if _, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 2), nil); !errors.Is(err, online.ErrTakesNoKeys) {
		t.Errorf("want none after the end, got %v", err)
	}
	if _, err := o.votes.Reissue(t.Context(), ada, e.ID, "person-0-of-election-2"); !errors.Is(err, online.ErrTakesNoKeys) {
		t.Errorf("want none reissued after the end, got %v", err)
	}
}

func TestReissue_OldKeyIsDead(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 8) // as many as have their flags in a byte
	fresh, err := o.votes.Reissue(t.Context(), ada, e.ID, " "+keys[0].PersonalID)
	if err != nil || fresh.GUID == keys[0].GUID {
		t.Fatalf("want another key, got %+v, %v", fresh, err)
	}
	o.recount(t)
	if err := o.cast(t, keys[0], "Alder"); !errors.Is(err, online.ErrInvalidKey) {
		t.Errorf("want the old key dead, got %v", err)
	}
	if err := o.cast(t, fresh, "Alder"); err != nil {
		t.Error(err)
	}
	if _, err := o.votes.Reissue(t.Context(), ada, e.ID, keys[0].PersonalID); !errors.Is(err, online.ErrUsedKeyStays) {
		t.Errorf("want a used key kept, got %v", err)
	}
	if err := o.votes.Revoke(t.Context(), ada, e.ID, keys[1].PersonalID); err != nil {
		t.Error(err)
	}
	if err := o.cast(t, keys[1], "Alder"); !errors.Is(err, online.ErrInvalidKey) {
		t.Errorf("want the revoked key dead, got %v", err)
	}
	if _, err := o.votes.Reissue(t.Context(), ada, e.ID, "nobody"); !errors.Is(err, online.ErrUnknownVoter) {
		t.Errorf("want an unknown voter refused, got %v", err)
	}
	if n, _ := o.votes.Keys(t.Context(), e.ID); n != 7 {
		t.Errorf("want seven keys left, got %d", n)
	}
	if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action LIKE 'voter-key-%' AND detail || subject LIKE '%person%'`); n != 0 {
		t.Error("want no person in the audit log")
	}
	// Two refusals, which do not say that the one key has voted and the other one never was.
	if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action = 'voter-key-reissue-refused' AND detail LIKE '{"voter":"________________________________"}'`); n != 2 {
		t.Errorf("want two events of refusals, with the name in the log alone, got %d", n)
	}
	if n := o.number(t, `SELECT count(*) FROM audit_events r JOIN audit_events f ON f.detail ->> 'voter' = r.detail ->> 'voter'
		WHERE r.action = 'voter-key-reissued' AND CAST(r.detail ->> 'constituency' AS INTEGER) = $1 AND f.action = 'voter-key-reissue-refused'`, e.Constituencies[0].ID); n != 1 {
		t.Errorf("want both events of one person with one name, and the constituency, got %d", n)
	}
	if n := o.number(t, `SELECT count(*) FROM audit_events e JOIN keyed_voters v ON lower(hex(v.voter)) = e.detail ->> 'voter' OR lower(hex(v.pair)) = e.detail ->> 'voter'`); n != 0 {
		t.Error("want no name of the log in a table")
	}
	if n := o.number(t, `SELECT sum(replaced * 10 + revoked) FROM voter_key_acts`); n != 11 {
		t.Errorf("want one replacement and one revocation counted, got %d", n)
	}
	for _, action := range []string{"voter-key-reissued", "voter-key-revoked"} {
		if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action = $1 AND actor_name = 'Ada'`, action); n != 1 {
			t.Errorf("want it on record who did it: %s, got %d events", action, n)
		}
	}
	o.recount(t)
}

// TestReissue_AClockInDoubtHasOpenedNothing replaces a key after a start at which nothing opened, because the time is
// in doubt. The time of transitions stays an hour before it.
func TestReissue_AClockInDoubtHasOpenedNothing(t *testing.T) {
	begun := time.Now()
	transitions := clock.At(begun)
	o := newEnv(t, online.Options{Transitions: transitions.Now})
	e := o.election(t, 1, func(d *elections.Draft) { d.StartsAt, d.EndsAt = begun.Add(time.Hour), begun.Add(3*time.Hour) })
	keys := o.issue(t, e, 2)
	o.Move(2 * time.Hour)
	want := func(when string, afterOpening int64) {
		t.Helper()
		if _, err := o.votes.Reissue(t.Context(), ada, e.ID, keys[0].PersonalID); err != nil {
			t.Fatal(err)
		}
		if n := o.number(t, `SELECT sum(replaced_after_opening) FROM voter_key_acts`); n != afterOpening {
			t.Errorf("%s: want %d keys replaced after the opening, got %d", when, afterOpening, n)
		}
	}
	want("in doubt", 0)
	transitions.Move(2 * time.Hour)
	want("confirmed", 1)
}

func TestWithdraw_UnusedKeysGoUsedStay(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 2, nil)
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 100), nil)
	if err != nil {
		t.Fatal(err)
	}
	rollID := issued.Roll.ID
	keys := keysOf(t, issued)
	if err := o.cast(t, keys[7], "Birch"); err != nil {
		t.Fatal(err)
	}
	if err := o.votes.Withdraw(t.Context(), ada, rollID, ""); err != nil {
		t.Fatal(err)
	}
	if err := o.cast(t, keys[8], "Birch"); !errors.Is(err, online.ErrInvalidKey) {
		t.Errorf("want the keys dead, got %v", err)
	}
	if err := o.cast(t, keys[7], "Birch"); !errors.Is(err, online.ErrKeyUsed) {
		t.Errorf("want the used key used, got %v", err)
	}
	if n, _ := o.votes.Keys(t.Context(), e.ID); n != 1 {
		t.Errorf("want one key left, got %d", n)
	}
	if err := o.votes.Withdraw(t.Context(), ada, rollID, ""); !errors.Is(err, online.ErrUnknownRoll) {
		t.Errorf("want it withdrawn once, got %v", err)
	}
	_, err = o.votes.Issue(t.Context(), ada, e.ID, roll(e, 100), nil)
	if err == nil || !strings.Contains(err.Error(), "line 8: This person has a key") || strings.Contains(err.Error(), "line 9") {
		t.Errorf("want just the voter who voted named, got %v", err)
	}
	if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action = 'voter-keys-withdrawn' AND actor_name = 'Ada'`); n != 1 {
		t.Errorf("want the withdrawal on record once, got %d", n)
	}
	o.recount(t)
}

// TestWithdraw_NotAfterTheEnd keeps the public number of keys as it was when voting ended.
func TestWithdraw_NotAfterTheEnd(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := keysOf(t, issued)
	o.Move(2 * time.Hour)
	if err := o.votes.Withdraw(t.Context(), ada, issued.Roll.ID, ""); !errors.Is(err, online.ErrTakesNoKeys) {
		t.Errorf("want no roll withdrawn after the end, got %v", err)
	}
	if err := o.votes.Revoke(t.Context(), ada, e.ID, keys[0].PersonalID); !errors.Is(err, online.ErrTakesNoKeys) {
		t.Errorf("want no key revoked after the end, got %v", err)
	}
	if n, err := o.votes.Keys(t.Context(), e.ID); err != nil || n != 3 {
		t.Errorf("want three keys for ever, got %d, %v", n, err)
	}
}

// TestIssue_ManyVoters has a million of them with URNA_LARGE=1 go test ./ballots/online -run ManyVoters -v.
func TestIssue_ManyVoters(t *testing.T) {
	n := 25_000 // more than two chunks
	if os.Getenv("URNA_LARGE") != "" {
		n = 1_000_000
	}
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	start, seen, most := time.Now(), online.Progress{}, uint64(0)
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, n), func(p online.Progress) {
		if p.Read < seen.Read || p.Issued < seen.Issued {
			t.Errorf("want progress, got %+v after %+v", p, seen)
		}
		seen, most = p, max(most, held())
	})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	different := map[string]bool{}
	for _, k := range keysOf(t, issued) {
		different[k.GUID] = true
	}
	if len(different) != n || seen.Issued != int64(n) {
		t.Errorf("want %d different keys, got %d, %+v", n, len(different), seen)
	}
	fmt.Fprintf(t.Output(), "%d keys in %v, with at most %d MiB held by the process\n", n, took, most>>20)
	o.recount(t)
}

// held returns how much memory the process has from the system, in bytes, but for the database's.
func held() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased
}

// TestChange_KeepsConstituenciesWithKeys changes a scheduled election in whose first and last
// constituencies voters have keys.
func TestChange_KeepsConstituenciesWithKeys(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 3, func(d *elections.Draft) { d.StartsAt = d.EndsAt.Add(-time.Minute) })
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, func(yield func(online.Voter, error) bool) {
		_ = yield(online.Voter{Line: 1, PersonalID: "one", Constituency: "Constituency 1"}, nil) &&
			yield(online.Voter{Line: 2, PersonalID: "two", Constituency: "Constituency 3"}, nil)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	keysOf(t, issued)
	for what, c := range map[string]struct {
		change  func(all []elections.ConstituencyDraft) []elections.ConstituencyDraft
		refused bool
	}{
		"the last removed":   {func(all []elections.ConstituencyDraft) []elections.ConstituencyDraft { return all[:2] }, true},
		"the first removed":  {func(all []elections.ConstituencyDraft) []elections.ConstituencyDraft { return all[1:] }, true},
		"the middle removed": {func(all []elections.ConstituencyDraft) []elections.ConstituencyDraft { return slices.Delete(all, 1, 2) }, true},
		"two exchanged": {func(all []elections.ConstituencyDraft) []elections.ConstituencyDraft {
			all[0], all[1] = all[1], all[0]
			return all
		}, true},
		"two exchanged, in capitals": {func(all []elections.ConstituencyDraft) []elections.ConstituencyDraft {
			all[0].Name, all[1].Name = strings.ToUpper(all[1].Name), strings.ToUpper(all[0].Name)
			return all
		}, true},
		"one added": {func(all []elections.ConstituencyDraft) []elections.ConstituencyDraft {
			n := all[1]
			n.Name = "New"
			return append(all, n)
		}, false},
		"a keyed one renamed": {func(all []elections.ConstituencyDraft) []elections.ConstituencyDraft {
			all[0].Name = "Nord"
			return all
		}, false},
	} {
		t.Run(what, func(t *testing.T) {
			now, err := o.registry.Election(t.Context(), e.ID)
			if err != nil {
				t.Fatal(err)
			}
			d := now.Draft()
			d.Constituencies = c.change(d.Constituencies)
			_, err = o.registry.Change(t.Context(), ada, e.ID, d)
			if c.refused != errors.Is(err, elections.ErrConstituencyHasKeys) || !c.refused && err != nil {
				t.Errorf("want refused %v, got %v", c.refused, err)
			}
		})
	}
}
