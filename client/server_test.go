package client_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"urna/auth"
	"urna/client"
	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// startExample starts a server with an administrator and an official, as urna serve does, and returns its address and
// what stops it.
func startExample() (address string, stop func()) {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "urna-example-")
	if err != nil {
		panic(err)
	}
	a, err := app.Open(ctx, folder, apptest.Options(&clock.Clock{}))
	if err != nil {
		panic(err)
	}
	for email, role := range map[string]auth.Role{"ada@example.org": auth.Administrator, "olga@example.org": auth.Official} {
		_, err := a.Auth.AddUser(ctx, audit.System(), auth.NewUser{
			Email: email, Forename: "Test", Surname: "Person", Role: role, Password: apptest.Password,
		})
		if err != nil {
			panic(err)
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s, err := server.Start(ctx, a, listener, server.Options{})
	if err != nil {
		panic(err)
	}
	return "http://" + listener.Addr().String(), func() {
		if err := errors.Join(s.Close(), os.RemoveAll(folder)); err != nil {
			panic(err)
		}
	}
}

// administrator starts such a server and returns a client that its administrator has signed in with.
func administrator(t *testing.T) *client.Client {
	t.Helper()
	address, stop := startExample()
	t.Cleanup(stop)
	ada, err := client.New(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ada.Close)
	if err := ada.SignIn(t.Context(), "ada@example.org", apptest.Password); err != nil {
		t.Fatal(err)
	}
	return ada
}

// TestClient_AnActThatWaitsIsNoSuccess disables an administrator, revokes a key and withdraws a roll, for which another
// administrator has to approve.
func TestClient_AnActThatWaitsIsNoSuccess(t *testing.T) {
	ada := administrator(t)
	party, err := ada.CreateParticipant(t.Context(), client.Participant{Name: "Orchard Party", Kind: "party"})
	if err != nil {
		t.Fatal(err)
	}
	election, err := ada.CreateElection(t.Context(), client.NewElection{
		Title: "Council", Kind: "parliamentary", Channels: []string{"online"}, StartsAt: time.Now(), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		Rules:          client.Rules{ThresholdPercent: "0", ThresholdBase: "none"},
		Constituencies: []client.NewConstituency{{Name: "North", Seats: 3, Participants: []client.Candidacy{{ID: party.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ada.IssueKeys(t.Context(), election.ID, []byte("personal_id\n1001\n")); err != nil { // still alone
		t.Fatal(err)
	}
	bea, err := ada.CreateAccount(t.Context(), client.NewAccount{
		Email: "bea@example.org", Forename: "Bea", Surname: "P", Role: "administrator", Password: apptest.Password,
	})
	if err != nil {
		t.Fatal(err)
	}
	err = ada.DisableAccount(t.Context(), bea.ID)
	waiting, ok := errors.AsType[*client.WaitingError](err)
	if !ok || waiting.ID != 1 || waiting.Act != "user-disabled" || waiting.By == "" || !waiting.Until.After(time.Now()) {
		t.Errorf("want the approval that it waits for, got %+v, %v", waiting, err)
	}
	for act, err := range map[string]error{
		"key-revoked":    ada.RevokeKey(t.Context(), election.ID, "1001", "moved away", 0),
		"roll-withdrawn": ada.WithdrawRoll(t.Context(), election.ID, 1, "printed twice"),
	} {
		if waiting, ok := errors.AsType[*client.WaitingError](err); !ok || waiting.Act != act {
			t.Errorf("%s: want the approval that it waits for, got %v", act, err)
		}
	}
	_, err = ada.IssueKeys(t.Context(), election.ID, []byte("personal_id\n1002\n"))
	if waiting, ok := errors.AsType[*client.WaitingError](err); !ok || waiting.Act != "keys-issued" {
		t.Errorf("want the approval that further keys wait for, got %v", err)
	}
	var refusal *client.ProblemError
	if _, err := ada.IssueApprovedKeys(t.Context(), election.ID, 99, nil, []byte("personal_id\n1002\n")); !errors.As(err, &refusal) ||
		refusal.Code != "unknown-approval" {
		t.Errorf("want keys of an approval that does not exist refused, got %v", err)
	}
	if err := ada.RevokeKey(t.Context(), election.ID, "1001", "", 99); !errors.As(err, &refusal) || refusal.Code != "unknown-approval" {
		t.Errorf("want an approval that does not exist refused, got %v", err)
	}
}

// TestClient_GivesAnOfficialPlaces makes an official with a place, and one without.
func TestClient_GivesAnOfficialPlaces(t *testing.T) {
	ada := administrator(t)
	account := client.NewAccount{Email: "eva@example.org", Forename: "Eva", Surname: "P", Role: "official", Password: apptest.Password}
	if everywhere, err := ada.CreateAccount(t.Context(), account); err != nil || !everywhere.Everywhere || len(everywhere.Places) != 0 {
		t.Errorf("want an official who uploads everywhere, got %+v, %v", everywhere, err)
	}
	party, err := ada.CreateParticipant(t.Context(), client.Participant{Name: "Party", Kind: "party"})
	if err != nil {
		t.Fatal(err)
	}
	election, err := ada.CreateElection(t.Context(), client.NewElection{
		Title: "Council", Kind: "parliamentary", StartsAt: time.Now().Add(time.Hour), EndsAt: time.Now().Add(2 * time.Hour), Channels: []string{"batches"},
		Constituencies: []client.NewConstituency{{Name: "North", Seats: 3, Participants: []client.Candidacy{{ID: party.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	place := client.Place{ConstituencyID: election.Constituencies[0].ID}
	account.Email, account.Places = "bo@example.org", []client.Place{place}
	if bound, err := ada.CreateAccount(t.Context(), account); err != nil || bound.Everywhere || len(bound.Places) != 1 || bound.Places[0] != place {
		t.Errorf("want an official with the place %d, got %+v, %v", place.ConstituencyID, bound, err)
	}
}

// TestClient_GivesAnElectionAMap tries a drawing, stores it, reads the map, and removes it.
func TestClient_GivesAnElectionAMap(t *testing.T) {
	ada := administrator(t)
	party, err := ada.CreateParticipant(t.Context(), client.Participant{Name: "Party", Kind: "party"})
	if err != nil {
		t.Fatal(err)
	}
	election, err := ada.CreateElection(t.Context(), client.NewElection{
		Title: "Council", Kind: "parliamentary", StartsAt: time.Now().Add(time.Hour), EndsAt: time.Now().Add(2 * time.Hour), Channels: []string{"batches"},
		Constituencies: []client.NewConstituency{{Name: "North", Seats: 3, Participants: []client.Candidacy{{ID: party.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := client.MapFile{Content: []byte(`<svg xmlns="http://www.w3.org/2000/svg"><path id="North" d="M0 0h9v9z"/><path id="Lake" d="M0 0h1v1z"/></svg>`), Source: "Survey office"}
	if tried, err := ada.TryMap(t.Context(), election.ID, file); err != nil || tried.Property != "id" || len(tried.Unknown) != 1 || len(tried.Map.Outlines) != 1 {
		t.Errorf("want one outline and one shape of no constituency, got %+v, %v", tried, err)
	}
	var refusal *client.ProblemError
	if _, err := ada.Map(t.Context(), election.ID); !errors.As(err, &refusal) || refusal.Code != "no-map" {
		t.Errorf("want nothing stored by a try, got %v", err)
	}
	stored, err := ada.ChangeMap(t.Context(), election.ID, file)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := ada.Map(t.Context(), election.ID); err != nil || m.Source != "Survey office" || m.Outlines[0] != stored.Map.Outlines[0] {
		t.Errorf("want the stored map, got %+v, %v", m, err)
	}
	if err := ada.RemoveMap(t.Context(), election.ID); err != nil {
		t.Error(err)
	}
}
