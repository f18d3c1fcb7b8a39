package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/problem"
	"urna/internal/testing/apptest"
)

const oneBallot = "7f2c1f0e-0c0b-4b51-9a53-5b1d3a2f6c01,1\n"

// placesEnv is a folder with an election, not yet open, in three constituencies.
type placesEnv struct {
	*apptest.Env

	election *elections.Election
	draft    elections.Draft
}

func newPlacesEnv(t *testing.T) *placesEnv {
	t.Helper()
	e := &placesEnv{Env: apptest.Start(t)}
	var lists []elections.CandidacyDraft
	for _, name := range []string{"Roses", "Tulips"} {
		p, err := e.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	now := e.Clock.Now()
	e.draft = elections.Draft{Title: "Council", Kind: elections.Parliamentary, StartsAt: now.Add(time.Hour), EndsAt: now.Add(5 * time.Hour), Channels: []elections.Channel{elections.Batches}}
	for _, name := range []string{"North", "South", "East"} {
		e.draft.Constituencies = append(e.draft.Constituencies, elections.ConstituencyDraft{Name: name, Seats: 3, Candidacies: lists})
	}
	var err error
	if e.election, err = e.Elections.Create(t.Context(), audit.System(), e.draft); err != nil {
		t.Fatal(err)
	}
	return e
}

// id returns the id of a constituency.
func (e *placesEnv) id(t *testing.T, name string) int64 {
	t.Helper()
	for _, c := range e.election.Constituencies {
		if c.Name == name {
			return c.ID
		}
	}
	t.Fatalf("no constituency %s", name)
	return 0
}

// bound adds an official with places.
func (e *placesEnv) bound(t *testing.T, email string, names ...string) auth.User {
	t.Helper()
	u, err := e.Auth.AddUser(t.Context(), audit.System(), auth.NewUser{
		Email: email + "@example.org", Forename: "Test", Surname: email, Role: auth.Official, Password: apptest.Password, Bound: true, Places: e.places(t, names...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (e *placesEnv) places(t *testing.T, names ...string) (places []auth.Place) {
	t.Helper()
	for _, name := range names {
		places = append(places, auth.Place{ConstituencyID: e.id(t, name)})
	}
	return places
}

func (e *placesEnv) delivery(t *testing.T, u auth.User, name string) batch.Delivery {
	t.Helper()
	return batch.Delivery{Actor: u.Actor("test"), ElectionID: e.election.ID, ConstituencyID: e.id(t, name), FileName: "box.csv", Again: true}
}

// wantPlaces compares the places of an account by name.
func (e *placesEnv) wantPlaces(t *testing.T, id int64, names ...string) {
	t.Helper()
	got, err := e.Auth.Places(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, p := range got {
		if c := e.election.Constituency(p.ConstituencyID); c != nil {
			found = append(found, c.Name)
		} else {
			found = append(found, "unknown")
		}
	}
	if strings.Join(found, " ") != strings.Join(names, " ") {
		t.Errorf("want the places %v, got %v", names, found)
	}
}

// TestPlaces_HoldForEveryWayIn sends files for a place that is not the official's, and for one that is, by each way of
// the service.
func TestPlaces_HoldForEveryWayIn(t *testing.T) {
	e := newPlacesEnv(t)
	e.Clock.Move(2 * time.Hour)
	olga, everywhere := e.bound(t, "olga", "North"), e.AddAccount(t, "anna", auth.Official)
	nowhere := e.bound(t, "nora")
	for name, send := range map[string]func(batch.Delivery) error{
		"at once": func(d batch.Delivery) error {
			_, err := e.Batches.Receive(t.Context(), d, strings.NewReader(oneBallot))
			return err
		},
		"as an upload": func(d batch.Delivery) error {
			_, err := e.Batches.CheckIn(t.Context(), d, strings.NewReader(oneBallot))
			return err
		},
		"as a dry run": func(d batch.Delivery) error {
			_, err := e.Batches.DryRun(t.Context(), d, strings.NewReader(oneBallot), func() {})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct {
				u     auth.User
				place string
				may   bool
			}{{olga, "North", true}, {olga, "South", false}, {nowhere, "North", false}, {everywhere, "South", true}} {
				err := send(e.delivery(t, c.u, c.place))
				if c.may && err != nil || !c.may && !errors.Is(err, batch.ErrNotYourPlace) {
					t.Errorf("%s for %s: want allowed %v, got %v", c.u.Surname, c.place, c.may, err)
				}
				if !c.may && !strings.Contains(err.Error(), c.place) {
					t.Errorf("want the refusal to name %s, got %v", c.place, err)
				}
			}
		})
	}
	batches, err := e.Batches.Batches(t.Context(), batch.Filter{OfficialID: nowhere.ID})
	uploads, other := e.Batches.Uploads(t.Context(), nowhere.ID)
	if err := errors.Join(err, other); err != nil || len(batches)+len(uploads) != 0 {
		t.Errorf("want nothing stored, got %v, %v, %v", batches, uploads, err)
	}
}

// reading calls back before its end, when the file has arrived and is not accepted yet.
type reading struct {
	*strings.Reader

	atEnd func()
}

func (r *reading) Read(p []byte) (int, error) {
	if r.Len() == 0 && r.atEnd != nil {
		r.atEnd()
		r.atEnd = nil
	}
	return r.Reader.Read(p)
}

// TestPlaces_OfTheMomentOfAcceptanceCount changes the places while a file arrives, and while an upload waits.
func TestPlaces_OfTheMomentOfAcceptanceCount(t *testing.T) {
	e := newPlacesEnv(t)
	e.Clock.Move(2 * time.Hour)
	move := func(u auth.User, from, to string) {
		t.Helper()
		if _, err := e.Auth.ChangePlaces(t.Context(), audit.System(), u.ID, e.places(t, to), e.places(t, from)); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("at once", func(t *testing.T) {
		u := e.bound(t, "one", "North")
		_, err := e.Batches.Receive(t.Context(), e.delivery(t, u, "North"), &reading{strings.NewReader(oneBallot), func() { move(u, "North", "South") }})
		if !errors.Is(err, batch.ErrNotYourPlace) {
			t.Errorf("want it refused, got %v", err)
		}
	})
	t.Run("while an upload arrives", func(t *testing.T) {
		u := e.bound(t, "two", "North")
		_, err := e.Batches.CheckIn(t.Context(), e.delivery(t, u, "North"), &reading{strings.NewReader(oneBallot), func() { move(u, "North", "South") }})
		if !errors.Is(err, batch.ErrNotYourPlace) {
			t.Errorf("want it refused, got %v", err)
		}
	})
	t.Run("while an upload waits", func(t *testing.T) {
		u := e.bound(t, "three", "North")
		waiting, err := e.Batches.CheckIn(t.Context(), e.delivery(t, u, "North"), strings.NewReader(oneBallot))
		if err != nil {
			t.Fatal(err)
		}
		move(u, "North", "South")
		if _, err := e.Batches.Confirm(t.Context(), u.Actor("test"), waiting.ID, 0); !errors.Is(err, batch.ErrNotYourPlace) {
			t.Errorf("want it refused, got %v", err)
		}
		move(u, "South", "North")
		if _, err := e.Batches.Confirm(t.Context(), u.Actor("test"), waiting.ID, 0); err != nil {
			t.Errorf("want it accepted for a place of the official, got %v", err)
		}
	})
}

// TestPlaces_FollowTheNameOfAConstituency changes the constituencies of an election that has not opened.
func TestPlaces_FollowTheNameOfAConstituency(t *testing.T) {
	e := newPlacesEnv(t)
	north, east := e.bound(t, "north", "North"), e.bound(t, "east", "South", "East")
	change := func(names ...string) {
		t.Helper()
		d := e.draft
		d.Constituencies = nil
		for _, name := range names {
			c := e.draft.Constituencies[0]
			c.Name = name
			d.Constituencies = append(d.Constituencies, c)
		}
		var err error
		if e.election, err = e.Elections.Change(t.Context(), audit.System(), e.election.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	change("East", "North", "South") // another order
	e.wantPlaces(t, north.ID, "North")
	e.wantPlaces(t, east.ID, "East", "South")
	change("East", "Northern", "South") // a corrected name
	e.wantPlaces(t, north.ID, "Northern")
	change("South", "East") // one is removed, and its id is gone
	e.wantPlaces(t, north.ID)
	e.wantPlaces(t, east.ID, "South", "East")
	if u, err := e.Auth.User(t.Context(), north.ID); err != nil || !u.Bound {
		t.Errorf("want an official without a place to upload nowhere, got %+v, %v", u, err)
	}
	e.Clock.Move(2 * time.Hour)
	if _, err := e.Batches.Receive(t.Context(), e.delivery(t, north, "South"), strings.NewReader(oneBallot)); !errors.Is(err, batch.ErrNotYourPlace) {
		t.Errorf("want the official refused everywhere, got %v", err)
	}
	if events, err := e.Audit.Events(t.Context(), audit.Filter{Action: "user-places-changed", Subject: fmt.Sprintf("user %d", north.ID)}); err != nil || len(events) != 2 ||
		!strings.Contains(events[0].Detail, `"before":"2 Northern","after":"nowhere"`) {
		t.Errorf("want an event for the account that lost its place, got %+v, %v", events, err)
	}
}

// TestPlaces_OfAnAccountThroughItsLife follows an account through roles and its deletion.
func TestPlaces_OfAnAccountThroughItsLife(t *testing.T) {
	e := newPlacesEnv(t)
	e.AddAccount(t, "root", auth.Administrator)
	u := e.bound(t, "olga", "North")
	change := func(c auth.UserChange) error {
		_, err := e.Auth.ChangeUser(t.Context(), audit.System(), u.ID, c)
		return err
	}
	administrator, official := auth.Administrator, auth.Official
	places := e.places(t, "North", "East")
	if err := change(auth.UserChange{Role: &administrator, Places: &places}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("want no places for an administrator, got %v", err)
	}
	if err := change(auth.UserChange{Role: &administrator}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Auth.ChangePlaces(t.Context(), audit.System(), u.ID, places, nil); problem.KindOf(err) != problem.Invalid {
		t.Errorf("want no places for an administrator, got %v", err)
	}
	// An official again: the places are those of before, and nothing wider.
	if err := change(auth.UserChange{Role: &official}); err != nil {
		t.Fatal(err)
	}
	e.wantPlaces(t, u.ID, "North")
	unknown := []auth.Place{{ConstituencyID: 99}}
	if err := change(auth.UserChange{Places: &unknown}); problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), "places[0].constituency_id") {
		t.Errorf("want an unknown constituency named, got %v", err)
	}
	if err := change(auth.UserChange{Places: &places}); err != nil {
		t.Fatal(err)
	}
	e.wantPlaces(t, u.ID, "North", "East")
	if err := change(auth.UserChange{Places: &[]auth.Place{}}); err != nil {
		t.Fatal(err)
	}
	if free, err := e.Auth.User(t.Context(), u.ID); err != nil || free.Bound {
		t.Errorf("want an empty list to be everywhere, got %+v, %v", free, err)
	}
	if err := change(auth.UserChange{Places: &places}); err != nil {
		t.Fatal(err)
	}
	if err := e.Auth.DeleteUser(t.Context(), audit.System(), u.ID, ""); err != nil {
		t.Fatal(err)
	}
	e.wantPlaces(t, u.ID)
}

// TestPlaces_NoneInADraft: only administrators see a draft, so no official uploads for it, and nothing of an official's account
// keeps it from being deleted.
func TestPlaces_NoneInADraft(t *testing.T) {
	e := newPlacesEnv(t)
	u := e.bound(t, "north", "North")
	d := e.draft
	d.Title, d.AsDraft = "Secret", true
	draft, err := e.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	place := []auth.Place{{ConstituencyID: draft.Constituencies[0].ID}}
	if _, err := e.Auth.ChangePlaces(t.Context(), audit.System(), u.ID, place, nil); problem.KindOf(err) != problem.Invalid {
		t.Errorf("want a place in a draft refused as one that does not exist, got %v", err)
	}
	if err := e.Elections.DeleteDraft(t.Context(), audit.System(), draft.ID, ""); err != nil {
		t.Errorf("want the draft deleted, got %v", err)
	}
	e.wantPlaces(t, u.ID, "North")
}

// TestPlaces_OfPollingStations: an official of a polling station uploads for it alone, the place follows the station when
// its constituency moves, and ends with it.
func TestPlaces_OfPollingStations(t *testing.T) {
	e := newPlacesEnv(t)
	stations := func() map[string]elections.Station {
		t.Helper()
		found, err := e.Elections.Stations(t.Context(), e.election.ID)
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]elections.Station{}
		for _, c := range e.election.Constituencies {
			for _, s := range found[c.ID] {
				byName[c.Name+" "+s.Number] = s
			}
		}
		return byName
	}
	change := func(names ...string) {
		t.Helper()
		d := e.draft
		d.Constituencies = nil
		for _, name := range names {
			c := e.draft.Constituencies[0]
			c.Name = name
			d.Constituencies = append(d.Constituencies, c)
		}
		var err error
		if e.election, err = e.Elections.Change(t.Context(), audit.System(), e.election.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range []struct{ constituency, number string }{{"North", "1"}, {"North", "2"}, {"South", "1"}} {
		if _, err := e.Elections.AddStation(t.Context(), audit.System(), e.election.ID, e.id(t, place.constituency), elections.StationDraft{Number: place.number}, ""); err != nil {
			t.Fatal(err)
		}
	}
	first := stations()
	olga := e.bound(t, "olga")
	give := []auth.Place{{StationID: first["North 1"].ID}, {StationID: first["South 1"].ID}}
	if _, err := e.Auth.ChangePlaces(t.Context(), audit.System(), olga.ID, give, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Auth.ChangePlaces(t.Context(), audit.System(), olga.ID, []auth.Place{{StationID: 99}}, nil); err == nil || !strings.Contains(fmt.Sprint(err), "places[2].station_id") {
		t.Errorf("want an unknown station refused, got %v", err)
	}
	change("South", "North", "East") // another order: stations move with their constituency
	if now := stations()["North 1"]; now.ID != first["North 1"].ID {
		t.Fatalf("want the station to keep its id, got %+v", now)
	}
	change("North", "East") // South is removed with its station
	got, err := e.Auth.Places(t.Context(), olga.ID)
	if err != nil || len(got) != 1 || got[0].StationID != first["North 1"].ID {
		t.Errorf("want the station in North alone, got %+v, %v", got, err)
	}
	events, err := e.Audit.Events(t.Context(), audit.Filter{Action: "user-places-changed"})
	if err != nil || len(events) != 2 || !strings.Contains(events[0].Detail, "South 1") {
		t.Errorf("want the removal on record by name, got %+v, %v", events, err)
	}
	e.Clock.Move(2 * time.Hour)
	send := func(station string) error {
		d := batch.Delivery{Actor: olga.Actor("test"), ElectionID: e.election.ID, StationID: first[station].ID, FileName: "box.csv", Again: true}
		_, err := e.Batches.Receive(t.Context(), d, strings.NewReader(oneBallot))
		return err
	}
	if err := send("North 1"); err != nil {
		t.Errorf("want the own station allowed, got %v", err)
	}
	if err := send("North 2"); !errors.Is(err, batch.ErrNotYourPlace) {
		t.Errorf("want another station of the constituency refused, got %v", err)
	}
	if _, err := e.Auth.ChangePlaces(t.Context(), audit.System(), olga.ID, e.places(t, "North"), give[:1]); err != nil {
		t.Fatal(err)
	}
	if err := send("North 2"); err != nil {
		t.Errorf("want every station of a constituency that is a place, got %v", err)
	}
}
