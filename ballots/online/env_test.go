package online_test

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/faultvfs"
)

const secret = "a secret that only tests have, of more than 32 characters"

var ada = audit.Actor{ID: 1, Name: "Ada", From: "test"}

// env is a database in a folder with the services over it, and a clock that a test may move on or back.
type env struct {
	folder       string
	db           *database.DB
	registry     *elections.Service
	participants *participants.Service
	votes        *online.Service
	*clock.Clock
}

func newEnv(t *testing.T, options online.Options) *env {
	t.Helper()
	o := &env{folder: t.TempDir(), Clock: &clock.Clock{}}
	o.open(t, options)
	return o
}

// newEnvWithSetClock returns an env whose clock moves only when it is told, for tests in which a second more
// or less makes a difference.
func newEnvWithSetClock(t *testing.T, options online.Options) *env {
	t.Helper()
	o := &env{folder: t.TempDir(), Clock: clock.At(time.Now())}
	o.open(t, options)
	return o
}

// newEnvOnFailingDisk returns an env, and its disk, which fails as it is told.
func newEnvOnFailingDisk(t *testing.T) (*env, *faultvfs.Disk) {
	t.Helper()
	databasetest.NeedsSQLite(t, "the failing disk is SQLite's")
	disk, err := faultvfs.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(disk.Close)
	o := &env{folder: t.TempDir(), Clock: &clock.Clock{}}
	if o.db, err = databasetest.OpenThrough(t.Context(), filepath.Join(o.folder, "urna.db"), database.Main, disk.VFS); err != nil {
		t.Fatal(err)
	}
	o.serve(t, online.Options{})
	return o, disk
}

// open opens the folder and starts to take votes; a group waits for a moment only, unless told otherwise.
func (o *env) open(t *testing.T, options online.Options) {
	t.Helper()
	var err error
	if o.db, err = databasetest.OpenFile(t.Context(), filepath.Join(o.folder, "urna.db"), database.Main); err != nil {
		t.Fatal(err)
	}
	o.serve(t, options)
}

// serve puts the services over an open database and starts to take votes.
func (o *env) serve(t *testing.T, options online.Options) {
	t.Helper()
	log := &audit.Log{Now: o.Now}
	o.participants = participants.New(o.db, log, participants.Options{Now: o.Now})
	o.registry = elections.New(o.db, log, o.participants, elections.Options{Now: o.Now, TimeZone: "UTC", Keyed: online.KeyedConstituencies})
	options.Now, options.Secret, options.Folder = o.Now, []byte(secret), filepath.Join(o.folder, "rolls")
	if options.GroupVotes == 0 {
		options.GroupVotes = 1
	}
	var err error
	if o.votes, err = online.New(t.Context(), o.db, log, o.registry, options); err != nil {
		t.Fatal(err)
	}
	if err := o.votes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	votes, db := o.votes, o.db
	t.Cleanup(func() {
		votes.Stop()
		_ = db.Close()
	})
}

// election makes an open election with three candidates in each of so many constituencies.
func (o *env) election(t *testing.T, constituencies int, change func(*elections.Draft)) *elections.Election {
	t.Helper()
	now := o.Now()
	d := elections.Draft{
		Title: "Online", Kind: elections.Parliamentary, StartsAt: now.Add(-time.Hour), EndsAt: now.Add(time.Hour), OpenNow: true,
		Channels: []elections.Channel{elections.Online}, PublicView: elections.RunningCount,
	}
	for i := range constituencies {
		d.Constituencies = append(d.Constituencies, elections.ConstituencyDraft{Name: fmt.Sprintf("Constituency %d", i+1), Seats: 3})
	}
	for _, name := range []string{"Alder", "Birch", "Cedar"} {
		p, err := o.participants.Create(t.Context(), ada, participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Constituencies {
			d.Constituencies[i].Candidacies = append(d.Constituencies[i].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		}
	}
	if change != nil {
		change(&d)
	}
	e, err := o.registry.Create(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// roll yields voters 1 to n, who belong to the election's constituencies in turns.
func roll(e *elections.Election, n int) iter.Seq2[online.Voter, error] {
	return func(yield func(online.Voter, error) bool) {
		for i := range n {
			v := online.Voter{
				Line: int64(i + 1), PersonalID: fmt.Sprintf("person-%d-of-election-%d", i, e.ID), Name: "Somebody",
				Constituency: e.Constituencies[i%len(e.Constituencies)].Name,
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// issue gives n voters keys.
func (o *env) issue(t *testing.T, e *elections.Election, n int) []online.Key {
	t.Helper()
	issued, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, n), nil)
	if err != nil {
		t.Fatal(err)
	}
	return keysOf(t, issued)
}

func keysOf(t *testing.T, issued *online.Issued) (keys []online.Key) {
	t.Helper()
	for key, err := range issued.Keys() {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	if err := issued.Close(); err != nil {
		t.Error(err)
	}
	return keys
}

func (o *env) cast(t *testing.T, k online.Key, candidate string) error {
	t.Helper()
	return o.votes.Cast(t.Context(), online.Vote{
		Credentials: online.Credentials{PersonalID: k.PersonalID, GUID: k.GUID, Origin: "192.0.2.1"}, Candidate: candidate,
	})
}

// until waits for what must come.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want %s within a minute", what)
		}
	}
}

// came waits until so many votes are queued.
func (o *env) came(t *testing.T, votes int64) {
	t.Helper()
	until(t, fmt.Sprintf("%d votes queued", votes), func() bool { return o.votes.Inside() == votes })
}

// sorted waits until so many votes are queued, looked up, and in their groups: votes are sorted in the order in
// which they come, so that they are when a wrong key behind them is answered.
func (o *env) sorted(t *testing.T, votes int64) {
	t.Helper()
	o.came(t, votes)
	if err := o.guess(t, fmt.Sprint("unknown behind ", votes), "198.51.100.1", false); !errors.Is(err, online.ErrInvalidKey) {
		t.Fatalf("want a wrong key refused, got %v", err)
	}
}

// number returns what a query counts.
func (o *env) number(t *testing.T, query string, args ...any) (n int64) {
	t.Helper()
	if err := o.db.Pool().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// recount fails the test where the ledger is not what its tallies say.
func (o *env) recount(t *testing.T) {
	t.Helper()
	var r ballots.Recount
	err := o.db.Write(t.Context(), func(tx *database.Tx) (err error) {
		if r, err = ballots.RecountAll(t.Context(), tx, nil, nil); err != nil {
			return err
		}
		return online.RecountAll(t.Context(), tx, nil, &r)
	})
	if err != nil || len(r.Differences) > 0 {
		t.Errorf("want no difference, got %v, %v", r.Differences, err)
	}
}

// tally returns an election's tally in its first constituency, as it may be shown.
func (o *env) tally(t *testing.T, e *elections.Election) ballots.Tally {
	t.Helper()
	var tallies map[int64]ballots.Tally
	err := o.db.Read(t.Context(), func(tx *database.Tx) (err error) {
		if tallies, err = ballots.Tallies(t.Context(), tx, e.ID); err != nil {
			return err
		}
		return online.AddTallies(t.Context(), tx, tallies, e.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	return tallies[e.Constituencies[0].ID]
}
