package online_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/database"
)

// two are approvals under which every act needs a second administrator.
type two struct{ asked int }

func (a *two) Ask(context.Context, *database.Tx, approval.Request) (*approval.Waiting, error) {
	a.asked++
	return &approval.Waiting{ID: 1}, nil
}

func (a *two) Use(context.Context, *database.Tx, approval.Request) error { return nil }

// TestIssue_AnOpeningMeanwhileNeedsTheSecondAdministrator: keys that are asked for just before the opening must not be
// valid after it without an approval.
func TestIssue_AnOpeningMeanwhileNeedsTheSecondAdministrator(t *testing.T) {
	approvals := &two{}
	o := newEnvWithSetClock(t, online.Options{Approvals: approvals})
	e := o.election(t, 1, func(d *elections.Draft) { d.StartsAt, d.OpenNow = o.Now().Add(time.Minute), false })
	opened := false
	_, err := o.votes.Issue(t.Context(), ada, e.ID, roll(e, 3), func(p online.Progress) {
		if p.Issued > 0 && !opened {
			opened = true
			o.Move(2 * time.Minute)
		}
	})
	if !opened || !errors.Is(err, online.ErrKeysOpenedMeanwhile) || approvals.asked != 1 {
		t.Fatalf("want the keys refused, got %v; opened: %v, asked: %d", err, opened, approvals.asked)
	}
	if n := o.number(t, `SELECT coalesce(sum(keys), 0) FROM voter_key_totals`); n != 0 {
		t.Errorf("want no valid key, got %d", n)
	}
	o.recount(t)
}
