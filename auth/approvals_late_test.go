package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/approval"
	"urna/internal/database"
	"urna/internal/problem"
)

// lateBatches is a service with one administrator and an official, who sends late batches.
type lateBatches struct {
	*commission

	official        auth.User
	counted, denied []approval.Approved
	published       time.Time
	fails           error
}

func newLateBatches(t *testing.T) *lateBatches {
	t.Helper()
	c := &lateBatches{commission: &commission{env: newEnv(t)}}
	c.ana = add(t, c.Service, "ana@example.org", auth.Administrator)
	c.official = add(t, c.Service, "olga@example.org", auth.Official)
	c.clock.Move(48 * time.Hour)
	c.published = c.clock.Now()
	c.Approvals().Register(approval.LateBatch, func(_ context.Context, _ *database.Tx, a approval.Approved) error {
		c.counted = append(c.counted, a)
		return c.fails
	})
	c.Approvals().RegisterRefusal(approval.LateBatch, func(_ context.Context, _ *database.Tx, a approval.Approved) error {
		c.denied = append(c.denied, a)
		return c.fails
	})
	return c
}

// send proposes a late batch.
func (c *lateBatches) send(by auth.User) *approval.Waiting {
	c.t.Helper()
	w, err := c.ask(approval.Request{
		Act: approval.LateBatch, Subject: "batch 4", ElectionID: 1, Since: c.published, Actor: by.Actor("hall"), Reason: "the boat was late",
	})
	if err != nil || w == nil {
		c.t.Fatalf("want a proposal, got %v, %v", w, err)
	}
	return w
}

// TestLateBatch_WaitsForALoneAdministrator: an official proposes it, so it waits even if two administrators never
// existed, and it does not expire.
func TestLateBatch_WaitsForALoneAdministrator(t *testing.T) {
	c := newLateBatches(t)
	w := c.send(c.official)
	if !w.Until.IsZero() || w.Act != approval.LateBatch {
		t.Errorf("want a proposal without an end, got %+v", w)
	}
	c.clock.Move(1000 * time.Hour)
	done, err := c.decide(c.ana, w.ID, auth.Decision{Approve: true, Reason: "seen with the board"})
	if err != nil || done.State != auth.ApprovalDone || done.Alone != "" {
		t.Fatalf("want it done, got %+v, %v", done, err)
	}
	if len(c.counted) != 1 || c.counted[0].Proposer.ID != c.official.ID || c.counted[0].Decider != c.ana.Actor("").Name || c.counted[0].Remark != "seen with the board" {
		t.Errorf("want the batch counted with both names, got %+v", c.counted)
	}
}

func TestLateBatch_RefusalIsFinalAndRecorded(t *testing.T) {
	c := newLateBatches(t)
	w := c.send(c.official)
	if _, err := c.decide(c.ana, w.ID, auth.Decision{}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("want a reason asked for, got %v", err)
	}
	c.fails = errors.New("the disk")
	if _, err := c.decide(c.ana, w.ID, auth.Decision{Reason: "no protocol"}); !errors.Is(err, c.fails) {
		t.Errorf("want the fault, got %v", err)
	}
	if a, err := c.Approvals().Approval(t.Context(), w.ID); err != nil || a.State != auth.ApprovalWaiting {
		t.Errorf("want nothing decided if the batch cannot be marked, got %+v, %v", a, err)
	}
	c.fails, c.denied = nil, nil
	a, err := c.decide(c.ana, w.ID, auth.Decision{Reason: "no protocol"})
	if err != nil || a.State != auth.ApprovalRefused || len(c.denied) != 1 || c.denied[0].Remark != "no protocol" || len(c.counted) != 0 {
		t.Errorf("want it refused and recorded, got %+v, %+v, %v", a, c.denied, err)
	}
	if _, err := c.approve(c.ana, w.ID); !errors.Is(err, auth.ErrApprovalDecided) {
		t.Errorf("want one decision, got %v", err)
	}
}

// TestLateBatch_NotOfLatelyMadeOrChangedAccounts: an administrator who made the official's account, or can sign in to
// it, could be both persons.
func TestLateBatch_NotOfLatelyMadeOrChangedAccounts(t *testing.T) {
	password, yes, no := "known to another person", true, false
	change := func(c *lateBatches, u auth.User, in auth.UserChange) {
		t.Helper()
		if _, err := c.ChangeUser(t.Context(), c.ana.Actor("office"), u.ID, in); err != nil {
			t.Fatal(err)
		}
	}
	for name, one := range map[string]struct {
		before func(*lateBatches)
		want   error
	}{
		"a new official": {func(c *lateBatches) { c.official = add(t, c.Service, "new@example.org", auth.Official) }, auth.ErrProposerTooNew},
		"an enabled one": {func(c *lateBatches) {
			change(c, c.official, auth.UserChange{Disabled: &yes})
			change(c, c.official, auth.UserChange{Disabled: &no})
		}, auth.ErrProposerTooNew},
		"another password": {func(c *lateBatches) { change(c, c.official, auth.UserChange{Password: &password}) }, auth.ErrApproverChanged},
		"a new administrator": {func(c *lateBatches) {
			c.ana = add(t, c.Service, "eva@example.org", auth.Administrator)
		}, auth.ErrApproverTooNew},
	} {
		t.Run(name, func(t *testing.T) {
			c := newLateBatches(t)
			c.clock.Move(time.Minute)
			one.before(c)
			w := c.send(c.official)
			if _, err := c.approve(c.ana, w.ID); !errors.Is(err, one.want) || len(c.counted) != 0 {
				t.Errorf("want %v, got %v", one.want, err)
			}
			c.clock.Move(24*time.Hour + time.Millisecond)
			if _, err := c.approve(c.ana, w.ID); err != nil || len(c.counted) != 1 {
				t.Errorf("want it approved after a day, got %v", err)
			}
		})
	}
}

func TestLateBatch_NotOfAnAccountThatEnded(t *testing.T) {
	c := newLateBatches(t)
	w := c.send(c.official)
	if err := c.DeleteUser(t.Context(), c.ana.Actor("office"), c.official.ID, "left"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.approve(c.ana, w.ID); !errors.Is(err, auth.ErrProposerGone) || len(c.counted) != 0 {
		t.Errorf("want it not approved, got %v", err)
	}
	if _, err := c.decide(c.ana, w.ID, auth.Decision{Reason: "the account was stolen"}); err != nil || len(c.denied) != 1 {
		t.Errorf("want it refused, got %v", err)
	}
}

// TestLateBatch_ItsOfficialNeverDecides: not even as an administrator, after any time.
func TestLateBatch_ItsOfficialNeverDecides(t *testing.T) {
	c := newLateBatches(t)
	w := c.send(c.official)
	administrator := auth.Administrator
	if _, err := c.ChangeUser(t.Context(), c.ana.Actor("office"), c.official.ID, auth.UserChange{Role: &administrator}); err != nil {
		t.Fatal(err)
	}
	c.clock.Move(100 * time.Hour)
	if _, err := c.approve(c.official, w.ID); !errors.Is(err, auth.ErrOwnApproval) || len(c.counted) != 0 {
		t.Errorf("want no own approval, got %v", err)
	}
	if a, err := c.Approvals().ApproveOnMachine(t.Context(), system, w.ID, "the others are away"); err != nil || a.Alone != auth.AloneByOperator || len(c.counted) != 1 {
		t.Errorf("want the operator's approval, marked, got %+v, %v", a, err)
	}
}

// TestLateBatch_RefusedComesBackWithAnApprovalOnly: a lone administrator does not refuse and restore it, to pass by the
// rules for accounts that are new or changed.
func TestLateBatch_RefusedComesBackWithAnApprovalOnly(t *testing.T) {
	c := newLateBatches(t)
	ask := func(always bool) *approval.Waiting {
		t.Helper()
		w, err := c.ask(approval.Request{
			Act: approval.RestoreBatch, Subject: "batch 4", ElectionID: 1, Since: c.published, Actor: c.ana.Actor("office"), Reason: "found", Always: always,
		})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if w := ask(false); w != nil {
		t.Errorf("want an ordinary restoration at once, got %+v", w)
	}
	w := ask(true)
	if w == nil {
		t.Fatal("want it to wait")
	}
	restored := 0
	c.Approvals().Register(approval.RestoreBatch, func(context.Context, *database.Tx, approval.Approved) error {
		restored++
		return nil
	})
	if _, err := c.approve(c.ana, w.ID); !errors.Is(err, auth.ErrOwnApproval) || restored != 0 {
		t.Errorf("want no own approval at once, got %v", err)
	}
	c.clock.Move(24 * time.Hour)
	if a, err := c.approve(c.ana, w.ID); err != nil || a.Alone != auth.AloneUnopposed || restored != 1 {
		t.Errorf("want it done alone after a day, marked, got %+v, %v", a, err)
	}
}
