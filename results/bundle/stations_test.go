package bundle_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/database"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// withStations makes and certifies an election of the constituency North with five polling stations and South without any:
// station 1 has 40 ballots, 2 has 5, 3 has 12, 4 is closed and 5 is awaited. Three votes were cast online in
// North.
func (h *app) withStations(t *testing.T, each bool) *elections.Election {
	t.Helper()
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: h.now.Now().Add(-time.Hour), EndsAt: h.now.Now().Add(time.Hour),
		Confirmations: 1, OpenNow: true, Rules: elections.Rules{BlankBallots: true, PublishEveryStation: each},
	}
	var lists []elections.CandidacyDraft
	for i := range 2 {
		p := must[participants.Participant](t)(h.participants.Create(t.Context(), ada,
			participants.Draft{Name: fmt.Sprintf("List %d", i+1), Kind: participants.Party}))
		lists = append(lists, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	d.Constituencies = []elections.ConstituencyDraft{{Name: "North", Seats: 4, Candidacies: lists}, {Name: "South", Seats: 3, Candidacies: lists}}
	for n := range 5 {
		d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: strconv.Itoa(n + 1), RegisteredVoters: 100})
	}
	e := must[*elections.Election](t)(h.elections.Create(t.Context(), ada, d))
	north, south := e.Constituencies[0].ID, e.Constituencies[1].ID
	stations := must[map[int64][]elections.Station](t)(h.elections.Stations(t.Context(), e.ID))[north]
	for i, file := range []string{lines(0, 25, 1) + lines(25, 39, 2) + lines(39, 40, 0), lines(100, 105, 2), lines(200, 208, 1) + lines(208, 209, 9) + lines(210, 213, 2)} {
		b := must[batch.Batch](t)(h.batches.Receive(t.Context(), batch.Delivery{
			Actor: ada, ElectionID: e.ID, StationID: stations[i].ID, FileName: "b.csv",
		}, strings.NewReader(file)))
		h.rest(t, b.ID)
	}
	h.upload(t, e, south, lines(300, 320, 1)+lines(320, 334, 2))
	must[elections.Station](t)(h.elections.CloseStation(t.Context(), ada, stations[3].ID, "flooded"))
	for range 3 {
		h.do(t, fmt.Sprintf(`INSERT INTO online_ballots VALUES (%d, randomblob(16), %d, 1)`, e.ID, north))
	}
	h.do(t, fmt.Sprintf(`INSERT INTO online_tallies VALUES (%d, 1, 3, 3)`, north),
		`INSERT INTO voter_rolls VALUES (1, 1, 'issued', 3, 0, '')`, `INSERT INTO voter_flags VALUES (1, 1, unhex('E0'))`,
		fmt.Sprintf(`INSERT INTO voter_keys VALUES (randomblob(16), 1, %[1]d, 32000), (randomblob(16), 1, %[1]d, 32001), (randomblob(16), 1, %[1]d, 32002)`, north),
		`INSERT INTO keyed_voters SELECT randomblob(16), pair, roll_id FROM voter_keys`)
	err := h.db.Write(t.Context(), func(tx *database.Tx) error {
		return h.log.Append(t.Context(), tx.SQL(), ada, "voter-keys-issued", elections.Subject(e.ID), map[string]any{"roll": 1, "keys": 3, "sealed_to": []string{}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// stationBundles certifies an election with stations and returns its bundles.
func (h *app) stationBundles(t *testing.T, each bool) (full, public []byte) {
	t.Helper()
	e := h.certifiedBy(t, h.withStations(t, each))
	return read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full))), read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
}

func TestBundle_HasThePollingStations(t *testing.T) {
	full, public := newApp(t).stationBundles(t, false)
	for form, file := range map[bundle.Form][]byte{bundle.Full: full, bundle.Public: public} {
		report, err := check(t, file)
		if err != nil {
			t.Fatalf("%s: want it proved, got %v", form, err)
		}
		proved := strings.Join(report.Proved, "\n")
		if !strings.Contains(proved, "Of 5 polling stations 3 are counted, 0 are annulled, 1 are closed without ballots, and 1 are not counted in full.") {
			t.Errorf("%s: want the stations proved, got %s", form, proved)
		}
		var table string
		forge(t, file, in(format.StationsFile, func(s string) string { table = s; return s }))
		for _, line := range []string{
			"1,1,,1,North,ordinary,counted,100,40,1,0,1,1,List 1,25,\r\n",
			"2,2,,1,North,ordinary,counted,100,,,,1,1,List 1,,2 3 online\r\n",
			",,,1,North,,,,20,0,1,2,2,List 2,8,2 3 online\r\n",
			"4,4,,1,North,ordinary,closed,100,,,,1,1,List 1,,\r\n",
		} {
			if !strings.Contains(table, line) {
				t.Errorf("%s: want the line %q in\n%s", form, line, table)
			}
		}
	}
}

func TestBundle_HasEveryStationIfTheRulesSaySo(t *testing.T) {
	_, public := newApp(t).stationBundles(t, true)
	if _, err := check(t, public); err != nil {
		t.Fatal(err)
	}
	forge(t, public, in(format.StationsFile, func(s string) string {
		if !strings.Contains(s, "2,2,,1,North,ordinary,counted,100,5,0,0,2,2,List 2,5,\r\n") {
			t.Errorf("want the five votes of station 2, got %s", s)
		}
		return s
	}))
	if _, err := check(t, consistent(t, public, func(f *results.Figures) { f.StationSums[0].Stations = []int64{1, 2} })); !errors.Is(err, verify.ErrContradiction) {
		t.Errorf("want stations that are merged refused, got %v", err)
	}
}

// TestVerify_StationsThatWereForgedThroughout alters what the figures say of stations together with all that names them.
func TestVerify_StationsThatWereForgedThroughout(t *testing.T) {
	full, public := newApp(t).stationBundles(t, false)
	for _, file := range [][]byte{full, public} {
		if _, err := check(t, consistent(t, file, func(*results.Figures) {})); err != nil {
			t.Fatalf("want unchanged figures to hold, got %v", err)
		}
	}
	for name, c := range map[string]struct {
		change func(*results.Figures)
		says   string
	}{
		"a counted one is awaited":  {func(f *results.Figures) { f.Stations[0].State = "awaited" }, "polling station 1 is awaited, and what came of it counts: true"},
		"an awaited one is counted": {func(f *results.Figures) { f.Stations[4].State = "counted" }, "polling station 5 is counted, and what came of it counts: false"},
		"an awaited one is gone":    {func(f *results.Figures) { f.Stations = f.Stations[:4] }, "station-awaited of constituency 1 was lifted and does not follow"},
		"an awaited one is closed": {func(f *results.Figures) {
			f.Stations[4].State, f.Stations[4].Exclusion = "closed", &format.ExclusionFigure{Reason: "flooded", By: "Ada"}
		}, "station-awaited of constituency 1 was lifted and does not follow"},
		"a closed one without a name":   {func(f *results.Figures) { f.Stations[3].Exclusion.By = "" }, "its exclusion has no reason or no name"},
		"a closed one without a reason": {func(f *results.Figures) { f.Stations[3].Exclusion = nil }, "its exclusion has no reason"},
		"a closed one is awaited":       {func(f *results.Figures) { f.Stations[3].State, f.Stations[3].Exclusion = "awaited", nil }, "for the facts [5]; here they are [4 5]"},
		"no reason for an awaited one":  {func(f *results.Figures) { f.OpenPoints = nil }, "station-awaited of constituency 1 has no reason"},
		"one of another state":          {func(f *results.Figures) { f.Stations[0].State = "lost" }, `is "lost"`},
		"one twice":                     {func(f *results.Figures) { f.Stations[1].ID = 1 }, "out of order"},
		"one of nowhere":                {func(f *results.Figures) { f.Stations[0].ConstituencyID = 9 }, "out of order"},
		"one of the other place":        {func(f *results.Figures) { f.Stations[0].ConstituencyID = 2 }, "out of order"},
		"a batch of another one":        {func(f *results.Figures) { f.Batches[0].StationID = 2 }, "polling station 1 is counted, and what came of it counts: false"},
		"a batch of no one":             {func(f *results.Figures) { f.Batches[0].StationID = 0 }, "none of its constituency"},
		"a batch of one in South":       {func(f *results.Figures) { f.Batches[3].StationID = 1 }, "none of its constituency"},
		"votes of one":                  {func(f *results.Figures) { f.StationSums[0].Valid++ }, "not those that follow"},
		"invalid ballots of one":        {func(f *results.Figures) { f.StationSums[1].Invalid = 0 }, "not those that follow"},
		"blank ballots of one":          {func(f *results.Figures) { f.StationSums[0].Blank = 0 }, "not those that follow"},
		"a small one by itself": {func(f *results.Figures) {
			f.StationSums = append(f.StationSums, results.StationSumFigure{ID: 3, ConstituencyID: 1, Stations: []int64{2}, Valid: 5})
			f.StationSums[1].Stations, f.StationSums[1].Valid = []int64{3}, f.StationSums[1].Valid-5
		}, "adds up parts of several station sums"},
		"online votes nowhere":     {func(f *results.Figures) { f.StationSums[1].Online = 0 }, "no station sum has them"},
		"a station in two sums":    {func(f *results.Figures) { f.StationSums[1].Stations = []int64{1, 2, 3} }, "of another sum"},
		"a station in no sum":      {func(f *results.Figures) { f.StationSums[1].Stations = []int64{3} }, "no station sum has its polling station"},
		"a sum of the other place": {func(f *results.Figures) { f.StationSums[0].ConstituencyID = 2 }, "of no constituency with polling stations"},
		"a sum out of order":       {func(f *results.Figures) { f.StationSums[0].ID = 7 }, "out of order"},
		"a sum too many": {func(f *results.Figures) {
			f.StationSums = append(f.StationSums, results.StationSumFigure{ID: 3, ConstituencyID: 1, Stations: []int64{5}})
		}, "station sum 3 has no part"},
		"a reason for another one": {func(f *results.Figures) { f.OpenPoints[0].StationID = 4 }, "not of the polling station that it names"},
		"no stations at all":       {func(f *results.Figures) { f.Stations, f.StationSums = nil, nil }, "its entries are not those"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, file := range [][]byte{full, public} {
				if _, err := check(t, consistent(t, file, c.change)); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("want it refused saying %q, got %v", c.says, err)
				}
			}
		})
	}
	for name, change := range map[string]func(string) string{
		"a vote moved in the table":         replace("List 1,25,", "List 1,24,"),
		"a vote that the table makes known": replace("1,1,List 1,,2 3 online", "1,1,List 1,0,2 3 online"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, forge(t, public, in(format.StationsFile, change))); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), "stations.csv does not hold") {
				t.Errorf("want it refused, got %v", err)
			}
		})
	}
	t.Run("a vote moved between stations", func(t *testing.T) {
		moved := forge(t, public, in("sums.csv", func(s string) string {
			return strings.Replace(strings.Replace(s, "1,1,25\n", "1,1,24\n", 1), "2,1,11\n", "2,1,12\n", 1)
		}))
		if _, err := check(t, moved); !errors.Is(err, verify.ErrContradiction) {
			t.Errorf("want it refused, got %v", err)
		}
	})
}

func TestBundle_StationsAreNotWrittenWithoutAny(t *testing.T) {
	h := newApp(t)
	content := read(t, must[string](t)(h.bundles.Bundle(t.Context(), h.silent(t).ID, bundle.Public)))
	for _, word := range []string{format.StationsFile, `"station`} {
		if strings.Contains(string(content), word) {
			t.Errorf("want no %q in the bundle of an election without polling stations", word)
		}
	}
}

// TestVerify_ExclusionsOfStations: the figures name who closed or annulled a station and who approved that; the full form
// is compared with the log.
func TestVerify_ExclusionsOfStations(t *testing.T) {
	h := newApp(t)
	e := h.withStations(t, false)
	second := must[map[int64][]elections.Station](t)(h.elections.Stations(t.Context(), e.ID))[e.Constituencies[0].ID][1]
	if _, err := h.elections.AnnulStation(t.Context(), ada, second.ID, "two boxes"); err == nil {
		t.Fatal("want it to wait for an approval")
	}
	must[auth.Approval](t)(h.approvals.Decide(t.Context(), bob, 1, auth.Decision{Approve: true}))
	h.rest(t, 2)
	h.certifiedBy(t, e)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	if _, err := check(t, full); err != nil {
		t.Fatal(err)
	}
	of := must[*results.Final](t)(h.results.Final(t.Context(), e.ID)).Figures.Stations
	if x := of[1].Exclusion; x == nil || x.By != "Ada Lovelace" || x.ApprovedBy != format.PersonName(bob.Name) || x.Reason != "two boxes" {
		t.Errorf("want who annulled and approved, got %+v", x)
	}
	if x := of[3].Exclusion; x == nil || x.By != "Ada Lovelace" || x.ApprovedBy != "" {
		t.Errorf("want who closed, got %+v", x)
	}
	log := func(change func(*logged)) []byte {
		return relogged(t, full, func(l []logged) []logged {
			for i := range l {
				change(&l[i])
			}
			return l
		})
	}
	for name, content := range map[string][]byte{
		"another person":   consistent(t, full, func(f *results.Figures) { f.Stations[3].Exclusion.By = "Eve" }),
		"another approval": consistent(t, full, func(f *results.Figures) { f.Stations[1].Exclusion.ApprovedBy = "Eve" }),
		"no approval":      consistent(t, full, func(f *results.Figures) { f.Stations[1].Exclusion.ApprovedBy = "" }),
		"another reason":   consistent(t, full, func(f *results.Figures) { f.Stations[3].Exclusion.Reason = "fog" }),
		"a log of another person": log(func(e *logged) {
			if e.Action == "station-closed" {
				e.ActorName = "Eve"
			}
		}),
		"a log without the closure":  log(func(e *logged) { e.Action = strings.Replace(e.Action, "station-closed", "station-reopened", 1) }),
		"a log of another reason":    log(func(e *logged) { e.Detail = strings.Replace(e.Detail, "flooded", "fog", 1) }),
		"a log of an open station":   log(func(e *logged) { e.Subject = strings.Replace(e.Subject, "station 2", "station 20", 1) }),
		"a log of one more excluded": log(func(e *logged) { e.Subject = strings.Replace(e.Subject, "station 2", "station 1", 1) }),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, content); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), "the exclusion of polling station ") {
				t.Errorf("want it refused, got %v", err)
			}
		})
	}
}
