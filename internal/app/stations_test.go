package app_test

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
)

// protocolsEnv is a folder with an open election whose polling stations have protocols, and two administrators.
type protocolsEnv struct {
	*apptest.Env

	ana, ben    audit.Actor
	olga, oskar protocol.Person
	election    *elections.Election
	stations    []elections.Station
}

func newProtocolsEnv(t *testing.T) *protocolsEnv {
	t.Helper()
	e := &protocolsEnv{Env: apptest.Start(t)}
	e.ana = e.AddAccount(t, "Ana", auth.Administrator).Actor("office")
	e.ben = e.AddAccount(t, "Ben", auth.Administrator).Actor("office")
	e.olga = protocol.Person{Actor: e.AddAccount(t, "Olga", auth.Official).Actor("hall")}
	e.oskar = protocol.Person{Actor: e.AddAccount(t, "Oskar", auth.Official).Actor("hall")}
	c := elections.ConstituencyDraft{Name: "North", Seats: 3}
	for _, name := range []string{"Roses", "Tulips"} {
		p, err := e.Participants.Create(t.Context(), e.ana, participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		c.Candidacies = append(c.Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	for n := range 4 {
		c.Stations = append(c.Stations, elections.StationDraft{Number: strconv.Itoa(n + 1), RegisteredVoters: 100})
	}
	now := e.Clock.Now()
	until := now.Add(2 * time.Hour)
	var err error
	e.election, err = e.Elections.Create(t.Context(), e.ana, elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: now, EndsAt: now.Add(time.Hour), BatchesUntil: &until, OpenNow: true,
		Channels: []elections.Channel{elections.Batches}, Constituencies: []elections.ConstituencyDraft{c},
	})
	if err != nil {
		t.Fatal(err)
	}
	of, err := e.Elections.Stations(t.Context(), e.election.ID)
	if err != nil {
		t.Fatal(err)
	}
	e.stations = of[e.election.Constituencies[0].ID]
	return e
}

// enter enters the protocol of a station, and wants a state.
func (e *protocolsEnv) enter(t *testing.T, by protocol.Person, station int, roses, tulips string, want protocol.State) {
	t.Helper()
	answer, err := e.Protocols.Enter(t.Context(), by, protocol.Entry{StationID: e.stations[station].ID, Numbers: map[string]string{
		"fields.found_in_box": "50", "fields.invalid": "2", "votes.1": roses, "votes.2": tulips,
	}})
	if err != nil || answer.State != want {
		t.Fatalf("want %s, got %+v, %v", want, answer, err)
	}
}

// annul proposes the annulment of a station, which another administrator approves.
func (e *protocolsEnv) annul(t *testing.T, station int) error {
	t.Helper()
	_, err := e.Elections.AnnulStation(t.Context(), e.ana, e.stations[station].ID, "two urns")
	waits, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want an annulment to wait, got %v", err)
	}
	_, err = e.Approvals.Decide(t.Context(), e.ben, waits.ID, auth.Decision{Approve: true})
	return err
}

// wantState wants the protocol of a station in a state.
func (e *protocolsEnv) wantState(t *testing.T, station int, want protocol.State) {
	t.Helper()
	if got, err := e.Protocols.Protocol(t.Context(), e.olga, e.stations[station].ID); err != nil || got.State != want {
		t.Errorf("want the protocol %s, got %s, %v", want, got.State, err)
	}
}

// wantTallies compares the tally of the constituency with the sum of what its stations shall have.
func (e *protocolsEnv) wantTallies(t *testing.T, roses ...int64) {
	t.Helper()
	err := e.DB.Read(t.Context(), func(tx *database.Tx) error {
		stations, err := ballots.StationTallies(t.Context(), tx, e.election.ID)
		if err != nil {
			return err
		}
		sum, invalid := map[int]int64{}, int64(0)
		for i, n := range roses {
			want, got := map[int]int64{}, stations[e.stations[i].ID]
			if n > 0 {
				want = map[int]int64{1: n, 2: 48 - n}
				sum[1], sum[2], invalid = sum[1]+n, sum[2]+48-n, invalid+2
			}
			if len(want)+len(got.Votes) > 0 && !maps.Equal(got.Votes, want) || (got.Invalid > 0) != (n > 0) {
				t.Errorf("station %d: want %v, got %+v", i+1, want, got)
			}
		}
		all, err := ballots.Tallies(t.Context(), tx, e.election.ID)
		if got := all[e.election.Constituencies[0].ID]; !maps.Equal(got.Votes, sum) || got.Invalid != invalid {
			t.Errorf("constituency: want %v and %d invalid, got %+v", sum, invalid, got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStations_AnAnnulmentRetractsTheProtocol: the votes of the station leave both tallies in the act that annuls it, and
// the folder agrees with a recount.
func TestStations_AnAnnulmentRetractsTheProtocol(t *testing.T) {
	e := newProtocolsEnv(t)
	for station, roses := range []string{"30", "20"} {
		tulips := []string{"18", "28"}[station]
		e.enter(t, e.olga, station, roses, tulips, protocol.FirstEntry)
		e.enter(t, e.oskar, station, roses, tulips, protocol.Definitive)
	}
	e.wantTallies(t, 30, 20)
	if err := e.annul(t, 0); err != nil {
		t.Fatal(err)
	}
	e.wantState(t, 0, protocol.Retracted)
	e.wantTallies(t, 0, 20)
	if _, err := e.Protocols.Restore(t.Context(), e.ana, e.stations[0].ID, "one urn after all"); !errors.Is(err, protocol.ErrTakesNone) {
		t.Errorf("want no restoration while the station is annulled, got %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	folder, err := app.OpenForReading(t.Context(), e.Path, app.ReadOptions{Database: e.Options.Database, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Folder(t.Context(), folder, verify.Options{})
	if err := errors.Join(err, folder.Close()); err != nil || len(report.Differences) > 0 {
		t.Errorf("want no difference, got %+v, %v", report, err)
	}
}

// TestStations_AnAnnulmentMeetsAProtocolThatDoesNotCount: one that waits for a decision refuses the annulment, one that is
// not complete stays and cannot be completed.
func TestStations_AnAnnulmentMeetsAProtocolThatDoesNotCount(t *testing.T) {
	e := newProtocolsEnv(t)
	const first, different, late, counted = 0, 1, 2, 3
	for station := range e.stations {
		e.enter(t, e.olga, station, "30", "18", protocol.FirstEntry)
	}
	e.enter(t, e.oskar, different, "29", "19", protocol.Different)
	e.enter(t, e.oskar, counted, "30", "18", protocol.Definitive)
	for _, station := range []int{first, different} {
		if err := e.annul(t, station); err != nil {
			t.Errorf("want an annulment possible, got %v", err)
		}
	}
	e.Clock.Move(3 * time.Hour)
	e.enter(t, e.oskar, late, "30", "18", protocol.Waiting)
	if err := e.annul(t, late); !errors.Is(err, ballots.ErrStationBeingCounted) {
		t.Errorf("want it refused while a late protocol waits, got %v", err)
	}
	if station, err := e.Elections.Station(t.Context(), e.stations[late].ID); err != nil || station.Exclusion != elections.NotExcluded {
		t.Errorf("want the station as it was, got %+v, %v", station, err)
	}
	_, err := e.Protocols.Enter(t.Context(), e.oskar, protocol.Entry{StationID: e.stations[first].ID})
	if !errors.Is(err, protocol.ErrTakesNone) {
		t.Errorf("want no second entry, got %v", err)
	}
	ana := protocol.Person{Actor: e.ana, Administrator: true}
	decisions := []protocol.Decision{{Name: "votes.1", Typed: "30"}, {Name: "votes.2", Typed: "18"}}
	if _, err := e.Protocols.Settle(t.Context(), ana, e.stations[different].ID, decisions, ""); !errors.Is(err, protocol.ErrTakesNone) {
		t.Errorf("want no settlement, got %v", err)
	}
	e.wantState(t, first, protocol.FirstEntry)
	e.wantState(t, different, protocol.Different)
	e.wantTallies(t, 0, 0, 0, 30)

	open, err := e.Approvals.Approvals(t.Context(), auth.ApprovalFilter{Open: true})
	at := slices.IndexFunc(open, func(a auth.Approval) bool { return a.Act == approval.LateProtocol })
	if err != nil || at < 0 {
		t.Fatalf("want the late protocol proposed, got %+v, %v", open, err)
	}
	if _, err := e.Approvals.Decide(t.Context(), e.ana, open[at].ID, auth.Decision{Reason: "too late"}); err != nil {
		t.Fatal(err)
	}
	if err := e.annul(t, late); err != nil {
		t.Errorf("want an annulment possible once that was decided, got %v", err)
	}
}

// TestStations_NoClosureWithAProtocol: a closure says that nothing comes of a station, so one of which anything came
// cannot be closed.
func TestStations_NoClosureWithAProtocol(t *testing.T) {
	e := newProtocolsEnv(t)
	closure := func(station int) error {
		_, err := e.Elections.CloseStation(t.Context(), e.ana, e.stations[station].ID, "flood")
		return err
	}
	e.enter(t, e.olga, 0, "30", "18", protocol.FirstEntry)
	e.enter(t, e.olga, 1, "30", "18", protocol.FirstEntry)
	e.enter(t, e.oskar, 1, "30", "18", protocol.Definitive)
	for station := range 2 {
		if err := closure(station); !errors.Is(err, elections.ErrStationHolds) {
			t.Errorf("station %d: want the closure refused, got %v", station+1, err)
		}
	}
	if _, err := e.Protocols.Retract(t.Context(), e.ana, e.stations[1].ID, "of another station"); err != nil {
		t.Fatal(err)
	}
	for _, station := range []int{1, 2} {
		if err := closure(station); err != nil {
			t.Errorf("station %d: want it closed, got %v", station+1, err)
		}
	}
	if _, err := e.Protocols.Enter(t.Context(), e.olga, protocol.Entry{StationID: e.stations[2].ID}); !errors.Is(err, protocol.ErrTakesNone) {
		t.Errorf("want no protocol of a closed station, got %v", err)
	}
}

// TestStations_NoApprovalCountsAProtocolOfAnExcludedStation: what waits for an approval is refused if its station was excluded
// meanwhile, a restoration as well as a late protocol.
func TestStations_NoApprovalCountsAProtocolOfAnExcludedStation(t *testing.T) {
	e := newProtocolsEnv(t)
	const restored, late = 0, 1
	e.enter(t, e.olga, restored, "30", "18", protocol.FirstEntry)
	e.enter(t, e.oskar, restored, "30", "18", protocol.Definitive)
	e.enter(t, e.olga, late, "30", "18", protocol.FirstEntry)
	if _, err := e.Protocols.Retract(t.Context(), e.ana, e.stations[restored].ID, "of another station"); err != nil {
		t.Fatal(err)
	}
	e.Clock.Move(3 * time.Hour)
	e.enter(t, e.oskar, late, "30", "18", protocol.Waiting)
	_, err := e.Protocols.Restore(t.Context(), e.ana, e.stations[restored].ID, "it was right")
	restoration, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want the restoration to wait, got %v", err)
	}
	if err := e.annul(t, restored); err != nil {
		t.Fatal(err)
	}
	// No act excludes a station whose late protocol waits, so that the database does here.
	exclude := func(exclusion string, at any) {
		err := e.DB.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), `UPDATE stations SET exclusion = $1, exclusion_reason = $1, excluded_at = $2 WHERE id = $3`,
				exclusion, at, e.stations[late].ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	exclude(string(elections.AnnulledStation), 1)
	open, err := e.Approvals.Approvals(t.Context(), auth.ApprovalFilter{Open: true})
	if err != nil || len(open) != 2 {
		t.Fatalf("want two acts that wait, got %+v, %v", open, err)
	}
	for i := range open {
		if _, err := e.Approvals.Decide(t.Context(), e.ben, open[i].ID, auth.Decision{Approve: true}); !errors.Is(err, protocol.ErrTakesNone) {
			t.Errorf("approval %d, %s (the restoration is %d): want it refused, got %v", open[i].ID, open[i].Act, restoration.ID, err)
		}
	}
	e.wantState(t, restored, protocol.Retracted)
	e.wantState(t, late, protocol.Waiting)
	e.wantTallies(t, 0, 0)
}
