package protocol_test

import (
	"errors"
	"slices"
	"testing"

	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/problem"
)

func TestEnter_TwoPeopleAgree(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	first := h.enter(t, olga, station)
	if first.Number != 1 || first.State != protocol.FirstEntry || len(first.Differences) != 0 {
		t.Errorf("want the first entry, got %+v", first)
	}
	h.wantTally(t, station, nil, 0)
	if _, err := h.protocols.Enter(t.Context(), olga, protocol.Entry{StationID: station, Numbers: numbers()}); !errors.Is(err, protocol.ErrSamePerson) {
		t.Errorf("want the same person refused, got %v", err)
	}
	second := h.enter(t, ada, station)
	if second.Number != 2 || second.State != protocol.Definitive || len(second.Differences) != 0 {
		t.Errorf("want the protocol definitive, got %+v", second)
	}
	h.wantTally(t, station, map[int]int64{1: 58, 2: 40}, 2)
	for _, by := range []protocol.Person{olga, petra} {
		if _, err := h.protocols.Enter(t.Context(), by, protocol.Entry{StationID: station, Numbers: numbers()}); !errors.Is(err, protocol.ErrEntered) {
			t.Errorf("%s: want a third entry refused, got %v", by.Name, err)
		}
	}
	if h.news == 0 {
		t.Error("want watchers told")
	}
}

func TestEnter_BlankBallotsAreAsTheRulesSay(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string]bool{"blank is valid": true, "blank is invalid": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newEnv(t, func(d *elections.Draft) { d.Rules.BlankBallots = valid })
			for _, by := range []protocol.Person{olga, oskar} {
				h.enter(t, by, h.stations[0], "votes.1", "50", "fields.blank", "8")
			}
			if valid {
				h.wantTally(t, h.stations[0], map[int]int64{0: 8, 1: 50, 2: 40}, 2)
			} else {
				h.wantTally(t, h.stations[0], map[int]int64{1: 50, 2: 40}, 10)
			}
		})
	}
}

func TestEnter_DifferencesAreNamedAndNothingCounts(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	h.enter(t, olga, station, "fields.signed", "100")
	got := h.enter(t, oskar, station, "votes.1", "57", "votes.2", "41")
	want := []string{"fields.signed", "votes.1", "votes.2"}
	if got.State != protocol.Different || !slices.Equal(got.Differences, want) {
		t.Errorf("want the differences %v, got %+v", want, got)
	}
	h.wantTally(t, station, nil, 0)
}

func TestEnter_NothingIsStoredWithARefusal(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	if _, err := h.protocols.SaveDraft(t.Context(), olga, protocol.Draft{StationID: station, Numbers: map[string]string{"votes.1": "58"}}); err != nil {
		t.Fatal(err)
	}
	_, err := h.protocols.Enter(t.Context(), olga, protocol.Entry{StationID: station, Numbers: numbers("votes.1", "59")})
	if !errors.Is(err, protocol.ErrFindings) {
		t.Fatalf("want errors, got %v", err)
	}
	if p := h.view(t, ada, station); p.State != protocol.Empty || p.ID != 0 {
		t.Errorf("want nothing stored, got %+v", p)
	}
	if d, err := h.protocols.Draft(t.Context(), olga, station); err != nil || d.Numbers["votes.1"] != "58" {
		t.Errorf("want the draft kept, got %+v, %v", d, err)
	}
}

func TestEnter_AStationSendsBallotsOrAProtocol(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	insert := func(station string, state string) {
		h.execute(t, `INSERT INTO batches (election_id, constituency_id, station_id, official_id, official_name, file_name, spool_file, sha256, bytes, lines, state, accepted_at)
			VALUES (1, 1, `+station+`, 7, 'Olga', 'a.csv', 'spool-`+station+state+`', zeroblob(32), 1, 1, '`+state+`', 1)`)
	}
	insert("1", "queued")
	insert("2", "retracted")
	if _, err := h.protocols.Enter(t.Context(), olga, protocol.Entry{StationID: h.stations[0], Numbers: numbers()}); !errors.Is(err, protocol.ErrHasBatches) {
		t.Errorf("want a station with batches refused, got %v", err)
	}
	if _, err := h.protocols.SaveDraft(t.Context(), olga, protocol.Draft{StationID: h.stations[0]}); !errors.Is(err, protocol.ErrHasBatches) {
		t.Errorf("want a draft refused too, got %v", err)
	}
	h.enter(t, olga, h.stations[1]) // its batch was retracted
}

func TestEnter_WhoMayEnterAndWhen(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	bound := protocol.New(h.db, h.log, h.elections, protocol.Options{
		Now: h.now.Now, Reach: func(_ *database.Tx, account int64) (func(elections.Station) bool, error) {
			return func(station elections.Station) bool { return account == olga.ID && station.Number == "1" }, nil
		},
	})
	enter := func(by protocol.Person, station int64) error {
		_, err := bound.Enter(t.Context(), by, protocol.Entry{StationID: station, Numbers: numbers()})
		return err
	}
	if err := enter(olga, h.stations[1]); !errors.Is(err, protocol.ErrNotYourStation) {
		t.Errorf("want another station refused, got %v", err)
	}
	if err := errors.Join(enter(olga, h.stations[0]), enter(ada, h.stations[0])); err != nil {
		t.Errorf("want the official's own station and an administrator accepted, got %v", err)
	}
	h.execute(t, `UPDATE stations SET exclusion = 'closed', exclusion_reason = 'flood', excluded_at = 1 WHERE id = 3`)
	if err := enter(ada, 3); !errors.Is(err, protocol.ErrTakesNone) {
		t.Errorf("want a closed station refused, got %v", err)
	}
	if err := enter(ada, 99); !errors.Is(err, elections.ErrUnknownStation) {
		t.Errorf("want an unknown station refused, got %v", err)
	}
	h.execute(t, `UPDATE elections SET certified_at = 1`)
	if err := enter(ada, h.stations[4]); !errors.Is(err, protocol.ErrTakesNone) {
		t.Errorf("want a certified election to take none, got %v", err)
	}
}

func TestEnterAll_AllOrNone(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	entries := []protocol.Entry{
		{StationID: h.stations[0], Numbers: numbers()}, {StationID: h.stations[1], Numbers: numbers("votes.1", "x")}, {StationID: h.stations[2], Numbers: numbers()},
	}
	var refused []int
	_, err := h.protocols.EnterAll(t.Context(), olga, entries, func(place int, refusal error) {
		if problem.KindOf(refusal) != problem.Invalid {
			t.Errorf("want a refusal for people, got %v", refusal)
		}
		refused = append(refused, place)
	})
	if !errors.Is(err, protocol.ErrFindings) || !slices.Equal(refused, []int{1}) || h.view(t, ada, h.stations[0]).State != protocol.Empty {
		t.Errorf("want the second refused and none stored, got %v, %v", refused, err)
	}
	entries[1].Numbers = numbers()
	for _, by := range []protocol.Person{olga, oskar} {
		if answers, err := h.protocols.EnterAll(t.Context(), by, entries, nil); err != nil || len(answers) != 3 {
			t.Fatalf("want three entries, got %+v, %v", answers, err)
		}
	}
	all, _ := h.tally(t, 0, h.stations[0])
	if all.Votes[1] != 3*58 || all.Invalid != 6 {
		t.Errorf("want all three counted, got %+v", all)
	}
}
