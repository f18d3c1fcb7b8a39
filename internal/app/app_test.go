package app_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/internal/app"
	"urna/internal/app/datafolder"
	"urna/internal/testing/apptest"
)

// open opens the data folder at a path and closes it at the end of the test.
func open(t *testing.T, path string, o app.Options) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func TestStart_NeedsTheLock(t *testing.T) {
	a := open(t, t.TempDir(), app.Options{Parts: app.Everything, Create: true})
	if err := a.Start(t.Context()); err == nil {
		t.Error("want a start without the folder's lock to be refused")
	}
}

func TestStart_NeedsEverything(t *testing.T) {
	a := open(t, t.TempDir(), app.Options{Parts: app.Everything &^ app.Batches, Create: true, Lock: true})
	if err := a.Start(t.Context()); err == nil {
		t.Error("want a start without batches to be refused")
	}
}

// TestOpen_Parts opens one part after the other and looks at which services and secret files that gives.
func TestOpen_Parts(t *testing.T) {
	for _, c := range []struct {
		name    string
		parts   app.Part
		secrets []string
	}{
		{"none", 0, nil},
		{"accounts", app.Accounts, []string{datafolder.ServerKey, datafolder.TokenSecret}},
		{"voter keys", app.VoterKeys, []string{datafolder.VotersKey}},
		{"batches", app.Batches, nil},
		{"bundles", app.Bundles, []string{datafolder.SigningKey}},
		{"sessions", app.Accounts | app.Sessions, []string{datafolder.ServerKey, datafolder.TokenSecret}},
		{"everything", app.Everything, []string{datafolder.ServerKey, datafolder.TokenSecret, datafolder.VotersKey, datafolder.SigningKey}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := t.TempDir()
			a := open(t, path, app.Options{Parts: c.parts, Create: true})
			wantParts(t, a, c.parts)
			wantSecrets(t, path, c.secrets)
			if a.Elections == nil || a.Participants == nil || a.Results == nil || a.PublicURL == nil || a.Audit == nil {
				t.Error("want elections and results with every choice of parts")
			}
		})
	}
}

func wantParts(t *testing.T, a *app.App, parts app.Part) {
	t.Helper()
	for part, open := range map[app.Part]bool{
		app.Accounts: a.Auth != nil, app.VoterKeys: a.Votes != nil, app.Batches: a.Batches != nil,
		app.Bundles: a.Bundles != nil, app.Sessions: a.Sessions != nil,
	} {
		if want := parts&part != 0; open != want {
			t.Errorf("part %b: want open %v, got %v", part, want, open)
		}
	}
}

func wantSecrets(t *testing.T, path string, want []string) {
	t.Helper()
	wanted := map[string]bool{}
	for _, name := range want {
		wanted[name] = true
	}
	for _, name := range []string{datafolder.ServerKey, datafolder.TokenSecret, datafolder.VotersKey, datafolder.SigningKey} {
		_, err := os.Stat(filepath.Join(path, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if found := err == nil; found != wanted[name] {
			t.Errorf("%s: want it there %v, got %v", name, wanted[name], found)
		}
	}
}

// TestOpenParts_MakesASecretWhenItIsNeeded opens voter keys after the folder.
func TestOpenParts_MakesASecretWhenItIsNeeded(t *testing.T) {
	path := t.TempDir()
	a := open(t, path, app.Options{Create: true})
	wantSecrets(t, path, nil)
	for range 2 { // the second time they are open already
		if err := a.OpenParts(t.Context(), app.VoterKeys); err != nil {
			t.Fatal(err)
		}
	}
	wantParts(t, a, app.VoterKeys)
	wantSecrets(t, path, []string{datafolder.VotersKey})
	if err := a.OpenParts(t.Context(), app.Accounts); err == nil {
		t.Error("want accounts to be refused, which other services need from the start")
	}
}

// TestClose_StoresVotesFirst closes the folder while a vote waits for its group: the vote is answered and stored, the
// lock is free, and a second Close changes nothing.
func TestClose_StoresVotesFirst(t *testing.T) {
	path := t.TempDir()
	poll := apptest.NewPoll(t, path, 2, nil)
	o := app.Options{
		Parts: app.Everything, Lock: true, Votes: online.Options{GroupVotes: 100, GroupWait: time.Hour, MaxWaiting: 1},
	}
	a := open(t, path, o)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	answers := make(chan error, 2)
	for _, key := range poll.Keys {
		go func() {
			c := online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID}
			answers <- a.Votes.Cast(t.Context(), online.Vote{Credentials: c, Candidate: "1"})
		}()
	}
	// One of the two is refused as soon as the other one waits.
	if err := <-answers; !errors.Is(err, online.ErrOverloaded) {
		t.Fatalf("want a second waiting vote to be refused, got %v", err)
	}
	for n := range 2 {
		if err := a.Close(); err != nil {
			t.Errorf("close %d: %v", n+1, err)
		}
	}
	if err := <-answers; err != nil {
		t.Errorf("want the waiting vote to be answered, got %v", err)
	}
	again := open(t, path, o) // refused while another has the lock
	used := 0
	for _, key := range poll.Keys {
		_, err := again.Votes.Open(t.Context(), online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID})
		if errors.Is(err, online.ErrKeyUsed) {
			used++
		}
	}
	if used != 1 {
		t.Errorf("want the waiting vote to be stored, found %d votes", used)
	}
}
