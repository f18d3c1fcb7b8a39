package cli

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/client"
	"urna/internal/rehearsal"
)

// interruption is an act that follows once a command has printed the words.
type interruption struct {
	bytes.Buffer

	words string
	act   func()
}

// Write implements io.Writer.
func (i *interruption) Write(p []byte) (int, error) {
	n, err := i.Buffer.Write(p)
	if i.act != nil && strings.Contains(i.String(), i.words) {
		act := i.act
		i.act = nil
		act()
	}
	return n, err
}

// stranger makes thirty voters who are not the simulator's, and returns how they all vote.
func (a *arena) stranger(t *testing.T, election int64) (vote func()) {
	t.Helper()
	var roll strings.Builder
	for i := range 30 {
		fmt.Fprintf(&roll, "stranger-%d\n", i)
	}
	answer, err := a.client.IssueKeys(t.Context(), election, []byte(roll.String()))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := csv.NewReader(bytes.NewReader(answer)).ReadAll()
	if err != nil || len(keys) < 30 {
		t.Fatalf("want thirty keys, got %v, %v", keys, err)
	}
	return func() {
		var voters sync.WaitGroup
		for _, key := range keys[len(keys)-30:] {
			voters.Go(func() {
				body := fmt.Sprintf(`{"personal_id":%q,"guid":%q,"candidate":1}`, key[0], key[1])
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.own.URL+"/vote", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				answer, err := http.DefaultClient.Do(request)
				if err != nil || answer.StatusCode != http.StatusOK {
					t.Errorf("want the stranger's vote accepted, got %v, %v", answer, err)
					return
				}
				_ = answer.Body.Close()
			})
		}
		voters.Wait()
	}
}

// TestSimulate_ADifferenceIsExit1 has thirty people vote whom the simulator knows nothing of.
func TestSimulate_ADifferenceIsExit1(t *testing.T) {
	a := newArena(t)
	election, err := rehearsal.CreateElection(t.Context(), a.client, "Disturbed", time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	errs := &interruption{words: "playing in election", act: a.stranger(t, election.ID)}
	var out bytes.Buffer
	command := SimulateCommand{URL: a.own.URL, Email: a.own.AdminEmail, Election: election.ID, Voters: 100, Seed: 1, Mix: "2=1"}
	err = command.Run(t.Context(), &Streams{In: strings.NewReader(""), Out: &out, Err: errs})
	if rehearsalCode(err) != 1 || !strings.Contains(out.String(), "NOT what was accepted") || !strings.Contains(errs.String(), "differs: ") {
		t.Errorf("want exit 1 and the difference named, got %v\n%s%s", err, &out, errs)
	}
}

// sealed makes an election, open for so long, that shows no counts before its end.
func (a *arena) sealed(t *testing.T, lasts time.Duration) client.Election {
	t.Helper()
	created, err := rehearsal.CreateElection(t.Context(), a.client, "Participants", time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := a.client.CreateElection(t.Context(), client.NewElection{
		Title: "Sealed", Kind: "parliamentary", StartsAt: time.Now().Add(-time.Minute), EndsAt: time.Now().Add(lasts), OpenNow: true,
		Channels: []string{"online"}, PublicView: "turnout", Rehearsal: true,
		Constituencies: []client.NewConstituency{{Name: "Nationwide", Seats: 3, Participants: []client.Candidacy{
			{ID: created.Constituencies[0].Participants[0].ID}, {ID: created.Constituencies[0].Participants[1].ID},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// TestSimulate_NothingComparedIsExit1 plays where no count is shown for longer than it waits.
func TestSimulate_NothingComparedIsExit1(t *testing.T) {
	a := newArena(t)
	out, errs, err := a.simulate(t, SimulateCommand{Election: a.sealed(t, time.Hour).ID, Voters: 20, Seed: 1})
	if rehearsalCode(err) != 1 || !strings.Contains(out, "nothing was compared") || strings.Contains(errs, "ends") {
		t.Errorf("want exit 1 where the results cannot be seen, and nothing waited for, got %v\n%s%s", err, out, errs)
	}
}

// TestSimulate_SaysWhatItWaitsFor has the election end as soon as the player says that it waits for that.
func TestSimulate_SaysWhatItWaitsFor(t *testing.T) {
	a := newArena(t)
	election := a.sealed(t, 3*time.Minute)
	errs := &interruption{words: "when the election ends, at " + election.EndsAt.Local().Format(time.TimeOnly), act: func() { a.endAfter(t, 0) }}
	var out bytes.Buffer
	command := SimulateCommand{URL: a.own.URL, Email: a.own.AdminEmail, Election: election.ID, Voters: 20, Seed: 1, Wait: time.Hour}
	err := command.Run(t.Context(), &Streams{In: strings.NewReader(""), Out: &out, Err: errs})
	if err != nil || !strings.Contains(out.String(), "exactly what was accepted") || strings.Count(errs.String(), errs.words) != 1 {
		t.Errorf("want the wait announced once, and no difference, got %v\n%s%s", err, &out, errs)
	}
}

// TestSimulate_TheSeedDecides plays the same voters twice and others once: the same votes, and other ones.
func TestSimulate_TheSeedDecides(t *testing.T) {
	a := newArena(t)
	votes := func(seed uint64) string {
		t.Helper()
		election, err := rehearsal.CreateElection(t.Context(), a.client, fmt.Sprint("Seed ", seed), time.Hour, 0)
		if err != nil {
			t.Fatal(err)
		}
		command := SimulateCommand{Election: election.ID, Officials: 1, Ballots: 1000, Seed: seed, Wait: time.Minute}
		if out, errs, err := a.simulate(t, command); err != nil {
			t.Fatalf("want it played, got %v\n%s%s", err, out, errs)
		}
		results, err := a.client.Results(t.Context(), election.ID)
		if err != nil {
			t.Fatal(err)
		}
		var each []int64
		for _, candidacy := range results.Constituencies[0].Candidacies {
			each = append(each, candidacy.Votes)
		}
		return fmt.Sprint(each)
	}
	first, again, other := votes(7), votes(7), votes(8)
	if first != again || first == other {
		t.Errorf("want the same votes for the same seed and others for another, got %s, %s, %s", first, again, other)
	}
}
