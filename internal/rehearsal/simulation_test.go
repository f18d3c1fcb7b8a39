package rehearsal

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"urna/client"
)

// ward is an election with two constituencies, as the server would describe it.
func ward() client.Election {
	var e client.Election
	e.ID, e.Rules.BlankBallots = 1, true
	for i, name := range []string{"North", "South"} {
		part := e.Constituencies[:0:0]
		part = append(part, struct {
			ID           int64  `json:"id"`
			Name         string `json:"name"`
			Participants []struct {
				ID         int64  `json:"id"`
				PollNumber int    `json:"poll_number"`
				Name       string `json:"name"`
			} `json:"participants"`
		}{ID: int64(i + 1), Name: name})
		for n, who := range []string{"Alder", "Birch", "Cedar"} {
			part[0].Participants = append(part[0].Participants, struct {
				ID         int64  `json:"id"`
				PollNumber int    `json:"poll_number"`
				Name       string `json:"name"`
			}{int64(n + 1), n + 1, who})
		}
		e.Constituencies = append(e.Constituencies, part[0])
	}
	return e
}

func choosersOf(t *testing.T, mix string, seed uint64) []chooser {
	t.Helper()
	choosers, err := newChoosers(ward(), mix, seed)
	if err != nil {
		t.Fatal(err)
	}
	return choosers
}

func TestElectorate_FollowsFromTheSeed(t *testing.T) {
	for _, mix := range []string{"", "Alder=40,birch=35,3=20,blank=5"} {
		s := Simulation{Voters: 1001, Mix: mix, Invalid: 0.02, Double: 0.01, Seed: 7}
		first, again := newElectorate(s, choosersOf(t, mix, 7)), newElectorate(s, choosersOf(t, mix, 7))
		if !reflect.DeepEqual(first, again) {
			t.Errorf("mix %q: want the same electorate for the same seed", mix)
		}
		s.Seed = 8
		other := newElectorate(s, choosersOf(t, mix, 7))
		if reflect.DeepEqual(first.voters, other.voters) || reflect.DeepEqual(first.order, other.order) {
			t.Errorf("mix %q: want other voters in another order for another seed", mix)
		}
		if weights := choosersOf(t, mix, 8); reflect.DeepEqual(choosersOf(t, mix, 7), weights) != (mix != "") {
			t.Errorf("mix %q: want proportions by the mix, or by the seed without a mix, got %v", mix, weights)
		}
		doubles, together, spoiled := 0, 0, 0
		for _, v := range first.voters {
			if v.again >= 0 {
				doubles++
			}
			if v.together {
				together++
				if v.again != v.choice {
					t.Errorf("mix %q: want two votes at once be for the same, since either may count, got %+v", mix, v)
				}
			}
			if v.spoiled != sound {
				spoiled++
			}
		}
		if doubles != 10 || together != 5 || spoiled != 20 {
			t.Errorf("mix %q: want one in a hundred twice, half of them at once, and two spoiled, got %d, %d and %d", mix, doubles, together, spoiled)
		}
	}
}

func TestElectorate_MeetsTheMix(t *testing.T) {
	const mix = "Alder=40,Birch=35,Cedar=20,blank=5"
	e := newElectorate(Simulation{Voters: 2000, Mix: mix, Seed: 1}, choosersOf(t, mix, 1))
	counts := map[int32]int{}
	for _, v := range e.voters {
		counts[v.choice]++
	}
	if want := map[int32]int{0: 100, 1: 800, 2: 700, 3: 400}; !reflect.DeepEqual(counts, want) {
		t.Errorf("want %v, got %v", want, counts)
	}
}

func TestMix_NamesWhatIsWrong(t *testing.T) {
	for mix, want := range map[string]string{
		"Alder":            "NAME=WEIGHT",
		"Alder=x":          "no weight",
		"Alder=-1":         "no weight",
		"Alder=1,Nobody=2": `"nobody"`,
		"Alder=1,alder=2":  "twice",
		"Nobody=2":         "North",
		"Alder=0":          "North",
	} {
		if _, err := newChoosers(ward(), mix, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q in the error, got %v", mix, want, err)
		}
	}
}

func TestMix_WhatCanMeanTwoIsRefused(t *testing.T) {
	e := ward()
	e.Constituencies[0].Participants[0].Name = "2"
	if _, err := newChoosers(e, "2=40,Birch=60", 1); err == nil || !strings.Contains(err.Error(), "can mean more than one") {
		t.Errorf("want the number refused that is another one's name, got %v", err)
	}
	if _, err := newChoosers(e, "1=40,Birch=60", 1); err != nil {
		t.Errorf("want the others taken, got %v", err)
	}
	e.Constituencies[0].Participants[0].Name = "Blank"
	if _, err := newChoosers(e, "blank=40,Birch=60", 1); err == nil {
		t.Error("want the blank ballot refused where a candidate has its name")
	}
	e.Constituencies[0].Participants[0].Name = "1"
	choosers, err := newChoosers(e, "1=40,Birch=60", 1)
	if err != nil || choosers[0].sum != 100 {
		t.Errorf("want a name that is its own number counted once, got %v, %v", choosers, err)
	}
}

func TestPaper_HoldsWhatItSays(t *testing.T) {
	choosers := choosersOf(t, "", 1)
	p := paper{lines: 1000, seed: 1, part: forBatches}
	w := p.write(&choosers[0], 0.02, 0.05)
	if !bytes.Equal(w.csv, p.write(&choosers[0], 0.02, 0.05).csv) {
		t.Error("want the same bytes again")
	}
	seen, duplicates, votes := map[string]bool{}, int64(0), map[string]int64{}
	for line := range strings.Lines(string(w.csv)) {
		guid, pollNumber, _ := strings.Cut(strings.TrimSpace(line), ",")
		if seen[guid] {
			duplicates++
			continue
		}
		seen[guid] = true
		votes[pollNumber]++
	}
	if duplicates != 50 || duplicates != w.duplicates || votes["99999"] != 20 || w.invalid != 20 || votes["1"] != w.votes[1] {
		t.Errorf("want 50 duplicates and 20 invalid, got %d of %d, %d of %d, and %v of %v", duplicates, w.duplicates, votes["99999"], w.invalid, votes, w.votes)
	}
}

// A vote whose answer was lost is sent again; that the key is then used says that it was counted.
func TestVoting_ALostAnswerIsAskedForAgain(t *testing.T) {
	var calls atomic.Int64
	caller := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			loseAnswer()
		}
		answer(w, http.StatusConflict, map[string]any{"type": "/problems/key-used", "detail": "used"})
	})
	v := &voting{
		box: caller.Voting(1), keys: make([]client.VoterKey, 1),
		electorate: electorate{voters: []simulated{{choice: 2, again: -1}}, order: []int{0}},
	}
	defer v.box.Close()
	told, err := v.run(t.Context(), 1)
	if err != nil || told.votes[0][2] != 1 || len(told.refused) != 0 || len(told.faults) != 0 {
		t.Errorf("want the vote taken as accepted, got %+v, %v", told, err)
	}
}

// TestVoting_TwoAtOnceAreAtOnce plays voters who try twice at a server that answers no request before two have
// arrived, except for those who wait for their first answer.
func TestVoting_TwoAtOnceAreAtOnce(t *testing.T) {
	for name, atOnce := range map[string]bool{"at once": true, "one after the other": false} {
		t.Run(name, func(t *testing.T) {
			var here atomic.Int64
			both := make(chan struct{})
			caller := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if here.Add(1) == 2 {
					close(both)
					answer(w, http.StatusConflict, map[string]any{"type": "/problems/key-used", "detail": "used"})
					return
				}
				select {
				case <-both:
					if !atOnce {
						t.Error("want the second try after the answer to the first")
					}
				case <-time.After(waitOf(atOnce)):
					if atOnce {
						t.Error("want both tries at once")
					}
				}
				answer(w, http.StatusOK, map[string]any{"status": "accepted"})
			})
			v := &voting{
				box: caller.Voting(2), keys: make([]client.VoterKey, 1),
				electorate: electorate{voters: []simulated{{choice: 1, again: 1, together: atOnce}}, order: []int{0}},
			}
			defer v.box.Close()
			told, err := v.run(t.Context(), 1)
			if err != nil || told.sent != 2 || told.votes[0][1] != 1 || told.refused["key-used"] != 1 || len(told.faults) != 0 {
				t.Errorf("want one of two votes accepted, got %+v, %v", told, err)
			}
		})
	}
}

// waitOf is how long a server waits for the second of two tries: long where it must come, and a moment where not.
func waitOf(atOnce bool) time.Duration {
	if atOnce {
		return time.Minute
	}
	return 100 * time.Millisecond
}

// TestVoting_WhatMustBeRefusedAndIsNotIsAFault plays spoiled votes at a server that takes all of them.
func TestVoting_WhatMustBeRefusedAndIsNotIsAFault(t *testing.T) {
	caller := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"status": "accepted"})
	})
	v := &voting{box: caller.Voting(1), keys: make([]client.VoterKey, 3)}
	defer v.box.Close()
	for at := range 3 {
		v.electorate.voters = append(v.electorate.voters, simulated{choice: 1, again: -1, spoiled: sound + 1 + spoiling(at)})
		v.electorate.order = append(v.electorate.order, at)
	}
	told, err := v.run(t.Context(), 1)
	if err != nil || len(told.faults) != 3 || told.sent != 6 || told.votes[0][1] != 3 {
		t.Errorf("want three faults, and three votes accepted, got %+v, %v", told, err)
	}
}

// TestVoting_KeepsTheRate plays slowly.
func TestVoting_KeepsTheRate(t *testing.T) {
	caller := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"status": "accepted"})
	})
	v := &voting{box: caller.Voting(1), keys: make([]client.VoterKey, 21), rate: 50}
	defer v.box.Close()
	for at := range v.keys {
		v.electorate.voters = append(v.electorate.voters, simulated{choice: 1, again: -1})
		v.electorate.order = append(v.electorate.order, at)
	}
	begun := time.Now()
	told, err := v.run(t.Context(), 1)
	if took := time.Since(begun); took < 400*time.Millisecond {
		t.Errorf("want twenty fiftieths of a second, got %s", took)
	}
	if err != nil || told.sent != 21 {
		t.Errorf("want all voters, got %d, %v", told.sent, err)
	}
}

// TestVoting_KeepsTheEnd calls voters, one each fiftieth of a second, to an end that comes before the last of them.
func TestVoting_KeepsTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &voting{rate: 50, until: time.Now().Add(90 * time.Millisecond), electorate: electorate{order: make([]int, 21)}}
		called := make(chan int, 21)
		v.call(t.Context(), called)
		if len(called) != 5 {
			t.Errorf("want no voter called after the end, which are 5 of 21, got %d", len(called))
		}
	})
}

// TestReport_SumsUp has votes that went well, and one fault.
func TestReport_SumsUp(t *testing.T) {
	caller := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"state": "counting", "constituencies": []any{}})
	})
	p := &play{election: ward(), told: newCounted(2), papers: newPapersCounted(2)}
	p.told.sent, p.told.refused, p.told.faults = 103, map[string]int64{"key-used": 3}, []string{"a fault"}
	for i := range 100 {
		p.told.latencies = append(p.told.latencies, time.Duration(i*37%100+1)*time.Millisecond)
	}
	r, err := p.report(t.Context(), caller, time.Second)
	if err != nil || !r.Compared || !reflect.DeepEqual(r.Differences, []string{"a fault"}) {
		t.Errorf("want the fault among the differences and no other, got %v, %v", r.Differences, err)
	}
	if r.Sent != 103 || r.Refused["key-used"] != 3 || r.P50 != 50*time.Millisecond || r.P95 != 95*time.Millisecond || r.P99 != 99*time.Millisecond {
		t.Errorf("want what was counted, got %+v", r)
	}
}

func TestJudge_FindsWhatMustNotHappen(t *testing.T) {
	for name, c := range map[string]struct {
		voter    simulated
		replies  []client.VoteAnswer
		accepted bool
		faults   int
	}{
		"accepted":                     {simulated{choice: 1, again: -1}, []client.VoteAnswer{{}}, true, 0},
		"second try refused":           {simulated{choice: 1, again: 2}, []client.VoteAnswer{{}, {Refusal: "key-used"}}, true, 0},
		"both accepted":                {simulated{choice: 1, again: 2}, []client.VoteAnswer{{}, {}}, true, 1},
		"fresh key used":               {simulated{choice: 1, again: -1}, []client.VoteAnswer{{Refusal: "key-used"}}, false, 1},
		"closed":                       {simulated{choice: 1, again: -1}, []client.VoteAnswer{{Refusal: "voting-closed"}}, false, 0},
		"together, the second wins":    {simulated{choice: 1, again: 1, together: true}, []client.VoteAnswer{{Refusal: "key-used"}, {}}, true, 0},
		"lost, the other was accepted": {simulated{choice: 1, again: 1, together: true}, []client.VoteAnswer{{Refusal: "key-used", Lost: true}, {}}, true, 0},
	} {
		told := newCounted(1)
		tries := []int32{c.voter.choice, c.voter.again}[:len(c.replies)]
		if got := told.judge(c.voter, 0, tries, c.replies); got != c.accepted || len(told.faults) != c.faults {
			t.Errorf("%s: want accepted %v and %d faults, got %v and %v", name, c.accepted, c.faults, got, told.faults)
		}
	}
}

func TestCompare_TellsHiddenVotesFromLostOnes(t *testing.T) {
	standing := func(state string, votes ...int64) client.Results {
		r := client.Results{State: state}
		for place := range 2 {
			c := client.ConstituencyResults{ID: int64(place + 1)}
			for _, n := range votes {
				c.Candidacies = append(c.Candidacies, struct {
					ParticipantID int64 `json:"participant_id"`
					Votes         int64 `json:"votes"`
					Seats         int   `json:"seats"`
				}{Votes: n})
			}
			r.Constituencies = append(r.Constituencies, c)
		}
		return r
	}
	spoiled := func(r client.Results, change func(*client.ConstituencyResults)) client.Results {
		change(&r.Constituencies[1])
		return r
	}
	p := &play{election: ward(), told: newCounted(2), papers: newPapersCounted(2)}
	for place := range 2 {
		p.told.votes[place] = map[int32]int64{1: 30, 2: 20, 3: 10}
	}
	for name, c := range map[string]struct {
		got         client.Results
		hidden      int64
		differences int
	}{
		"exact":                      {standing("open", 30, 20, 10), 0, 0},
		"fewer than a step missing":  {standing("open", 25, 18, 8), 18, 0},
		"a step missing":             {standing("open", 25, 18, 7), 0, 6},
		"missing after the close":    {standing("counting", 30, 20, 9), 0, 2},
		"one too many":               {standing("open", 31, 20, 9), 0, 4},
		"one too many, none missing": {standing("open", 31, 20, 10), 0, 2},
		"thirty too many":            {standing("open", 30, 50, 10), 0, 2},
		"a blank one too many":       {spoiled(standing("counting", 30, 20, 10), func(c *client.ConstituencyResults) { c.Ballots.Blank++ }), 0, 1},
		"an invalid one":             {spoiled(standing("counting", 30, 20, 10), func(c *client.ConstituencyResults) { c.Ballots.Invalid++ }), 0, 1},
		"a duplicate":                {spoiled(standing("counting", 30, 20, 10), func(c *client.ConstituencyResults) { c.Ballots.Duplicates++ }), 0, 1},
		"nothing":                    {client.Results{}, 0, 6},
	} {
		got := p.compare(c.got)
		if got.hidden != c.hidden || len(got.differences) != c.differences {
			t.Errorf("%s: want %d hidden and %d differences, got %d and %v", name, c.hidden, c.differences, got.hidden, got.differences)
		}
	}
	p.Guests = 3 // in all constituencies together
	for name, c := range map[string]struct {
		got         client.Results
		hidden      int64
		differences int
	}{
		"no guest has voted":            {standing("open", 30, 20, 10), 0, 0},
		"one in each constituency":      {standing("open", 31, 20, 10), 0, 0},
		"two in each":                   {standing("open", 31, 21, 10), 0, 2},
		"and votes not shown yet":       {standing("open", 31, 20, 8), 4, 0},
		"and a vote lost":               {standing("counting", 31, 20, 9), 0, 4},
		"and a step missing":            {standing("open", 31, 15, 5), 0, 6},
		"more than all guests together": {standing("counting", 34, 20, 10), 0, 2},
	} {
		if got := p.compare(c.got); got.hidden != c.hidden || len(got.differences) != c.differences {
			t.Errorf("with guests, %s: want %d hidden and %d differences, got %d and %v", name, c.hidden, c.differences, got.hidden, got.differences)
		}
	}
}
