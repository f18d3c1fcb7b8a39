package app_test

import (
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
	"urna/internal/app/verify"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/results"
)

// certify certifies an election, whose close it waits for, with a reason for every open point.
func certify(t *testing.T, e *apptest.Env, id int64, by ...audit.Actor) *results.Final {
	t.Helper()
	var final *results.Final
	for _, actor := range by {
		var reasons []results.Reason
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			found, err := e.Results.Final(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			waits := false
			reasons = nil
			for _, p := range found.OpenPoints {
				waits = waits || p.Open() && !p.Liftable
				if p.Open() && p.Liftable {
					reasons = append(reasons, results.Reason{Point: p.Key(), Text: "it is a test"})
				}
			}
			if !waits {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("want the election ready to certify, got %v", found.Obstacles)
			}
		}
		var err error
		if final, err = e.Results.Certify(t.Context(), actor, id, "", reasons...); err != nil {
			t.Fatal(err)
		}
	}
	if final.Results.State != elections.Certified {
		t.Fatalf("want the election certified, got %s", final.Results.State)
	}
	return final
}

// correct opens a correction, which another administrator approves.
func correct(t *testing.T, e *apptest.Env, by, second audit.Actor, election int64, d elections.CorrectionDraft) {
	t.Helper()
	d.Reason, d.OrderedBy = "The sums do not add up.", "Electoral commission, decision 7"
	_, err := e.Elections.OpenCorrection(t.Context(), by, election, d)
	waits, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want the correction to wait, got %v", err)
	}
	if _, err := e.Approvals.Decide(t.Context(), second, waits.ID, auth.Decision{Approve: true}); err != nil {
		t.Fatal(err)
	}
}

// proved closes a folder and wants no difference between it and its originals.
func proved(t *testing.T, e *apptest.Env) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	folder, err := app.OpenForReading(t.Context(), e.Path, app.ReadOptions{Database: e.Options.Database, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Folder(t.Context(), folder, verify.Options{})
	if err := errors.Join(err, folder.Close()); err != nil || len(report.Differences) > 0 {
		t.Errorf("want no difference, got %+v, %v", report.Differences, err)
	}
}

// settled waits until a batch is counted or out of the count.
func settled(t *testing.T, e *apptest.Env, id int64) batch.Batch {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		b, err := e.Batches.Batch(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if b.State == batch.Counted || b.State == batch.Retracted {
			return b
		}
	}
	t.Fatalf("batch %d did not come to rest", id)
	return batch.Batch{}
}

// TestCorrection_AProtocolIsTypedAgainBesideTheOld: the protocol of the named station is typed again in a new round, that of
// another one stays, a repeated vote brings ballots in place of a protocol, and the folder agrees with its originals.
func TestCorrection_AProtocolIsTypedAgainBesideTheOld(t *testing.T) {
	e := newProtocolsEnv(t)
	for station, roses := range []string{"30", "20", "26"} {
		tulips := []string{"18", "28", "22"}[station]
		e.enter(t, e.olga, station, roses, tulips, protocol.FirstEntry)
		e.enter(t, e.oskar, station, roses, tulips, protocol.Definitive)
	}
	if _, err := e.Elections.CloseStation(t.Context(), e.ana, e.stations[3].ID, "flood"); err != nil {
		t.Fatal(err)
	}
	e.Clock.Move(3 * time.Hour)
	first := certify(t, e.Env, e.election.ID, e.ana, e.ben)
	if _, err := e.Protocols.Reopen(t.Context(), e.ana, e.stations[0].ID, "x"); !errors.Is(err, protocol.ErrTakesNone) {
		t.Errorf("want nothing reopened in a certified election, got %v", err)
	}
	correct(t, e.Env, e.ana, e.ben, e.election.ID, elections.CorrectionDraft{
		Stations: []elections.StationOrder{{StationID: e.stations[0].ID}, {StationID: e.stations[1].ID, Act: elections.Repeat}},
	})
	for name, act := range map[string]func() error{
		"reopening":  func() error { _, err := e.Protocols.Reopen(t.Context(), e.ana, e.stations[2].ID, "x"); return err },
		"retraction": func() error { _, err := e.Protocols.Retract(t.Context(), e.ana, e.stations[2].ID, "x"); return err },
		"entry": func() error {
			_, err := e.Protocols.Enter(t.Context(), e.olga, protocol.Entry{StationID: e.stations[3].ID})
			return err
		},
	} {
		if err := act(); !errors.Is(err, elections.ErrNotReopened) {
			t.Errorf("%s of another station: want it refused, got %v", name, err)
		}
	}
	if _, err := e.Protocols.Reopen(t.Context(), e.ana, e.stations[0].ID, "The commission ordered a recount."); err != nil {
		t.Fatal(err) // the approval of the correction is that of the reopening
	}
	e.enter(t, e.olga, 0, "31", "17", protocol.FirstEntry)
	e.enter(t, e.oskar, 0, "31", "17", protocol.Definitive)
	e.wantTallies(t, 31, 20, 26)
	if _, err := e.Protocols.Retract(t.Context(), e.ana, e.stations[1].ID, "The vote was repeated."); err != nil {
		t.Fatal(err)
	}
	b, err := e.Batches.Receive(t.Context(), batch.Delivery{
		Actor: e.olga.Actor, ElectionID: e.election.ID, StationID: e.stations[1].ID, FileName: "again.csv",
	}, strings.NewReader("00000000-0000-4000-8000-000000000001,2\n00000000-0000-4000-8000-000000000002,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if b = settled(t, e.Env, b.ID); b.State != batch.Counted || b.Late != nil || b.Correction != 2 {
		t.Errorf("want the repeated vote counted, got %+v", b)
	}
	second := certify(t, e.Env, e.election.ID, e.ben, e.ana)
	if second.Hash == first.Hash || second.Results.Ballots.Cast != 102 || second.Certification.Record.Number != 2 {
		t.Errorf("want 102 ballots certified under number 2, got %d, %+v", second.Results.Ballots.Cast, second.Certification.Record)
	}
	proved(t, e.Env)
}

// TestCorrection_AnnulsOnlineVotesOfAConstituency: they leave the results and the second count, the ballots and their sums
// stay, and they count again if the correction ends without a change.
func TestCorrection_AnnulsOnlineVotesOfAConstituency(t *testing.T) {
	e := apptest.Start(t)
	ana, ben := e.AddAccount(t, "Ana", auth.Administrator).Actor("office"), e.AddAccount(t, "Ben", auth.Administrator).Actor("office")
	party, err := e.Participants.Create(t.Context(), ana, participants.Draft{Name: "Roses", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	now := e.Clock.Now()
	election, err := e.Elections.Create(t.Context(), ana, elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: now, EndsAt: now.Add(time.Hour), OpenNow: true,
		Channels: []elections.Channel{elections.Batches, elections.Online},
		Constituencies: []elections.ConstituencyDraft{
			{Name: "North", Seats: 3, Candidacies: []elections.CandidacyDraft{{ParticipantID: party.ID}}},
			{Name: "South", Seats: 3, Candidacies: []elections.CandidacyDraft{{ParticipantID: party.ID}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	north, south := election.Constituencies[0].ID, election.Constituencies[1].ID
	keys, err := apptest.Keys(t.Context(), e.Votes, election.ID, 24, func(i int) online.Voter {
		return online.Voter{PersonalID: strconv.Itoa(1000 + i), Constituency: []string{"North", "South"}[i%2]}
	})
	if err != nil {
		t.Fatal(err)
	}
	cast := make(chan error, len(keys))
	for _, key := range keys {
		go func() {
			cast <- e.Votes.Cast(t.Context(), online.Vote{Credentials: online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID}, Candidate: "1"})
		}()
	}
	for range keys {
		if err := <-cast; err != nil {
			t.Fatal(err)
		}
	}
	for i, constituency := range []int64{north, south} {
		file := fmt.Sprintf("00000000-0000-4000-8000-00000000000%d,1\n", i)
		b, err := e.Batches.Receive(t.Context(), batch.Delivery{Actor: ana, ElectionID: election.ID, ConstituencyID: constituency, FileName: "a.csv"}, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		settled(t, e, b.ID)
	}
	e.Clock.Move(2 * time.Hour)
	first := certify(t, e, election.ID, ana, ben)
	annul := elections.CorrectionDraft{Stations: []elections.StationOrder{{ConstituencyID: north, Act: elections.Repeat}}, Constituencies: []int64{north}}
	inCount := func() (n []int64) {
		final, err := e.Results.Final(t.Context(), election.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range final.Results.Constituencies {
			n = append(n, c.Ballots.Cast, c.Ballots.Online)
		}
		return n
	}
	correct(t, e, ana, ben, election.ID, annul)
	if got := inCount(); !slices.Equal(got, []int64{1, 0, 13, 12}) {
		t.Errorf("want the online votes of North left out, got %v", got)
	}
	if _, err := e.Elections.EndCorrection(t.Context(), ana, election.ID, 2, "The court changed its decision."); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Results.Final(t.Context(), election.ID); err != nil || got.Hash != first.Hash {
		t.Errorf("want the first certification to hold, got %v, %v", got.Hash, err)
	}
	correct(t, e, ben, ana, election.ID, annul)
	second := certify(t, e, election.ID, ana, ben)
	if got := inCount(); !slices.Equal(got, []int64{1, 0, 13, 12}) || second.Certification.Record.Number != 3 {
		t.Errorf("want the online votes of North left out for good, got %v, %+v", got, second.Certification.Record)
	}
	proved(t, e)
}
