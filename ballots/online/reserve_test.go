package online_test

import (
	"errors"
	"testing"

	"urna/ballots/online"
)

// TestIssue_KeepsTheReserveOfTheDisk refuses a roll at its beginning, while it is read, and before its keys are stored.
func TestIssue_KeepsTheReserveOfTheDisk(t *testing.T) {
	full, asked, refusedAt := errors.New("the reserve"), 0, 0
	o := newEnv(t, online.Options{Space: func(int64) error {
		if asked++; asked == refusedAt {
			return full
		}
		return nil
	}})
	e := o.election(t, 1, nil)
	const voters = 5_001 // the space is asked about again after 5,000
	for _, refusedAt = range []int{1, 2, 3} {
		asked = 0
		if _, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, voters), nil); !errors.Is(err, full) || asked != refusedAt {
			t.Errorf("want the roll refused when asked for the time %d, got %v after %d", refusedAt, err, asked)
		}
		if n := o.number(t, `SELECT (SELECT count(*) FROM voter_rolls) + (SELECT count(*) FROM keyed_voters) + (SELECT count(*) FROM voter_keys)`); n != 0 {
			t.Errorf("want nothing stored, got %d rows", n)
		}
	}
	refusedAt = 0
	if n := len(o.issue(t, e, 5)); n != 5 {
		t.Errorf("want the next roll issued, got %d keys", n)
	}
}
