package cli

import (
	"strings"
	"testing"
	"time"

	"urna/client"
	"urna/internal/rehearsal"
)

// sealing makes an open election that is no rehearsal yet and seals its voter keys to a recipient.
func (a *arena) sealing(t *testing.T, recipient string) int64 {
	t.Helper()
	created, err := rehearsal.CreateElection(t.Context(), a.client, "Participants", time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	first := created.Constituencies[0].Participants
	e, err := a.client.CreateElection(t.Context(), client.NewElection{
		Title: "Sealing", Kind: "parliamentary", StartsAt: time.Now().Add(-time.Minute), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		Channels: []string{"online"}, PublicView: "running-count", SealKeysTo: []string{recipient},
		Constituencies: []client.NewConstituency{{Name: "Nationwide", Seats: 3, Participants: []client.Candidacy{{ID: first[0].ID}, {ID: first[1].ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// TestSimulate_SealedKeysNeedTheirIdentity: without the identity nothing is issued and nothing marked; with it the voters vote.
func TestSimulate_SealedKeysNeedTheirIdentity(t *testing.T) {
	a, office, other := newArena(t), newOffice(t), newOffice(t)
	election := a.sealing(t, office.recipient)
	play := SimulateCommand{Election: election, Voters: 30, Seed: 1, Mark: true}
	for name, identity := range map[string]string{"none": "", "of another recipient": other.file("identity.txt")} {
		play.Identity = identity
		_, _, err := a.simulate(t, play)
		if rehearsalCode(err) != 1 || !strings.Contains(err.Error(), "seals its voter keys") || !strings.Contains(err.Error(), "--identity") {
			t.Errorf("%s: want it said that the keys are sealed, and the remedy, got %v", name, err)
		}
	}
	if e, err := a.client.Election(t.Context(), election); err != nil || e.Rehearsal {
		t.Errorf("want the election left as it was, got rehearsal %v, %v", e.Rehearsal, err)
	}
	app := a.own.server.App
	if keys, err := app.Votes.Keys(t.Context(), election); err != nil || keys != 0 {
		t.Errorf("want no key issued, got %d, %v", keys, err)
	}
	play.Identity = office.file("missing.txt")
	if _, _, err := a.simulate(t, play); rehearsalCode(err) != 2 {
		t.Errorf("want exit 2 for an identity that does not exist, got %v", err)
	}
	play.Identity = office.file("identity.txt")
	out, errs, err := a.simulate(t, play)
	if err != nil || !strings.Contains(out, "accepted    30") && !strings.Contains(out, "30\n") {
		t.Fatalf("want thirty voters who vote, got %v\n%s%s", err, out, errs)
	}
	if keys, err := app.Votes.Keys(t.Context(), election); err != nil || keys != 30 {
		t.Errorf("want 30 keys, got %d, %v", keys, err)
	}
}
