package online_test

import (
	"errors"
	"strings"
	"testing"

	"urna/ballots/online"
	"urna/internal/problem"
)

// TestIssue_FindsTheSamePersonFarApart has the first voter of a roll once more at its end.
func TestIssue_FindsTheSamePersonFarApart(t *testing.T) {
	o := newEnv(t, online.Options{})
	e := o.election(t, 1, nil)
	const voters = 33_000 // more than lie side by side in memory
	_, err := o.votes.Issue(t.Context(), ada, e.ID, func(yield func(online.Voter, error) bool) {
		var first online.Voter
		for v, err := range roll(e, voters) {
			if first.Line == 0 {
				first = v
			}
			if !yield(v, err) {
				return
			}
		}
		first.Line = voters + 1
		yield(first, nil)
	}, nil)
	f, ok := errors.AsType[*problem.Error](err)
	if !ok || len(f.Fields) != 1 || f.Fields[0].Name != "line 33001" || !strings.Contains(f.Fields[0].Message.String(), "already on line 1") {
		t.Fatalf("want the second line named, and the first in it, got %v", err)
	}
}
