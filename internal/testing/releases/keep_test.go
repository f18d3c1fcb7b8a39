package releases

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/program"
	"urna/results"
	"urna/results/bundle"
)

var keep = flag.Bool("keep", false, "make the data of this version and keep them in testdata")

// A record is what the test has to know of the kept data.
type record struct {
	Version   string            `json:"version"`
	Certified int64             `json:"certified"` // the election of the bundles
	Elections map[string]int64  `json:"elections"` // what it is for → id
	Key       map[string]string `json:"key"`       // of a voter of the open election who has not voted
	// Unproven tells that the log of that version does not record rows, so that the present program appends a baseline.
	Unproven bool `json:"unproven,omitempty"`
}

// TestKeep makes the data of this version, with -keep.
func TestKeep(t *testing.T) {
	if !*keep {
		t.Skip("the data of a release are made once, with -keep")
	}
	binary := program.Build(t)
	made := record{Version: versionOf(t, binary), Elections: map[string]int64{}}
	folder := filepath.Join("testdata", made.Version)
	if _, err := os.Stat(folder); err == nil {
		t.Fatalf("%s exists already: data of a release are never made again. Set the next version in internal/cli/version.go first", folder)
	}
	c := &clock.Clock{}
	c.Move(-72 * time.Hour) // so that all of it is in the past when the test runs
	e := apptest.Open(t, t.TempDir(), c, func(o *app.Options) { o.PasswordParams = nil })
	e.Start(t)
	k := &keeper{t: t, Env: e}
	k.accounts()
	k.scheduled(&made)
	k.counting(&made)
	k.certified(&made)
	k.president(&made)
	k.open(&made)

	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for form, name := range map[bundle.Form]string{bundle.Public: publicBundle, bundle.Full: fullBundle} {
		path := must[string](t)(e.Bundles.Bundle(t.Context(), made.Certified, form))
		content := must[[]byte](t)(os.ReadFile(path))
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	pack(t, e.Path, filepath.Join(folder, dataFolder))
	write(t, filepath.Join(folder, "record.json"), made)

	// The results as the program of this version shows them.
	s := program.Serve(t, binary, unpacked(t, folder))
	shown := map[string]json.RawMessage{}
	for name, id := range made.Elections {
		if name != "scheduled" && name != "second round" {
			shown[name] = get(t, fmt.Sprintf("%s/api/v1/elections/%d/results", s.URL, id))
		}
	}
	write(t, filepath.Join(folder, "results.json"), shown)
}

// write writes a value as indented JSON.
func write(t *testing.T, path string, value any) {
	t.Helper()
	content := must[[]byte](t)(json.MarshalIndent(value, "", "  "))
	if err := os.WriteFile(path, append(content, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A keeper fills a folder. Its methods fail the test where anything goes wrong.
type keeper struct {
	t *testing.T
	*apptest.Env

	ada, bea, olga audit.Actor
	guids          int
}

func (k *keeper) accounts() {
	actor := func(u auth.User) audit.Actor { return audit.Actor{ID: u.ID, Name: u.Name(), From: "127.0.0.1"} }
	k.ada = actor(k.AddAccount(k.t, "ada", auth.Administrator))
	k.bea = actor(k.AddAccount(k.t, "bea", auth.Administrator))
	k.olga = actor(k.AddAccount(k.t, "olga", auth.Official))
}

// define makes an election with lists or people of the names in each constituency.
func (k *keeper) define(d elections.Draft, names ...string) *elections.Election {
	k.t.Helper()
	kind := participants.Party
	if d.Kind == elections.Presidential {
		kind = participants.Individual
	}
	var candidacies []elections.CandidacyDraft
	for _, name := range names {
		p := must[participants.Participant](k.t)(k.Participants.Create(k.t.Context(), k.ada,
			participants.Draft{Name: d.Title + ": " + name, Kind: kind}))
		candidacies = append(candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	for i := range d.Constituencies {
		d.Constituencies[i].Candidacies = candidacies
	}
	d.Rules.BlankBallots = true
	return must[*elections.Election](k.t)(k.Elections.Create(k.t.Context(), k.ada, d))
}

// soon is a period that begins in a minute by the keeper's clock and lasts an hour: keys are issued and revoked before the
// opening, because later it takes a second administrator. begin opens it.
func (k *keeper) soon(d elections.Draft) elections.Draft {
	d.StartsAt, d.EndsAt = k.Clock.Now().Add(time.Minute), k.Clock.Now().Add(time.Hour)
	return d
}

func (k *keeper) begin() { k.Clock.Move(2 * time.Minute) }

// count uploads a file with so many ballots for each poll number from 0 and waits until it is counted.
func (k *keeper) count(e *elections.Election, constituency int, votes ...int) batch.Batch {
	k.t.Helper()
	var b strings.Builder
	for poll, n := range votes {
		for range n {
			k.guids++
			fmt.Fprintf(&b, "%08x-0000-4000-8000-%012x,%d\n", e.ID, k.guids, poll)
		}
	}
	return k.upload(e, constituency, b.String())
}

func (k *keeper) upload(e *elections.Election, constituency int, content string) batch.Batch {
	k.t.Helper()
	accepted := must[batch.Batch](k.t)(k.Batches.Receive(k.t.Context(), batch.Delivery{
		Actor: k.olga, ElectionID: e.ID, ConstituencyID: e.Constituencies[constituency].ID, FileName: "ballots.csv",
	}, strings.NewReader(content)))
	return k.settle(accepted.ID)
}

func (k *keeper) settle(id int64) (b batch.Batch) {
	k.t.Helper()
	until(k.t, func() bool {
		b = must[batch.Batch](k.t)(k.Batches.Batch(k.t.Context(), id))
		return b.Settled()
	})
	return b
}

// issue gives keys to so many voters of a constituency.
func (k *keeper) issue(e *elections.Election, constituency, voters int) (keys []online.Key) {
	k.t.Helper()
	var roll iter.Seq2[online.Voter, error] = func(yield func(online.Voter, error) bool) {
		for n := range voters {
			v := online.Voter{
				Line: int64(n + 1), PersonalID: fmt.Sprintf("%d-%d-%03d", e.ID, constituency, n),
				Constituency: e.Constituencies[constituency].Name,
			}
			if !yield(v, nil) {
				return
			}
		}
	}
	issued := must[*online.Issued](k.t)(k.Votes.Issue(k.t.Context(), k.ada, e.ID, roll, nil))
	defer func() { _ = issued.Close() }()
	for key, err := range issued.Keys() {
		if err != nil {
			k.t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// vote casts a vote with each key, for the poll numbers in turn, all at once.
func (k *keeper) vote(keys []online.Key, polls ...string) {
	k.t.Helper()
	done := make(chan error)
	for i, key := range keys {
		go func() {
			done <- k.Votes.Cast(context.Background(), online.Vote{
				Credentials: online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID}, Candidate: polls[i%len(polls)], ByNumber: true,
			})
		}()
	}
	for range keys {
		if err := <-done; err != nil {
			k.t.Error(err)
		}
	}
}

// end lets the open elections end, and waits until nothing is in the way of certifying one except the named number of obstacles.
func (k *keeper) end(e *elections.Election, obstacles int) *results.Final {
	k.t.Helper()
	k.Clock.Move(2 * time.Hour)
	var final *results.Final
	until(k.t, func() bool {
		final = must[*results.Final](k.t)(k.Results.Final(k.t.Context(), e.ID))
		return len(final.Obstacles) == obstacles
	})
	return final
}

func (k *keeper) certify(e *elections.Election) {
	k.t.Helper()
	for _, actor := range []audit.Actor{k.ada, k.bea} {
		must[*results.Final](k.t)(k.Results.Certify(k.t.Context(), actor, e.ID, ""))
	}
}

func (k *keeper) scheduled(made *record) {
	e := k.define(elections.Draft{
		Title: "Scheduled", Kind: elections.Parliamentary, StartsAt: time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC),
		EndsAt: time.Date(2190, 1, 2, 0, 0, 0, 0, time.UTC), Constituencies: []elections.ConstituencyDraft{{Name: "North", Seats: 5}, {Name: "South", Seats: 4}},
	}, "Alder", "Birch")
	k.issue(e, 0, 10)
	made.Elections["scheduled"] = e.ID
}

// counting makes an election whose tie waits for a lot, with a retracted batch.
func (k *keeper) counting(made *record) {
	e := k.define(k.soon(elections.Draft{
		Title: "Counting", Kind: elections.Parliamentary, Constituencies: []elections.ConstituencyDraft{{Name: "Town", Seats: 7}},
		Channels: []elections.Channel{elections.Batches},
	}), "Alder", "Birch", "Cedar", "Dogwood")
	k.begin()
	k.count(e, 0, 6, 99, 53, 53, 33)
	wrong := k.count(e, 0, 0, 1, 2, 3)
	must[batch.Batch](k.t)(k.Batches.Retract(k.t.Context(), k.ada, wrong.ID, "the wrong town"))
	k.settle(wrong.ID)
	k.end(e, 1)
	made.Elections["counting"] = e.ID
}

// certified makes an election with both channels, lines that do not count, a lot, and two certifiers.
func (k *keeper) certified(made *record) {
	e := k.define(k.soon(elections.Draft{
		Title: "Certified", Kind: elections.Parliamentary, Rules: elections.Rules{Method: "sainte-lague", ThresholdPercent: "3"},
		Constituencies: []elections.ConstituencyDraft{{Name: "North", Seats: 3, RegisteredVoters: 500}, {Name: "South", Seats: 4, RegisteredVoters: 600}},
	}), "Crane", "Docks", "Offices")
	north, south := k.issue(e, 0, 40), k.issue(e, 1, 24)
	k.begin()
	k.vote(north[:30], "1", "2", "0")
	k.vote(south, "1", "2", "3")
	first := k.count(e, 0, 2, 40, 20, 10)
	k.count(e, 1, 5, 60, 30, 10)
	k.upload(e, 1, fmt.Sprintf("%08x-0000-4000-8000-%012x,1\n%08x-0000-4000-8000-00000000aaaa,9\n", e.ID, k.guids, e.ID))
	for _, move := range []func(context.Context, audit.Actor, int64, string) (batch.Batch, error){k.Batches.Retract, k.Batches.Restore} {
		must[batch.Batch](k.t)(move(k.t.Context(), k.bea, first.ID, "looked at again"))
		k.settle(first.ID)
	}
	final := k.end(e, 0)
	for _, c := range final.Results.Constituencies {
		if c.Tie != nil {
			k.t.Fatalf("want no tie in %s", c.Name)
		}
	}
	k.certify(e)
	made.Certified, made.Elections["certified"] = e.ID, e.ID
}

// president makes a certified first round and its second round.
func (k *keeper) president(made *record) {
	e := k.define(k.soon(elections.Draft{
		Title: "President", Kind: elections.Presidential, Rules: elections.Rules{Majority: elections.Absolute},
		Channels: []elections.Channel{elections.Batches}, Constituencies: []elections.ConstituencyDraft{{Name: "Nation"}},
	}), "Ann Archer", "Bob Baker", "Cat Carter")
	k.begin()
	k.count(e, 0, 3, 40, 30, 30)
	final := k.end(e, 1)
	tie := final.Results.Constituencies[0].Tie
	if tie == nil || !tie.Places {
		k.t.Fatalf("want a tie about a place in the second round, got %+v", tie)
	}
	must[results.Lot](k.t)(k.Results.RecordLot(k.t.Context(), k.ada, e.ID, results.LotDraft{
		Participants: tie.Participants, Place: "Town hall", Witnesses: "Vera Voter",
	}))
	k.certify(e)
	second := must[*elections.Election](k.t)(k.Results.CreateSecondRound(k.t.Context(), k.ada, e.ID, elections.Period{
		StartsAt: time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC), EndsAt: time.Date(2190, 1, 2, 0, 0, 0, 0, time.UTC),
	}))
	made.Elections["president"], made.Elections["second round"] = e.ID, second.ID
}

// open makes an election that is open for long, with a running count and keys that have not voted.
func (k *keeper) open(made *record) {
	d := k.soon(elections.Draft{
		Title: "Open", Kind: elections.Parliamentary, PublicView: elections.RunningCount,
		Constituencies: []elections.ConstituencyDraft{{Name: "North", Seats: 5}, {Name: "South", Seats: 4}},
	})
	d.EndsAt = time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC)
	e := k.define(d, "Alder", "Birch", "Cedar")
	keys := k.issue(e, 0, 30)
	if err := k.Votes.Revoke(k.t.Context(), k.ada, e.ID, keys[28].PersonalID); err != nil {
		k.t.Fatal(err)
	}
	k.begin()
	k.vote(keys[:25], "1", "2", "2")
	k.count(e, 0, 1, 10, 20, 30)
	k.count(e, 1, 0, 5, 6, 7)
	made.Elections["open"] = e.ID
	made.Key = map[string]string{"personal_id": keys[29].PersonalID, "guid": keys[29].GUID}
}

// until waits until something is so.
func until(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("want it to be so within a minute")
		}
	}
}

// must returns a function that returns a value, or ends the test because of the error beside it.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
