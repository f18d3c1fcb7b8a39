package protocol_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
)

// The people of the tests.
var (
	ada   = person(1, "Ada Administrator", true)
	olga  = person(7, "Olga Official", false)
	oskar = person(8, "Oskar Official", false)
	petra = person(9, "Petra Official", false)
)

func person(id int64, name string, administrator bool) protocol.Person {
	return protocol.Person{Actor: audit.Actor{ID: id, Name: name, From: "test"}, Administrator: administrator}
}

// commission keeps the proposals of a test, and lets late protocols wait, and every act if it waits.
type commission struct {
	waits    bool
	proposed []approval.Request
}

// Ask answers an act.
func (c *commission) Ask(_ context.Context, _ *database.Tx, r approval.Request) (*approval.Waiting, error) {
	c.proposed = append(c.proposed, r)
	if !c.waits && r.Act != approval.LateProtocol {
		return nil, nil //nolint:nilnil // it may happen
	}
	return &approval.Waiting{ID: int64(len(c.proposed)), Act: r.Act}, nil
}

// env is an open election with two constituencies of five stations each, and two lists that stand in both.
type env struct {
	db         *database.DB
	log        *audit.Log
	elections  *elections.Service
	protocols  *protocol.Service
	election   *elections.Election
	stations   []int64 // of the first constituency, then those of the second
	now        *clock.Clock
	commission *commission
	news       int
}

func newEnv(tb testing.TB, changes ...func(*elections.Draft)) *env {
	tb.Helper()
	return newEnvAt(tb, &clock.Clock{}, changes...)
}

func newEnvAt(tb testing.TB, now *clock.Clock, changes ...func(*elections.Draft)) *env {
	tb.Helper()
	h := &env{db: databasetest.Open(tb), now: now, commission: &commission{}}
	h.log = &audit.Log{Now: h.now.Now}
	if err := h.log.Record(tb.Context(), h.db, slices.Concat(elections.LoggedTables(), protocol.LoggedTables())); err != nil {
		tb.Fatal(err)
	}
	registered := participants.New(h.db, h.log, participants.Options{Now: h.now.Now})
	h.elections = elections.New(h.db, h.log, registered, elections.Options{Now: h.now.Now, TimeZone: "UTC"})
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: h.now.Now().Add(-time.Hour), EndsAt: h.now.Now().Add(time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{Name: "North", Seats: 7}, {Name: "South", Seats: 3}},
	}
	for i := range 20 { // two are candidates
		p, err := registered.Create(tb.Context(), ada.Actor, participants.Draft{Name: fmt.Sprintf("List %d", i+1), Kind: participants.Party})
		if err != nil {
			tb.Fatal(err)
		}
		for j := range d.Constituencies {
			if i > 1 {
				break
			}
			d.Constituencies[j].Candidacies = append(d.Constituencies[j].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		}
	}
	for j := range d.Constituencies {
		for n := range 5 {
			d.Constituencies[j].Stations = append(d.Constituencies[j].Stations, elections.StationDraft{
				Number: strconv.Itoa(10*j + n + 1), RegisteredVoters: 1000,
			})
		}
	}
	for _, change := range changes {
		change(&d)
	}
	var err error
	if h.election, err = h.elections.Create(tb.Context(), ada.Actor, d); err != nil {
		tb.Fatal(err)
	}
	stations, err := h.elections.Stations(tb.Context(), h.election.ID)
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range h.election.Constituencies {
		for _, s := range stations[c.ID] {
			h.stations = append(h.stations, s.ID)
		}
	}
	h.protocols = protocol.New(h.db, h.log, h.elections, protocol.Options{
		Now: h.now.Now, Approvals: h.commission, OnCommit: func(int64) { h.news++ },
	})
	return h
}

// end moves the clock past the election's end: counts may be shown.
func (h *env) end() { h.now.Move(2 * time.Hour) }

// numbers are those of a protocol without errors and warnings, changed by pairs of name and value.
func numbers(pairs ...string) map[string]string {
	n := map[string]string{"fields.found_in_box": "100", "fields.invalid": "2", "votes.1": "58", "votes.2": "40"}
	for i := 0; i < len(pairs); i += 2 {
		n[pairs[i]] = pairs[i+1]
	}
	return n
}

// enter enters a protocol and wants no refusal.
func (h *env) enter(tb testing.TB, by protocol.Person, station int64, pairs ...string) protocol.Entered {
	tb.Helper()
	answer, err := h.protocols.Enter(tb.Context(), by, protocol.Entry{StationID: station, Numbers: numbers(pairs...)})
	if err != nil {
		tb.Fatal(err)
	}
	return answer
}

// view reads a protocol as a person.
func (h *env) view(tb testing.TB, reader protocol.Person, station int64) protocol.Protocol {
	tb.Helper()
	p, err := h.protocols.Protocol(tb.Context(), reader, station)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// tally returns the tally of a constituency, by its place in the election, and that of a station.
func (h *env) tally(tb testing.TB, place int, station int64) (all, own ballots.Tally) {
	tb.Helper()
	err := h.db.Read(tb.Context(), func(tx *database.Tx) error {
		found, err := ballots.Tallies(tb.Context(), tx, h.election.ID)
		if err != nil {
			return err
		}
		all = found[h.election.Constituencies[place].ID]
		stations, err := ballots.TalliesOfStations(tb.Context(), tx, []int64{station})
		own = stations[station]
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all, own
}

// wantTally compares both tallies of a station that is alone in its constituency.
func (h *env) wantTally(tb testing.TB, station int64, votes map[int]int64, invalid int64) {
	tb.Helper()
	all, own := h.tally(tb, 0, station)
	for name, t := range map[string]ballots.Tally{"constituency": all, "station": own} {
		if t.Invalid != invalid || len(votes)+len(t.Votes) > 0 && !maps.Equal(t.Votes, votes) {
			tb.Errorf("%s: want %v and %d invalid, got %+v", name, votes, invalid, t)
		}
	}
}

func (h *env) execute(tb testing.TB, statement string) {
	tb.Helper()
	err := h.db.Write(tb.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(tb.Context(), statement)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// confirm makes a confirmation of the election's figures, which is void already.
func (h *env) confirm(tb testing.TB) {
	tb.Helper()
	h.execute(tb, `INSERT INTO confirmations (election_id, administrator_id, administrator_name, figures, confirmed_at, voided_at)
		VALUES (1, 1, 'Ada', '0000000000000000000000000000000000000000000000000000000000000000', 1, 2)`)
}

// decide makes the decision about an act on a station's protocol.
func (h *env) decide(tb testing.TB, station int64, do func(context.Context, *database.Tx, approval.Approved) error) error {
	tb.Helper()
	return h.db.Write(tb.Context(), func(tx *database.Tx) error {
		return do(tb.Context(), tx, approval.Approved{
			ID: 1, Subject: fmt.Sprintf("protocol %d", h.view(tb, ada, station).ID), ElectionID: h.election.ID, Proposer: olga.Actor,
			Decider: "Ada", Reason: "for the test", Remark: "the road was flooded",
		})
	})
}
