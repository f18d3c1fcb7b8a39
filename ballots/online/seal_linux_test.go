package online_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/sealed"
)

// printer is a printing office: an identity, and the recipient that belongs to it.
type printer struct {
	identities sealed.Identities
	to         sealed.Recipients
}

func newPrinter(t *testing.T) printer {
	t.Helper()
	file, _, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	identities, err := sealed.ReadIdentities(bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	return printer{identities, identities.Recipients()}
}

// open returns the rows of a sealed table, without the header.
func (p printer) open(t *testing.T, file io.Reader) [][]string {
	t.Helper()
	plain, err := sealed.Open(file, p.identities)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(plain).ReadAll()
	if err != nil || len(rows) < 2 || rows[0][0] != online.ColumnPersonalID {
		t.Fatalf("want a table of keys, got %q, %v", rows, err)
	}
	return rows[1:]
}

// TestIssue_SealedKeysAreNowhereInTheClear looks at the file in which sealed keys wait, while they are issued and
// after, and at every row of the database.
func TestIssue_SealedKeysAreNowhereInTheClear(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 2, nil)
	office := newPrinter(t)
	var seen [][]byte
	issued, err := o.votes.IssueApproved(t.Context(), ada, e.ID, online.Approved{}, office.to, roll(e, 20_000),
		func(online.Progress) { seen = append(seen, o.spools(t)...) })
	if err != nil {
		t.Fatal(err)
	}
	for key, err := range issued.Keys() {
		if key != (online.Key{}) || !errors.Is(err, online.ErrSealed) {
			t.Fatalf("want no key in the clear, got %+v, %v", key, err)
		}
	}
	waiting := o.spools(t)
	if len(waiting) != 1 || len(waiting[0]) < 20_000*40 {
		t.Fatalf("want the test to see the file with all keys, got %d files", len(waiting))
	}
	rows := office.open(t, issued.Sealed())
	again := office.open(t, issued.Sealed())
	if len(rows) != 20_000 || !slices.EqualFunc(rows, again, slices.Equal) || rows[1][2] != "Constituency 2" || rows[1][6] != "Online" {
		t.Fatalf("want the keys with all that letters say, as often as they are read, got %d and %d, %q", len(rows), len(again), rows[1])
	}
	words := []string{"person-", "body"}
	for i := 0; i < len(rows); i += 1000 {
		words = append(words, rows[i][0], rows[i][1])
	}
	for _, content := range append(append(seen, waiting...), o.everyRow(t)...) {
		for _, word := range words {
			if bytes.Contains(content, []byte(word)) {
				t.Fatalf("want nothing readable of the keys, found %q", word)
			}
		}
	}
	if err := o.cast(t, online.Key{PersonalID: rows[7][0], GUID: rows[7][1]}, "Alder"); err != nil {
		t.Errorf("want a sealed key that votes, got %v", err)
	}
	rolls, err := o.votes.Rolls(t.Context(), e.ID)
	if err != nil || len(rolls) != 1 || !slices.Equal(rolls[0].SealedTo, office.to.Names()) {
		t.Errorf("want the recipients with the roll, got %+v, %v", rolls, err)
	}
	if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action = 'voter-keys-issued' AND detail ->> '$.sealed_to[0]' = $1
		AND CAST(detail ->> 'keys' AS INTEGER) = 20000`, office.to.String()); n != 1 {
		t.Error("want recipients and number in the log")
	}
	if err := issued.Close(); err != nil {
		t.Error(err)
	}
	if left := o.spools(t); len(left) != 0 {
		t.Errorf("want the file deleted with the keys, got %d", len(left))
	}
}

// everyRow returns the text of the events and their rows.
func (o *env) everyRow(t *testing.T) [][]byte {
	t.Helper()
	rows, err := o.db.Pool().QueryContext(t.Context(), `SELECT action || detail FROM audit_events UNION ALL SELECT images FROM audit_images`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all [][]byte
	for rows.Next() {
		var one []byte
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSealing_OfAnElectionHoldsForEveryKey: the election's recipients get every key, also if the caller asks for
// others.
func TestSealing_OfAnElectionHoldsForEveryKey(t *testing.T) {
	o := newEnv(t, online.Options{})
	office, own := newPrinter(t), newPrinter(t)
	e := o.election(t, 1, func(d *elections.Draft) { d.SealKeysTo = office.to.Names() })
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 3), nil)
	if err != nil || issued.Sealed() == nil {
		t.Fatalf("want sealed keys without being asked for, got %v", err)
	}
	rows := office.open(t, issued.Sealed())
	person := rows[0][0]
	_, err = o.votes.IssueApproved(t.Context(), ada, e.ID, online.Approved{}, own.to, roll(e, 4), nil)
	if !errors.Is(err, online.ErrSealedToOthers) {
		t.Errorf("want no keys for others, got %v", err)
	}
	if _, err = o.votes.ReissueApproved(t.Context(), ada, e.ID, person, online.Approved{}, own.to); !errors.Is(err, online.ErrSealedToOthers) {
		t.Errorf("want no key replaced for others, got %v", err)
	}
	r, err := o.votes.ReissueApproved(t.Context(), ada, e.ID, person, online.Approved{}, sealed.Recipients{})
	if err != nil || r.Key.GUID != "" || !slices.Equal(r.SealedTo, office.to.Names()) {
		t.Fatalf("want a sealed key and no other, got %+v, %v", r, err)
	}
	fresh := office.open(t, strings.NewReader(r.Sealed))
	if len(fresh) != 1 || fresh[0][0] != person || fresh[0][1] == rows[0][1] {
		t.Fatalf("want another key of the same person, got %q", fresh)
	}
	if err := o.cast(t, online.Key{PersonalID: person, GUID: rows[0][1]}, "Alder"); !errors.Is(err, online.ErrInvalidKey) {
		t.Errorf("want the old key dead, got %v", err)
	}
	if err := o.cast(t, online.Key{PersonalID: person, GUID: fresh[0][1]}, "Alder"); err != nil {
		t.Errorf("want the new key to vote, got %v", err)
	}
	if n := o.number(t, `SELECT sum(replaced * 10 + replaced_sealed) FROM voter_key_acts`); n != 11 {
		t.Errorf("want one sealed replacement counted, got %d", n)
	}
	if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action = 'voter-key-reissued' AND detail ->> '$.sealed_to[0]' = $1`, office.to.String()); n != 1 {
		t.Error("want the recipients in the event")
	}
}

// TestSealing_AChangeMeanwhileIssuesNothing: the recipients of an election change while keys are stored.
func TestSealing_AChangeMeanwhileIssuesNothing(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	d := e.Draft()
	d.SealKeysTo = newPrinter(t).to.Names()
	changed := false
	_, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 3), func(p online.Progress) {
		if p.Issued == 0 || changed {
			return
		}
		changed = true
		if _, err := o.registry.Change(t.Context(), ada, e.ID, d); err != nil {
			t.Error(err)
		}
	})
	if !changed || !errors.Is(err, online.ErrSealingChanged) {
		t.Errorf("want %v, got %v", online.ErrSealingChanged, err)
	}
	if n := o.number(t, `SELECT count(*) FROM voter_keys`); n != 0 {
		t.Errorf("want no key, got %d", n)
	}
	if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action = 'key-sealing-changed'`); n != 1 {
		t.Errorf("want the change in the log, got %d", n)
	}
}

func TestIssue_AnOpenRollSaysThatItIsNotSealed(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	o.issue(t, e, 2)
	if n := o.number(t, `SELECT count(*) FROM audit_events WHERE action = 'voter-keys-issued' AND detail LIKE '%"sealed_to":[]%'`); n != 1 {
		t.Error("want the event to say that the keys were not sealed")
	}
}
