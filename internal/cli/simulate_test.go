package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/client"
	"urna/internal/database"
	"urna/internal/rehearsal"
	"urna/internal/testing/databasetest"
)

// arena is a server with an election to play in.
type arena struct {
	own    *temporary
	client *client.Client
}

func newArena(t *testing.T) *arena {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	own, err := startTemporary(t.Context(), &Streams{Out: io.Discard, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("URNA_PASSWORD", own.AdminPassword)
	a := &arena{own: own}
	if a.client, err = client.New(own.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.client.Close)
	if err := a.client.SignIn(t.Context(), own.AdminEmail, own.AdminPassword); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *arena) simulate(t *testing.T, c SimulateCommand) (out, errs string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	c.URL, c.Email = a.own.URL, a.own.AdminEmail
	err = c.Run(t.Context(), &Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return o.String(), e.String(), err
}

// endAfter has the end of all elections come once so many online votes are counted, however long that takes. The
// rest are second tries, which are refused in the same words as before it, and batches, which are taken after it.
func (a *arena) endAfter(t *testing.T, votes int) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(a.own.path, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, db.Close()); err != nil {
			t.Error(err)
		}
	})
	go func() {
		for counted := 0; counted < votes; time.Sleep(10 * time.Millisecond) {
			if err := db.Pool().QueryRowContext(ctx, `SELECT count(*) FROM online_ballots`).Scan(&counted); err != nil {
				ended <- err
				return
			}
		}
		ended <- db.Write(ctx, func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(ctx, `UPDATE elections SET ends_at = ?`, time.Now().UnixMilli())
			return err
		})
	}()
}

// The whole way: keys, votes, second tries, votes that must be refused, uploads with lines that do not
// count, the close of the election, and a count that is exact to the last vote.
func TestSimulate_TheResultsAreWhatWasAccepted(t *testing.T) {
	a := newArena(t)
	const voters, lasts = 437, 4 * time.Minute
	election, err := rehearsal.CreateElection(t.Context(), a.client, "Short", lasts, 1000)
	if err != nil {
		t.Fatal(err)
	}
	a.endAfter(t, voters)
	out, errs, err := a.simulate(t, SimulateCommand{
		Election: election.ID, Voters: voters, Officials: 2, Ballots: 5000, Invalid: 0.03, Double: 0.1, Seed: 3, Wait: lasts,
		Mix: "Alder Alliance=50,birch party=30,3=15,blank=5",
	})
	if err != nil {
		t.Fatalf("want no difference, got %v\n%s%s", err, out, errs)
	}
	for _, want := range []string{
		`votes sent +494\n`, `accepted +437\n`, `key-used +44\n`, `unknown-candidate +5\n`, `malformed-vote +4\n`, `invalid-key +4\n`,
		`lines uploaded +5\S000\n`, `invalid +160\n`, `duplicates +500\n`, `exactly what was accepted`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
	results, err := a.client.Results(t.Context(), election.ID)
	if err != nil {
		t.Fatal(err)
	}
	if lists := results.Constituencies[0].Candidacies; lists[3].Votes != 0 || lists[0].Votes < lists[1].Votes {
		t.Errorf("want votes in the proportions of the mix, got %+v", lists)
	}
}

func TestSimulate_OnlyWhereTheMarkIs(t *testing.T) {
	a := newArena(t)
	created, err := rehearsal.CreateElection(t.Context(), a.client, "Marked", time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	unmarked := client.NewElection{
		Title: "Real", Kind: "parliamentary", StartsAt: time.Now().Add(-time.Minute), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		Channels: []string{"online"}, PublicView: "running-count",
		Constituencies: []client.NewConstituency{{Name: "Nationwide", Seats: 3, Participants: []client.Candidacy{
			{ID: created.Constituencies[0].Participants[0].ID}, {ID: created.Constituencies[0].Participants[1].ID},
		}}},
	}
	election, err := a.client.CreateElection(t.Context(), unmarked)
	if err != nil {
		t.Fatal(err)
	}
	command := SimulateCommand{Election: election.ID, Voters: 20, Seed: 1}
	if out, _, err := a.simulate(t, command); err == nil || !strings.Contains(err.Error(), "--mark-rehearsal") {
		t.Errorf("want an unmarked election refused with the way out, got %v\n%s", err, out)
	}
	if results, err := a.client.Results(t.Context(), election.ID); err != nil || results.Ballots.Cast != 0 {
		t.Errorf("want nothing played, got %+v, %v", results.Ballots, err)
	}
	command.Mark = true
	if out, errs, err := a.simulate(t, command); err != nil {
		t.Fatalf("want it played, got %v\n%s%s", err, out, errs)
	}
	if marked, err := a.client.Election(t.Context(), election.ID); err != nil || !marked.Rehearsal {
		t.Errorf("want the election marked for good, got %+v, %v", marked, err)
	}
}

// TestSimulate_OnlyWhatTheElectionTakes plays in marked elections that are not open, or lack a channel.
func TestSimulate_OnlyWhatTheElectionTakes(t *testing.T) {
	a := newArena(t)
	created, err := rehearsal.CreateElection(t.Context(), a.client, "Marked", time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	parts := []client.NewConstituency{{Name: "Nationwide", Seats: 3, Participants: []client.Candidacy{
		{ID: created.Constituencies[0].Participants[0].ID}, {ID: created.Constituencies[0].Participants[1].ID},
	}}}
	for words, c := range map[string]struct {
		starts   time.Duration
		channels []string
	}{
		"takes no votes at this time": {30 * time.Minute, []string{"online", "batches"}},
		"takes no votes online":       {-time.Minute, []string{"batches"}},
		"takes no batches":            {-time.Minute, []string{"online"}},
	} {
		election, err := a.client.CreateElection(t.Context(), client.NewElection{
			Title: words, Kind: "parliamentary", StartsAt: time.Now().Add(c.starts), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
			Channels: c.channels, PublicView: "running-count", Rehearsal: true, Constituencies: parts,
		})
		if err != nil {
			t.Fatal(err)
		}
		out, _, err := a.simulate(t, SimulateCommand{Election: election.ID, Voters: 20, Officials: 1, Ballots: 20, Seed: 1})
		if err == nil || !strings.Contains(err.Error(), words) || out != "" {
			t.Errorf("want %q, got %v\n%s", words, err, out)
		}
	}
}

func TestSimulate_RefusesFlagsThatMakeNoSense(t *testing.T) {
	for name, c := range map[string]SimulateCommand{
		"nothing to play":             {},
		"a negative number of voters": {Voters: -1},
		"ballots without an uploader": {Voters: 5, Ballots: 5},
		"a rate that is no number":    {Voters: 5, Rate: math.NaN()},
		"a rate without an end":       {Voters: 5, Rate: math.Inf(1)},
		"officials without an end":    {Voters: 5, Officials: 100_000},
	} {
		if err := c.Run(t.Context(), &Streams{Out: io.Discard, Err: io.Discard}); rehearsalCode(err) != 2 {
			t.Errorf("%s: want exit 2, got %v", name, err)
		}
	}
}

func TestPart_ReadsPercentAndDecimal(t *testing.T) {
	for text, want := range map[string]part{"1%": 0.01, "0.5 %": 0.005, "0.25": 0.25, "100%": 1, "0": 0} {
		var p part
		if err := p.UnmarshalText([]byte(text)); err != nil || p != want {
			t.Errorf("%q: want %v, got %v, %v", text, want, p, err)
		}
	}
	for _, text := range []string{"", "x", "-1%", "101%", "2", "NaN"} {
		var p part
		if err := p.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken as %v", text, p)
		}
	}
}
