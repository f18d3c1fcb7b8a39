package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/approval"
	"urna/internal/database"
)

// TestRegister_AnAcceptanceAcceptsAndNothingElse accepts an account together with other changes: they would be in an
// event that is not searched for administrators and passwords.
func TestRegister_AnAcceptanceAcceptsAndNothingElse(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	actor, in := newcomer(1)
	u, err := o.Register(t.Context(), actor, in)
	if err != nil {
		t.Fatal(err)
	}
	forename, administrator, disabled, must, secret := "Other", auth.Administrator, true, true, "another long password"
	for name, change := range map[string]auth.UserChange{
		"name": {Forename: &forename}, "surname": {Surname: &forename}, "role": {Role: &administrator}, "disabled": {Disabled: &disabled},
		"password": {Password: &secret}, "must change": {MustChangePassword: &must},
	} {
		change.Accept = true
		if _, err := o.ChangeUser(t.Context(), ada.Actor("a"), u.ID, change); !errors.Is(err, auth.ErrAccountWaiting) {
			t.Errorf("%s: want it refused with the acceptance, got %v", name, err)
		}
	}
	if got := o.user(u.ID); !got.Waiting || got.Role != auth.Official {
		t.Errorf("want it to wait as it was, got %+v", got)
	}
	if _, err := o.ChangeUser(t.Context(), ada.Actor("a"), u.ID, auth.UserChange{Accept: true}); err != nil {
		t.Errorf("want it accepted, got %v", err)
	}
}

// TestApprovals_AnAcceptedAccountIsNewSinceItsAcceptance: a registration before the election's publication makes no
// account that is older than the election. Else an administrator could register, and later accept, propose and approve
// alone.
func TestApprovals_AnAcceptedAccountIsNewSinceItsAcceptance(t *testing.T) {
	c := newCommission(t)
	actor, in := newcomer(1)
	u, err := c.Register(t.Context(), actor, in)
	if err != nil {
		t.Fatal(err)
	}
	c.clock.Move(time.Hour)
	published := c.clock.Now()
	c.clock.Move(48 * time.Hour)
	if _, err := c.ChangeUser(t.Context(), c.ana.Actor("office"), u.ID, auth.UserChange{Accept: true}); err != nil {
		t.Fatal(err)
	}
	c.Approvals().Register(approval.LateBatch, func(context.Context, *database.Tx, approval.Approved) error { return nil })
	waits, err := c.ask(approval.Request{
		Act: approval.LateBatch, Subject: "batch 1", Actor: u.Actor("there"), Since: published, Reason: "a late box",
	})
	if err != nil || waits == nil {
		t.Fatalf("want a proposal, got %v, %v", waits, err)
	}
	if _, err := c.approve(c.ana, waits.ID); !errors.Is(err, auth.ErrProposerTooNew) {
		t.Errorf("want the proposer too new for a day, got %v", err)
	}
	c.clock.Move(24 * time.Hour)
	if _, err := c.approve(c.ana, waits.ID); err != nil {
		t.Errorf("want it approved a day later, got %v", err)
	}
}
