package batch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/problem"
)

// withStations makes the env's election one of two constituencies: North with the polling stations 1 to n, and South
// without any. It returns the stations by id.
func (h *env) withStations(tb testing.TB, n int) []elections.Station {
	tb.Helper()
	d := elections.Draft{
		Title: "Stations", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
	}
	d.Constituencies = []elections.ConstituencyDraft{{Name: "North", Seats: 5}, {Name: "South", Seats: 5}}
	for i := range d.Constituencies {
		for list := range 3 {
			d.Constituencies[i].Candidacies = append(d.Constituencies[i].Candidacies, elections.CandidacyDraft{ParticipantID: int64(list + 1)})
		}
	}
	for i := range n {
		d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: strconv.Itoa(i + 1)})
	}
	e, err := h.elections.Create(tb.Context(), official, d)
	if err != nil {
		tb.Fatal(err)
	}
	stations, err := h.elections.Stations(tb.Context(), e.ID)
	if err != nil {
		tb.Fatal(err)
	}
	h.election = e
	return stations[e.Constituencies[0].ID]
}

// states returns the states of the election's stations, in their order.
func (h *env) states(tb testing.TB, stations []elections.Station) (states []ballots.StationState) {
	tb.Helper()
	err := h.db.Read(context.Background(), func(tx *database.Tx) error {
		ids := make([]int64, len(stations))
		for i, s := range stations {
			ids[i] = s.ID
		}
		found, err := ballots.StationRecords(context.Background(), tx, ids)
		for _, r := range found {
			states = append(states, r.State)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return states
}

func (h *env) receiveAt(tb testing.TB, station int64, content string) batch.Batch {
	tb.Helper()
	b, err := h.batches.Receive(context.Background(),
		batch.Delivery{Actor: official, ElectionID: h.election.ID, StationID: station, FileName: "ballots.csv"}, strings.NewReader(content))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// TestStations_TalliesMoveWithTheLedger plays uploads for polling stations and for a constituency without any, which
// claim one another's GUIDs, retractions and restorations, and compares the tallies of stations with the sums of their
// batches and with the files, at the end also with a recount.
func TestStations_TalliesMoveWithTheLedger(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 38))
			h := open(t, t.TempDir(), batch.Options{ChunkLines: 1 + random.IntN(40), RunLines: 1 + random.IntN(60)})
			defer h.close(t)
			stations := h.withStations(t, 3)
			h.start(t)
			var ids []int64
			for range 30 {
				if random.IntN(3) == 0 || len(ids) < 4 {
					d := batch.Delivery{Actor: official, ElectionID: h.election.ID, ConstituencyID: h.election.Constituencies[1].ID, FileName: "a.csv"}
					if place := random.IntN(4); place < 3 {
						d.ConstituencyID, d.StationID = 0, stations[place].ID
					}
					var file strings.Builder
					for range 1 + random.IntN(60) {
						fmt.Fprintf(&file, "%s,%d\n", guid(random.IntN(60)), random.IntN(6))
					}
					b, err := h.batches.Receive(t.Context(), d, strings.NewReader(file.String()))
					if err != nil {
						t.Fatal(err)
					}
					ids = append(ids, b.ID)
				} else {
					b := h.settle(t, ids[random.IntN(len(ids))])
					move := h.batches.Restore
					if b.State == batch.Counted {
						move = h.batches.Retract
					}
					if _, err := move(t.Context(), official, b.ID, "a test"); err != nil {
						t.Fatal(err)
					}
				}
				h.provedStations(t)
			}
			for _, id := range ids {
				h.settle(t, id)
			}
			if r := h.recount(t); len(r.Differences) != 0 {
				t.Errorf("want a recount without differences, got %+v", r.Differences)
			}
		})
	}
}

// provedStations wants the tallies of stations to be the sums of their batches at this moment, at any chunk.
func (h *env) provedStations(t *testing.T) {
	t.Helper()
	var kept, summed map[int64]ballots.Tally
	err := h.db.Read(t.Context(), func(tx *database.Tx) (err error) {
		if kept, err = ballots.StationTallies(t.Context(), tx, h.election.ID); err != nil {
			return err
		}
		summed = map[int64]ballots.Tally{}
		sums, err := ballots.BatchSums(t.Context(), tx, h.election.ID)
		for _, b := range sums {
			if b.StationID == 0 || b.Valid+b.Invalid+b.Duplicates == 0 {
				continue
			}
			s := summed[b.StationID]
			s.Votes = map[int]int64{-1: s.Valid() + b.Valid}
			s.Invalid, s.Duplicates = s.Invalid+b.Invalid, s.Duplicates+b.Duplicates
			summed[b.StationID] = s
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, s := range kept {
		kept[id] = ballots.Tally{Votes: map[int]int64{-1: s.Valid()}, Invalid: s.Invalid, Duplicates: s.Duplicates}
	}
	if diff := cmp.Diff(summed, kept); diff != "" {
		t.Errorf("tallies of stations (-sums of batches +kept):\n%s", diff)
	}
	h.equalsFiles(t)
}

// TestRecount_NamesEachTamperingOfStations goes around the program, straight into the tables.
func TestRecount_NamesEachTamperingOfStations(t *testing.T) {
	for name, c := range map[string]struct{ statement, says string }{
		"nothing":             {"", ""},
		"a station's tally":   {"UPDATE station_tallies SET votes = votes + 1 WHERE station_id = 1 AND poll_number = 1", "station 1, poll number 1: the tally says"},
		"one lost":            {"DELETE FROM station_tallies WHERE station_id = 2", "station 2, poll number"},
		"votes between two":   {"UPDATE station_tallies SET station_id = 3 - station_id WHERE poll_number = 1 AND station_id = 1 OR poll_number = 3", "station 2, poll number 1"},
		"the sum of stations": {"UPDATE constituency_tallies SET votes = votes + 1 WHERE poll_number = 2", "its stations have"},
		"totals":              {"UPDATE station_totals SET duplicates = duplicates + 1", "station 1: the totals say"},
		"totals of their sum": {"UPDATE constituency_totals SET invalid = invalid + 1", "its stations 1 and"},
		"a row of zeros":      {"INSERT INTO station_tallies VALUES (2, 99, 0)", "station 2: a tally has no votes"},
		"totals of zeros":     {"INSERT INTO station_totals VALUES (2, 0, 0) ON CONFLICT (station_id) DO UPDATE SET invalid = 0, duplicates = 0", "station 2: its totals are 0"},
		"a batch moved":       {"UPDATE batches SET station_id = 2 WHERE station_id = 1", "station 2, poll number 1"},
		"a batch of none":     {"UPDATE batches SET station_id = NULL WHERE station_id = 1", "its constituency has stations, and it names none"},
		"a batch elsewhere": {
			`UPDATE stations SET constituency_id = (SELECT max(id) FROM constituencies) WHERE id = 1`,
			"its station is none of its constituency",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			stations := h.withStations(t, 2)
			h.start(t)
			lines := fmt.Sprintf("%s,1\n%s,1\n%s,2\n%s,9\n", guid(1), guid(2), guid(3), guid(4))
			h.await(t, h.receiveAt(t, stations[0].ID, lines+lines[:39]).ID)
			h.await(t, h.receiveAt(t, stations[1].ID, fmt.Sprintf("%s,2\n%s,2\n", guid(11), guid(12))).ID)
			if c.statement != "" {
				h.execute(t, c.statement)
			}
			var said []string
			for _, d := range h.recount(t).Differences {
				said = append(said, d.Sentence)
			}
			found := strings.Join(said, "\n")
			if c.says == "" && found != "" || !strings.Contains(found, c.says) {
				t.Errorf("want %q said, got %q", c.says, found)
			}
		})
	}
}

// TestStations_SecondCountComparesThem alters the tallies of stations, but not that of their constituency.
func TestStations_SecondCountComparesThem(t *testing.T) {
	for name, c := range map[string]struct{ statement, says string }{
		"nothing":   {"", ""},
		"moved":     {"UPDATE station_tallies SET votes = CASE station_id WHEN 1 THEN 1 ELSE 2 END WHERE poll_number = 1", "The tally of station 1"},
		"forgotten": {"DELETE FROM station_tallies WHERE station_id = 1", "Station 1 has ballots and no tally"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			stations := h.withStations(t, 2)
			h.start(t)
			h.await(t, h.receiveAt(t, stations[0].ID, fmt.Sprintf("%s,1\n%s,1\n", guid(1), guid(2))).ID)
			h.await(t, h.receiveAt(t, stations[1].ID, fmt.Sprintf("%s,1\n", guid(11))).ID)
			if c.statement != "" {
				h.execute(t, c.statement)
			}
			files := batch.Files{Folder: h.path + "/spool", Stored: stored(h.db), Scratch: t.TempDir()}
			var found string
			err := h.db.Read(t.Context(), func(tx *database.Tx) error {
				second, err := files.CountAgain(t.Context(), tx, h.election)
				if err == nil {
					err = second.CompareStations(t.Context(), tx, h.election.ID)
				}
				found = strings.Join(second.Differences, "\n")
				return err
			})
			if err != nil || c.says == "" && found != "" || !strings.Contains(found, c.says) {
				t.Errorf("want %q said, got %q, %v", c.says, found, err)
			}
		})
	}
}

func TestStations_APlaceIsNamedExactly(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	council := h.election
	stations := h.withStations(t, 3)
	h.execute(t, `UPDATE stations SET exclusion = 'closed', exclusion_reason = 'a flood', excluded_at = 1 WHERE id = 2;
		UPDATE stations SET exclusion = 'annulled', exclusion_reason = 'two urns', excluded_at = 1 WHERE id = 3`)
	north, south := h.election.Constituencies[0].ID, h.election.Constituencies[1].ID
	for name, c := range map[string]struct {
		d    batch.Delivery
		code string
		says string
	}{
		"none":                       {batch.Delivery{ConstituencyID: north}, "station-needed", "which polling station"},
		"none, over EPMS":            {batch.Delivery{ConstituencyID: north, EPMSFormat: true}, "station-needed", "North has polling stations"},
		"of another constituency":    {batch.Delivery{ConstituencyID: south, StationID: stations[0].ID}, "station-elsewhere", "or not to the constituency"},
		"of another election":        {batch.Delivery{ElectionID: council.ID, StationID: stations[0].ID}, "station-elsewhere", "does not belong to this election"},
		"unknown":                    {batch.Delivery{StationID: 99}, "station-elsewhere", "does not belong to this election"},
		"closed":                     {batch.Delivery{StationID: stations[1].ID}, "station-excluded", "station 2 was closed without ballots"},
		"annulled":                   {batch.Delivery{StationID: stations[2].ID}, "station-excluded", "station 3 was annulled"},
		"no place of a constituency": {batch.Delivery{}, "constituency-needed", "constituency"},
	} {
		t.Run(name, func(t *testing.T) {
			c.d.Actor, c.d.FileName = official, "a.csv"
			if c.d.ElectionID == 0 {
				c.d.ElectionID = h.election.ID
			}
			for way, take := range map[string]func() error{
				"receive":  func() error { _, err := h.batches.Receive(t.Context(), c.d, strings.NewReader("x")); return err },
				"check in": func() error { _, err := h.batches.CheckIn(t.Context(), c.d, strings.NewReader("x")); return err },
				"dry run": func() error {
					_, err := h.batches.DryRun(t.Context(), c.d, strings.NewReader("x"), func() {})
					return err
				},
			} {
				p, ok := errors.AsType[*problem.Error](take())
				if !ok || p.Code != c.code || !strings.Contains(p.Message.String(), c.says) {
					t.Errorf("%s: want %s saying %q, got %v", way, c.code, c.says, p)
				}
			}
		})
	}
	b := h.receiveAt(t, stations[0].ID, fmt.Sprintf("%s,1\n", guid(1)))
	if b.ConstituencyID != north || b.StationID != stations[0].ID {
		t.Errorf("want the constituency to follow from the station, got %+v", b)
	}
}

func TestStations_StatesFollowTheirBatches(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	stations := h.withStations(t, 4)
	h.execute(t, `UPDATE stations SET exclusion = 'closed', exclusion_reason = 'a flood', excluded_at = 1 WHERE id = 3;
		UPDATE stations SET exclusion = 'annulled', exclusion_reason = 'two urns', excluded_at = 1 WHERE id = 4`)
	want := func(first, second ballots.StationState) {
		t.Helper()
		states := []ballots.StationState{first, second, ballots.StationClosed, ballots.StationAnnulled}
		if diff := cmp.Diff(states, h.states(t, stations)); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	}
	want(ballots.StationAwaited, ballots.StationAwaited)
	first := h.receiveAt(t, stations[0].ID, fmt.Sprintf("%s,1\n", guid(1)))
	want(ballots.StationReceived, ballots.StationAwaited)
	h.start(t)
	h.await(t, first.ID)
	want(ballots.StationCounted, ballots.StationAwaited)
	if _, err := h.batches.Retract(t.Context(), official, first.ID, "a test"); err != nil {
		t.Fatal(err)
	}
	h.settle(t, first.ID)
	want(ballots.StationAwaited, ballots.StationAwaited)
	if _, err := h.batches.Restore(t.Context(), official, first.ID, "a test"); err != nil {
		t.Fatal(err)
	}
	h.settle(t, first.ID)
	want(ballots.StationCounted, ballots.StationAwaited)
}

// TestLate_AStationThatIsCounted wants a further batch of a polling station to wait, at any time, and a batch after a
// retraction not to.
func TestLate_AStationThatIsCounted(t *testing.T) {
	h := openLate(t)
	stations := h.withStations(t, 2) // open at the time of the machine
	h.now.Move(-2 * time.Hour)
	first := h.receiveAt(t, stations[0].ID, guid(1).String()+",1\n")
	h.late(t, first, "")
	again := h.receiveAt(t, stations[0].ID, guid(2).String()+",1\n")
	h.late(t, again, batch.PlaceComplete)
	h.late(t, h.receiveAt(t, stations[0].ID, guid(3).String()+",1\n"), batch.PlaceComplete)
	h.late(t, h.receiveAt(t, stations[1].ID, guid(4).String()+",1\n"), "")
	if diff := cmp.Diff([]ballots.StationState{ballots.StationReceived, ballots.StationCounted}, h.states(t, stations)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	for _, id := range []int64{again.ID, again.ID + 1} {
		if err := h.decide(t, h.batches.RefuseLate, batch.Batch{ID: id, ElectionID: h.election.ID}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.batches.Retract(t.Context(), official, first.ID, "a test"); err != nil {
		t.Fatal(err)
	}
	h.settle(t, first.ID)
	late := h.receiveAt(t, stations[0].ID, guid(5).String()+",1\n")
	h.late(t, late, "")
	h.execute(t, `UPDATE stations SET exclusion = 'annulled', exclusion_reason = 'two urns', excluded_at = 1 WHERE id = 1`)
	if _, err := h.batches.Restore(t.Context(), official, first.ID, "a test"); !errors.Is(err, batch.ErrStationExcluded) {
		t.Errorf("want no restoration into an annulled station, got %v", err)
	}
}
