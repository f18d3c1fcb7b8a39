package online_test

import (
	"bytes"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// closed reports whether an election was closed in full.
func (o *env) closed(t *testing.T, e *elections.Election) (closed bool) {
	t.Helper()
	err := o.db.Read(t.Context(), func(tx *database.Tx) (err error) {
		closed, err = online.VotingClosed(t.Context(), tx, e.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return closed
}

func (o *env) waitForClose(t *testing.T, e *elections.Election) {
	t.Helper()
	until(t, "the election closed", func() bool { return o.closed(t, e) })
}

// TestClose_EndsWithdrawals closes an election while the withdrawal of a roll is cut off, as by a command that was
// interrupted: the numbers of keys are final when the close is, and an issue for another election changes none.
func TestClose_EndsWithdrawals(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 2, nil)
	keys := o.issue(t, e, 6)
	if err := o.cast(t, keys[0], "Alder"); err != nil {
		t.Fatal(err)
	}
	err := o.db.Write(t.Context(), func(tx *database.Tx) error {
		return tx.Gorm().Exec(`UPDATE voter_rolls SET state = 'withdrawing'`).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Move(2 * time.Hour)
	o.waitForClose(t, e)
	record := func() (r online.KeyRecord) {
		err := o.db.Read(t.Context(), func(tx *database.Tx) error {
			all, err := online.KeyRecordsOf(t.Context(), tx, []int64{e.ID})
			r = all[e.ID]
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	final := record()
	if n, err := o.votes.Keys(t.Context(), e.ID); err != nil || n != 1 {
		t.Errorf("want the used key alone, got %d, %v", n, err)
	}
	o.issue(t, o.election(t, 1, nil), 1)
	if diff := cmp.Diff(final, record()); diff != "" {
		t.Errorf("want nothing of a closed election changed (-closed +now):\n%s", diff)
	}
	if n := o.number(t, `SELECT count(*) FROM voter_rolls WHERE id = 1 AND state = 'withdrawn'`); n != 1 {
		t.Error("want the withdrawal ended")
	}
}

// guids returns the GUIDs of an election's ballots as they are stored.
func (o *env) guids(t *testing.T) (guids [][]byte) {
	t.Helper()
	rows, err := o.db.Pool().QueryContext(t.Context(), `SELECT guid FROM online_ballots`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var g []byte
		if err := rows.Scan(&g); err != nil {
			t.Fatal(err)
		}
		guids = append(guids, g)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return guids
}

// traces returns how many of the GUIDs stand anywhere in the database's files; on PostgreSQL, in the table.
func (o *env) traces(t *testing.T, guids [][]byte) (n int) {
	t.Helper()
	if databasetest.OnPostgres() {
		for _, g := range guids {
			n += int(o.number(t, `SELECT count(*) FROM online_ballots WHERE guid = $1`, g))
		}
		return n
	}
	for _, name := range []string{"urna.db", "urna.db-wal"} {
		content, err := os.ReadFile(filepath.Join(o.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range guids {
			if bytes.Contains(content, g) {
				n++
			}
		}
	}
	return n
}

// TestClose_ErasesTheOldPages looks for the GUIDs that ballots had while voting went on in the bytes of
// the file and its log, before the close and after it.
func TestClose_ErasesTheOldPages(t *testing.T) {
	databasetest.NeedsSQLite(t, "it looks into the file")
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 400)
	const votes = 347 // not at a step of the public count
	for i, k := range keys[:votes] {
		if err := o.cast(t, k, strconv.Itoa(1+i%3)); err != nil {
			t.Fatal(err)
		}
	}
	old := o.guids(t)
	if n := o.traces(t, old); n < len(old) {
		t.Fatalf("want the test to see all %d GUIDs before the close, got %d", len(old), n)
	}
	o.Move(2 * time.Hour)
	o.waitForClose(t, e)
	if n := o.traces(t, old); n != 0 {
		t.Errorf("want no trace of %d GUIDs after the close, found %d", len(old), n)
	}
	if now := o.guids(t); len(now) != votes || o.traces(t, now) != votes {
		t.Errorf("want %d ballots under other GUIDs, got %d", votes, len(now))
	}
	if tally := o.tally(t, e); tally.Online != votes {
		t.Errorf("want every vote shown after the close, got %+v", tally)
	}
	o.recount(t)
}

// TestClose_ClockThatJumpsBackReopensNothing also starts the service again with the clock back.
func TestClose_ClockThatJumpsBackReopensNothing(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 2)
	o.Move(2 * time.Hour)
	o.waitForClose(t, e)
	o.Move(-2 * time.Hour)
	if err := o.cast(t, keys[0], "Alder"); !errors.Is(err, online.ErrVotingClosed) {
		t.Errorf("want closed for good, got %v", err)
	}
	o.votes.Stop()
	if err := o.db.Close(); err != nil {
		t.Fatal(err)
	}
	o.open(t, online.Options{})
	if err := o.cast(t, keys[0], "Alder"); !errors.Is(err, online.ErrVotingClosed) {
		t.Errorf("want closed after a restart, got %v", err)
	}
	if _, err := o.votes.Reissue(t.Context(), ada, e.ID, keys[0].PersonalID); !errors.Is(err, online.ErrTakesNoKeys) {
		t.Errorf("want no key after the close, got %v", err)
	}
}

// TestClose_CountsWhatCameBefore has voters vote before, while and after the end comes, in groups that wait for an
// hour: the count has the votes that were accepted, and no others.
func TestClose_CountsWhatCameBefore(t *testing.T) {
	o := newEnv(t, online.Options{GroupVotes: 50, GroupWait: time.Hour})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 330)
	var voters sync.WaitGroup
	var mutex sync.Mutex
	answers := map[error]int64{}
	vote := func(keys []online.Key) {
		for _, k := range keys {
			voters.Go(func() {
				err := o.cast(t, k, "Alder")
				mutex.Lock()
				defer mutex.Unlock()
				answers[err]++
			})
		}
	}
	vote(keys[:110])
	until(t, "votes before the end", func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		return answers[nil]+o.votes.Inside() == 110
	})
	vote(keys[110:220])
	o.Move(2 * time.Hour)
	vote(keys[220:])
	voters.Wait()
	o.waitForClose(t, e)
	if answers[nil] < 110 || answers[online.ErrVotingClosed] < 110 || len(answers) != 2 {
		t.Errorf("want the votes before the end accepted and those after it refused, got %v", answers)
	}
	if n := o.number(t, `SELECT count(*) FROM online_ballots`); n != answers[nil] {
		t.Errorf("want the %d accepted votes in the count, got %d", answers[nil], n)
	}
	recorded := o.number(t, `SELECT json_extract(detail, '$.online_ballots') FROM audit_events WHERE action = 'election-closed'`)
	if recorded != answers[nil] {
		t.Errorf("want all of them on record at the close, %d, got %d", answers[nil], recorded)
	}
	o.recount(t)
}

// TestClose_GoesOnAfterARestart stops the service between the mark and the rest, and between the shuffle and
// the rewriting of the file.
func TestClose_GoesOnAfterARestart(t *testing.T) {
	for _, step := range []string{"closed", "shuffled", "rewritten"} {
		t.Run(step, func(t *testing.T) {
			o := newEnv(t, online.Options{})
			e := o.election(t, 1, nil)
			for _, k := range o.issue(t, e, 5) {
				if err := o.cast(t, k, "Birch"); err != nil {
					t.Fatal(err)
				}
			}
			old := o.guids(t)
			o.votes.Stop()
			err := o.db.Write(t.Context(), func(tx *database.Tx) error {
				_, err := tx.SQL().ExecContext(t.Context(), `UPDATE elections SET closed_at = ends_at`)
				if err == nil {
					_, err = tx.SQL().ExecContext(t.Context(), `INSERT INTO online_closings (election_id, step) SELECT id, $1 FROM elections`, step)
				}
				if err == nil && step != "closed" {
					_, err = tx.SQL().ExecContext(t.Context(), `UPDATE online_ballots SET guid = randomblob(16)`)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if step == "rewritten" {
				if err := o.db.Rewrite(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := o.db.Close(); err != nil {
				t.Fatal(err)
			}
			o.open(t, online.Options{})
			o.waitForClose(t, e)
			if n := o.traces(t, old); n != 0 {
				t.Errorf("want no trace of the old GUIDs, got %d", n)
			}
			o.recount(t)
		})
	}
}

// TestClose_NotDoneBeforeTheLogIsEmpty reads an old state, so that the log, in which every group of
// votes is in use, cannot be emptied.
func TestClose_NotDoneBeforeTheLogIsEmpty(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	for _, k := range o.issue(t, e, 5) {
		if err := o.cast(t, k, "Birch"); err != nil {
			t.Fatal(err)
		}
	}
	old := o.guids(t)
	reader, err := o.db.Pool().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reader.QueryRowContext(t.Context(), `SELECT count(*) FROM online_ballots`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	said := listen(t)
	o.Move(2 * time.Hour)
	until(t, "the closer to find a reader in its way", func() bool { return strings.Contains(said(), database.ErrReadersInTheWay.Error()) })
	if o.closed(t, e) || o.traces(t, old) == 0 && !databasetest.OnPostgres() {
		t.Errorf("want the close not done while the log holds %d of the old GUIDs", o.traces(t, old))
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	o.waitForClose(t, e)
	if n := o.traces(t, old); n != 0 {
		t.Errorf("want no trace of the old GUIDs, got %d", n)
	}
}

// listen keeps the log until the test's end, and returns what reads it.
func listen(t *testing.T) func() string {
	t.Helper()
	var mutex sync.Mutex
	var log strings.Builder
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mutex.Lock()
		defer mutex.Unlock()
		return log.Write(p)
	}), nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return func() string {
		mutex.Lock()
		defer mutex.Unlock()
		return log.String()
	}
}

// writer is a function as an io.Writer.
type writer func(p []byte) (int, error)

// Write implements io.Writer.
func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestClose_WithoutKeysNothingNeedsErasing reads an old state while an election without voter keys ends.
func TestClose_WithoutKeysNothingNeedsErasing(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	reader, err := o.db.Pool().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Rollback() }()
	if err := reader.QueryRowContext(t.Context(), `SELECT 1 FROM online_ballots`).Scan(new(int)); err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatal(err)
	}
	o.Move(2 * time.Hour)
	o.waitForClose(t, e)
}

// TestClose_ExtendedInTheLastMoment moves the end while a copy of the election says that it is over.
func TestClose_ExtendedInTheLastMoment(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	keys := o.issue(t, e, 2)
	if err := o.cast(t, keys[0], "Alder"); err != nil {
		t.Fatal(err)
	}
	d := e.Draft()
	d.EndsAt = d.EndsAt.Add(2 * time.Hour)
	if _, err := o.registry.Change(t.Context(), ada, e.ID, d); err != nil {
		t.Fatal(err)
	}
	o.Move(2 * time.Hour)
	if err := o.cast(t, keys[1], "Alder"); err != nil {
		t.Errorf("want the later end known, got %v", err)
	}
}

// TestClose_RemovesCopiesOfTheDatabase has copies from before upgrades, and one that was made by hand, beside the
// database.
func TestClose_RemovesCopiesOfTheDatabase(t *testing.T) {
	databasetest.NeedsSQLite(t, "other programs make the copies of a PostgreSQL database")
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	o.issue(t, e, 2)
	content, err := os.ReadFile(filepath.Join(o.folder, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"urna.schema-14.before-16.db", "urna.schema-15.before-16.db.part", "mine"} {
		if err := os.WriteFile(filepath.Join(o.folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err = o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO database_copies VALUES ('urna.schema-14.before-16.db', 0), ('urna.schema-3.before-4.db', 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Move(2 * time.Hour)
	o.waitForClose(t, e)
	for name, stays := range map[string]bool{"urna.schema-14.before-16.db": false, "urna.schema-15.before-16.db.part": false, "mine": true} {
		if _, err := os.Stat(filepath.Join(o.folder, name)); (err == nil) != stays {
			t.Errorf("%s: want it there after the close: %v, got %v", name, stays, err)
		}
	}
	var detail string
	err = o.db.Pool().QueryRowContext(t.Context(), `SELECT detail FROM audit_events WHERE action = 'database-copies-erased'`).Scan(&detail)
	const want = `{"removed":["urna.schema-14.before-16.db","urna.schema-15.before-16.db.part"],"unreachable":["urna.schema-3.before-4.db (is no longer where it was made)","mine"]}`
	if err != nil || detail != want {
		t.Errorf("want on record what was removed and what not, %s, got %s, %v", want, detail, err)
	}
}
