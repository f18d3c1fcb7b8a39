package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/sealed"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/results"
)

// patience bounds how long work in the background is waited for on a good disk; on a failing one it is much shorter, because
// it may never come to an end.
const (
	patience   = time.Minute
	impatience = 300 * time.Millisecond
)

// act is one act of a person or of the program.
type act struct {
	name string
	// before is done on a good disk.
	before func(t *testing.T, s *stage)
	// do does the act. nil means that it was answered; what happens in the background is waited for until the context ends.
	do func(ctx context.Context, s *stage) error
	// done reports whether the act is in the database.
	done func(ctx context.Context, s *stage) (bool, error)
	// after looks at the folder when the act has ended and the folder is closed, on a good disk or on a failing one.
	after func(t *testing.T, path string)
}

// stage is an open data folder with what every act needs: an election with votes, batches and protocols.
type stage struct {
	*apptest.Env
	*scene
}

// scene is what a template knows of its folder. Acts add to it before the fault only.
type scene struct {
	clock            *clock.Clock
	ada, olga        audit.Actor // an administrator and an official
	online, stations *elections.Election
	station          []int64
	keys             []online.Key
	batch            int64             // which was counted
	identities       sealed.Identities // that open backups
}

func (s *scene) person() protocol.Person { return protocol.Person{Actor: s.ada, Administrator: true} }

func (s *scene) other() protocol.Person { return protocol.Person{Actor: s.olga, Administrator: true} }

// prepare fills a new folder.
func prepare(t *testing.T, env *apptest.Env) *scene {
	t.Helper()
	s := &scene{clock: env.Clock, identities: newIdentity(t)}
	s.ada = env.AddAccount(t, "Ada", auth.Administrator).Actor("office")
	s.olga = env.AddAccount(t, "Olga", auth.Official).Actor("hall")
	var lists []elections.CandidacyDraft
	for i := range 3 {
		p := must[participants.Participant](t)(env.Participants.Create(t.Context(), s.ada, participants.Draft{Name: fmt.Sprint("List ", i+1), Kind: participants.Party}))
		lists = append(lists, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	now := env.Clock.Now()
	draft := func(title string, channels ...elections.Channel) elections.Draft {
		return elections.Draft{
			Title: title, Kind: elections.Parliamentary, StartsAt: now.Add(-time.Minute), EndsAt: now.Add(time.Hour), OpenNow: true, Confirmations: 1,
			PublicView: elections.RunningCount, Channels: channels,
			Constituencies: []elections.ConstituencyDraft{{Name: "All", Seats: 5, Candidacies: lists, RegisteredVoters: 5000}},
		}
	}
	s.online = must[*elections.Election](t)(env.Elections.Create(t.Context(), s.ada, draft("Online", elections.Online, elections.Batches)))
	d := draft("Stations", elections.Batches)
	for i := range 3 {
		d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: strconv.Itoa(i + 1), RegisteredVoters: 100})
	}
	s.stations = must[*elections.Election](t)(env.Elections.Create(t.Context(), s.ada, d))
	for _, list := range must[map[int64][]elections.Station](t)(env.Elections.Stations(t.Context(), s.stations.ID)) {
		for i := range list {
			s.station = append(s.station, list[i].ID)
		}
	}
	s.keys = must[[]online.Key](t)(apptest.Keys(t.Context(), env.Votes, s.online.ID, 12, func(i int) online.Voter {
		return online.Voter{PersonalID: fmt.Sprint("voter-", i)}
	}))
	st := &stage{env, s}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for i := range 5 {
		if err := st.vote(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	s.batch = must[int64](t)(st.upload(ctx, 20))
	if err := st.settle(ctx, s.batch, batch.Counted); err != nil {
		t.Fatal(err)
	}
	return s
}

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

func (s *stage) vote(ctx context.Context, key int) error {
	k := s.keys[key]
	return s.Votes.Cast(ctx, online.Vote{Credentials: online.Credentials{PersonalID: k.PersonalID, GUID: k.GUID}, Candidate: strconv.Itoa(1 + key%3)})
}

// upload sends a file of so many lines. Those of a longer file begin with those of a shorter one.
func (s *stage) upload(ctx context.Context, lines int) (int64, error) {
	var file strings.Builder
	for i := range lines {
		fmt.Fprintf(&file, "00000000-0000-4000-8000-%012x,%d\n", i+1, 1+i%4)
	}
	b, err := s.Batches.Receive(ctx, batch.Delivery{Actor: s.olga, ElectionID: s.online.ID, FileName: "a.csv"}, strings.NewReader(file.String()))
	return b.ID, err
}

// settle waits until a batch has a state.
func (s *stage) settle(ctx context.Context, id int64, state batch.State) error {
	return wait(ctx, func() (bool, error) {
		b, err := s.Batches.Batch(ctx, id)
		if err == nil && b.State != state {
			err = fmt.Errorf("batch %d is %s %s", id, b.State, b.Failure)
		}
		return b.State == state, err
	})
}

// wait looks again until it is done or the context ends.
func wait(ctx context.Context, done func() (bool, error)) error {
	for ; ; time.Sleep(2 * time.Millisecond) {
		if ok, err := done(); ok {
			return nil
		} else if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

// enter types a protocol. The numbers of both people agree.
func (s *stage) enter(ctx context.Context, by protocol.Person, station int) error {
	_, err := s.Protocols.Enter(ctx, by, protocol.Entry{StationID: s.station[station], Numbers: map[string]string{
		"fields.found_in_box": "40", "fields.invalid": "3", "votes.1": "20", "votes.2": "9", "votes.3": "8",
	}})
	return err
}

// protocolIs reports whether the protocol of a station has one of the states.
func (s *stage) protocolIs(ctx context.Context, station int, states ...protocol.State) (bool, error) {
	view, err := s.Protocols.Protocol(ctx, s.person(), s.station[station])
	return err == nil && slices.Contains(states, view.State), err
}

// certifiable ends the election with polling stations and waits until it can be certified.
func (s *stage) certifiable(t *testing.T) {
	t.Helper()
	s.clock.Move(2 * time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := wait(ctx, func() (bool, error) {
		final, err := s.Results.Final(ctx, s.stations.ID)
		return err == nil && !slices.ContainsFunc(final.OpenPoints, func(p results.OpenPoint) bool { return p.Open() && !p.Liftable }), err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// certify certifies with a reason for each open point.
func (s *stage) certify(ctx context.Context) error {
	final, err := s.Results.Final(ctx, s.stations.ID)
	if err != nil {
		return err
	}
	var reasons []results.Reason
	for _, p := range final.OpenPoints {
		if p.Open() {
			reasons = append(reasons, results.Reason{Point: p.Key(), Text: "It is a test."})
		}
	}
	_, err = s.Results.Certify(ctx, s.ada, s.stations.ID, "", reasons...)
	return err
}

// stateOf reports whether an election has a state.
func (s *stage) stateOf(ctx context.Context, id int64, state elections.State) (bool, error) {
	e, err := s.Elections.Election(ctx, id)
	return err == nil && e.StateAt(s.clock.Now()) == state, err
}

// options are those of every opening. Votes wait for no others.
func options(o *app.Options) {
	o.Votes.GroupWait = time.Millisecond
	o.Ingest.RetryAfter = 2 * time.Millisecond
}
