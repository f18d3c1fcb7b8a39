package online_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// compare returns the differences from the running sums and digests, and the report.
func (o *env) compare(t *testing.T, secret []byte) (differences []string, compared online.Compared) {
	t.Helper()
	done := errors.New("done")
	err := o.db.Write(t.Context(), func(tx *database.Tx) error { // for the temporary tables of a recount
		var r ballots.Recount
		if err := online.RecountAll(t.Context(), tx, nil, &r); err != nil {
			return err
		}
		rows, err := tx.SQL().QueryContext(t.Context(), `SELECT id FROM elections ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		c := online.Comparison{Secret: secret, UsedKeys: r.UsedKeys, Differs: func(d ballots.Difference) { differences = append(differences, d.Sentence) }}
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return err
			}
			c.Elections = append(c.Elections, id)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		compared, err = online.CompareSums(t.Context(), tx, c)
		return errors.Join(err, done)
	})
	if !errors.Is(err, done) || err.Error() != done.Error() {
		t.Fatal(err)
	}
	return differences, compared
}

// agrees wants no difference, so many ballots compared with sums, and so many elections with digests.
func (o *env) agrees(t *testing.T, votes, recorded int64) {
	t.Helper()
	differences, compared := o.compare(t, []byte(secret))
	if len(differences) > 0 || compared.Ballots != votes || compared.Recorded != recorded {
		t.Errorf("want no difference, %d ballots compared with sums and %d elections with digests, got %v, %+v", votes, recorded, differences, compared)
	}
}

// around runs a statement around the program.
func (o *env) around(t *testing.T, statement string) {
	t.Helper()
	err := o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// differ wants one difference with each part.
func (o *env) differ(t *testing.T, parts ...string) {
	t.Helper()
	differences, _ := o.compare(t, []byte(secret))
	for _, part := range parts {
		if !slices.ContainsFunc(differences, func(s string) bool { return strings.Contains(s, part) }) {
			t.Errorf("want %q, got %q", part, differences)
		}
	}
}

const notOfTheSum = "constituency 1: its online ballots are not those of its running sum"

// castAll has voters vote for one candidate after the other.
func (o *env) castAll(t *testing.T, keys []online.Key) {
	t.Helper()
	for i, k := range keys {
		if err := o.cast(t, k, strconv.Itoa(1+i%3)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSums_FollowTheBallots votes in two elections, in groups of several constituencies, with a restart between.
func TestSums_FollowTheBallots(t *testing.T) {
	o := newEnv(t, online.Options{})
	first, second := o.election(t, 3, nil), o.election(t, 1, nil)
	keys, others := o.issue(t, first, 20), o.issue(t, second, 5)
	o.agrees(t, 0, 0)
	o.castAll(t, keys[:11])
	o.castAll(t, others[:4])
	o.agrees(t, 15, 0)
	o.votes.Stop()
	if err := o.db.Close(); err != nil {
		t.Fatal(err)
	}
	o.open(t, online.Options{GroupVotes: 3, GroupWait: 10 * time.Millisecond})
	answers := make(chan error)
	for _, k := range keys[11:] {
		go func() { answers <- o.cast(t, k, "2") }()
	}
	for range keys[11:] {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	o.agrees(t, 24, 0)
	if differences, compared := o.compare(t, nil); len(differences) > 0 || !compared.WithoutSecret || compared.Ballots != 0 {
		t.Errorf("want it said that nothing was compared without the secret, got %v, %+v", differences, compared)
	}
	if differences, _ := o.compare(t, []byte(strings.Repeat("another secret", 3))); len(differences) == 0 {
		t.Error("want no sums that another secret makes")
	}
}

// TestSums_NoneOfTheLastStays reads the bytes of the database after each vote: a former sum is in the log alone, and
// after a checkpoint nowhere.
func TestSums_NoneOfTheLastStays(t *testing.T) {
	databasetest.NeedsSQLite(t, "it looks into the file")
	o := newEnv(t, online.Options{})
	e := o.election(t, 90, nil) // so that their sums fill more than a page
	keys := o.issue(t, e, 140)
	sums := map[string]bool{}
	for _, sum := range o.column(t, `SELECT sum FROM online_sums`) {
		sums[string(sum)] = true // of no ballots
	}
	var former [][]byte
	for i, k := range keys {
		if err := o.cast(t, k, "1"); err != nil {
			t.Fatal(err)
		}
		sum := o.column(t, fmt.Sprintf(`SELECT sum FROM online_sums WHERE constituency_id = %d`, k.ConstituencyID))[0]
		if sums[string(sum)] {
			t.Fatalf("vote %d: want another sum", i)
		}
		sums[string(sum)] = true
		if i < 50 {
			former = append(former, sum)
		}
	}
	beside, err := sql.Open("sqlite3", filepath.Join(o.folder, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	if _, err := beside.ExecContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(o.folder, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range o.column(t, `SELECT sum FROM online_sums`) {
		if !bytes.Contains(content, sum) {
			t.Fatal("want the test to see the present sums")
		}
	}
	for i, sum := range former { // whose constituencies have voted again
		if bytes.Contains(content, sum) {
			t.Errorf("want no trace of the sum that vote %d replaced", i)
		}
	}
}

// column returns the values of a query.
func (o *env) column(t *testing.T, query string) (values [][]byte) {
	t.Helper()
	rows, err := o.db.Pool().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		values = append(values, b)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// recordedDetail returns the detail of the event that recorded the final ballots of an election.
func (o *env) recordedDetail(t *testing.T, electionID int64) (detail string) {
	t.Helper()
	err := o.db.Pool().QueryRowContext(t.Context(), `SELECT detail FROM audit_events WHERE action = 'online-ballots-recorded' AND subject = $1`,
		fmt.Sprintf("election %d", electionID)).Scan(&detail)
	if err != nil {
		t.Fatal(err)
	}
	return detail
}

// finalDigest is the digest of a constituency's ballots as docs/trust.md defines it.
func (o *env) finalDigest(t *testing.T, constituencyID int64) string {
	t.Helper()
	h := sha256.New()
	for _, line := range o.column(t, fmt.Sprintf(`SELECT lower(hex(substr(guid, 1, 4)) || '-' || hex(substr(guid, 5, 2)) || '-' || hex(substr(guid, 7, 2)) || '-'
		|| hex(substr(guid, 9, 2)) || '-' || hex(substr(guid, 11))) || ',' || poll_number || '
'
		FROM online_ballots WHERE constituency_id = %d ORDER BY guid`, constituencyID)) {
		h.Write(line)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestClose_CarriesTheSumsAndRecordsTheBallots(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 2, nil)
	o.castAll(t, o.issue(t, e, 25)[:23])
	o.Move(2 * time.Hour)
	o.waitForClose(t, e)
	o.agrees(t, 23, 1)
	want := fmt.Sprintf(`{"digests":{"1":%q,"2":%q}}`, o.finalDigest(t, 1), o.finalDigest(t, 2))
	if got := o.recordedDetail(t, e.ID); got != want {
		t.Errorf("want the digests of the final ballots, %s, got %s", want, got)
	}
	o.around(t, `UPDATE online_ballots SET poll_number = 1 + poll_number % 3 WHERE guid = (SELECT min(guid) FROM online_ballots)`)
	differences, _ := o.compare(t, nil)
	if len(differences) != 1 || !strings.Contains(differences[0], "its online ballots are not those that event") {
		t.Errorf("want the changed ballot betrayed without the secret, got %q", differences)
	}
}

// TestClose_HidesNoAlteration alters ballots during voting: the close completes, and the sums and the event that it
// stores still show the alteration.
func TestClose_HidesNoAlteration(t *testing.T) {
	for name, alteration := range map[string]string{
		"a candidate changed": `UPDATE online_ballots SET poll_number = 1 + poll_number % 3 WHERE guid = (SELECT min(guid) FROM online_ballots)`,
		"a ballot removed":    `DELETE FROM online_ballots WHERE guid = (SELECT min(guid) FROM online_ballots)`,
		"a ballot added":      `INSERT INTO online_ballots VALUES (1, randomblob(16), 1, 1)`,
		"a strange ballot":    `INSERT INTO online_ballots VALUES (1, randomblob(17), 1, 1)`,
		"the sum removed":     `DELETE FROM online_sums WHERE constituency_id = 1`,
		"the number of keys":  `UPDATE online_sums SET used = unhex('0000000000000009')`,
	} {
		t.Run(name, func(t *testing.T) {
			o := newEnv(t, online.Options{})
			e := o.election(t, 1, nil)
			keys := o.issue(t, e, 8)
			o.castAll(t, keys[:5])
			o.around(t, alteration)
			if err := o.cast(t, keys[5], "2"); err != nil {
				t.Fatal(err)
			}
			said := listen(t)
			o.Move(2 * time.Hour)
			o.waitForClose(t, e)
			o.differ(t, "election 1, constituency 1: when voting had closed, its online ballots were not those of its running sum")
			if name != "a strange ballot" { // which the sum never had
				o.differ(t, notOfTheSum)
			}
			if detail := o.recordedDetail(t, e.ID); !strings.Contains(detail, `"differ":[1]`) || !strings.Contains(said(), "online ballots contradict their running sums") {
				t.Errorf("want it on record and in the server's log, got %s and %s", detail, said())
			}
			if second := o.countAgain(t, e.ID); !strings.Contains(second, "when voting had closed, its online ballots were not those of its running sum") {
				t.Errorf("want the second count to differ, got %q", second)
			}
		})
	}
}

// countAgain returns the differences of a second count.
func (o *env) countAgain(t *testing.T, electionID int64) string {
	t.Helper()
	second := &ballots.SecondCount{Tallies: map[int64]ballots.Tally{}}
	err := o.db.Read(t.Context(), func(tx *database.Tx) error {
		e, err := o.registry.Within(tx, electionID)
		if err != nil {
			return err
		}
		return online.CountAgain(context.Background(), tx, e, second)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(second.Differences, " ")
}

// TestSums_AnEarlierFolderGetsThemOnce opens a folder of an earlier version with an open election and a closed one.
func TestSums_AnEarlierFolderGetsThemOnce(t *testing.T) {
	o := newEnv(t, online.Options{})
	closed := o.election(t, 1, nil)
	o.castAll(t, o.issue(t, closed, 4))
	o.Move(2 * time.Hour)
	o.waitForClose(t, closed)
	open := o.election(t, 2, nil)
	keys := o.issue(t, open, 9)
	o.castAll(t, keys[:6])
	earlier := func() {
		o.votes.Stop()
		o.around(t, `DELETE FROM online_sums; DELETE FROM online_sum_starts; `+databasetest.DropTrigger("audit_events_are_not_deleted")+`;
			DELETE FROM audit_events WHERE action IN ('online-ballots-recorded', 'online-sums-begun')`)
		if err := o.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	begun := func() int64 {
		return o.number(t, `SELECT count(*) FROM audit_events WHERE action IN ('online-ballots-recorded', 'online-sums-begun')`)
	}
	earlier()
	o.open(t, online.Options{})
	o.agrees(t, 6, 1)
	if differences, compared := o.compare(t, []byte(secret)); len(compared.Unproven) != 2 || begun() != 2 {
		t.Errorf("want it said of both elections since when their ballots are proved, got %q, %+v", differences, compared)
	}
	o.castAll(t, keys[6:])
	o.agrees(t, 9, 1)
	o.around(t, `UPDATE online_ballots SET poll_number = 1 + poll_number % 3 WHERE guid IN (SELECT min(guid) FROM online_ballots GROUP BY election_id)`)
	o.differ(t, "constituency 1: its online ballots are not those that event", "its online ballots are not those of its running sum")
	o.votes.Stop()
	if err := o.db.Close(); err != nil {
		t.Fatal(err)
	}
	o.open(t, online.Options{})
	if begun() != 2 {
		t.Errorf("want the sums begun once, got %d events", begun())
	}
	o.differ(t, "constituency 1: its online ballots are not those that event", "its online ballots are not those of its running sum")
}
