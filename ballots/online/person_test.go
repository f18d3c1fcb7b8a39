package online_test

import (
	"errors"
	"testing"

	"urna/ballots/online"
)

// The same personal id, as three machines write it.
var oneID = []string{"Zoë 12", "Zoe\u0308\u00a012", "Zoë\u3000\uff11\uff12"}

// TestPersonalID_OneHoweverItIsWritten presents a voter's id in other signs of the same meaning wherever one is
// presented.
func TestPersonalID_OneHoweverItIsWritten(t *testing.T) {
	for i, issued := range oneID {
		written := oneID[(i+1)%len(oneID)]
		o := newEnv(t, online.Options{})
		e := o.election(t, 1, nil)
		zoe := func(yield func(online.Voter, error) bool) { _ = yield(online.Voter{Line: 1, PersonalID: issued}, nil) }
		roll, err := o.votes.Issue(t.Context(), ada, e.ID, zoe, nil)
		if err != nil {
			t.Fatal(err)
		}
		key := keysOf(t, roll)[0]
		if key.PersonalID != oneID[0] {
			t.Errorf("want %q on the letter, got %q", oneID[0], key.PersonalID)
		}
		fresh, err := o.votes.Reissue(t.Context(), ada, e.ID, written)
		if err != nil {
			t.Fatalf("want another key for %q, got %v", written, err)
		}
		fresh.PersonalID = written
		if _, err := o.votes.Open(t.Context(), online.Credentials{PersonalID: written, GUID: fresh.GUID}); err != nil {
			t.Errorf("want the ballot paper of %q, got %v", written, err)
		}
		for _, err := range o.votes.InForce(t.Context(), e.ID, keysInTurn(fresh)) {
			if err != nil {
				t.Errorf("want a letter for %q, got %v", written, err)
			}
		}
		if err := o.cast(t, fresh, "Alder"); err != nil {
			t.Errorf("want the vote of %q, got %v", written, err)
		}
		if err := o.votes.Revoke(t.Context(), ada, e.ID, written); !errors.Is(err, online.ErrUsedKeyStays) {
			t.Errorf("want the used key of %q found, got %v", written, err)
		}
		o.recount(t)
	}
}

// keysInTurn passes keys on as a list of them does.
func keysInTurn(keys ...online.Key) func(yield func(online.Key, error) bool) {
	return func(yield func(online.Key, error) bool) {
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	}
}

// TestGuesses_AtOneVoterHoweverTheIDIsWritten guesses at a voter's key in turns of writing the id.
func TestGuesses_AtOneVoterHoweverTheIDIsWritten(t *testing.T) {
	o := newEnvWithSetClock(t, online.Options{})
	var err error
	for i := range 12 {
		err = o.guess(t, oneID[i%len(oneID)], "", false)
	}
	if !errors.Is(err, online.ErrTooManyTries) {
		t.Errorf("want the waits of one voter, got %v", err)
	}
}
