package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/approval"
	"urna/internal/database"
)

// TestApprovals_PasswordOfAProposal: the proposed password works after the approval, and is nowhere else.
func TestApprovals_PasswordOfAProposal(t *testing.T) {
	c := newCommission(t)
	reset := func(fresh string) *approval.Waiting {
		yes := true
		_, err := c.ChangeUser(t.Context(), c.ana.Actor("office"), c.boris.ID, auth.UserChange{Password: &fresh, MustChangePassword: &yes, Reason: "forgot it"})
		return proposed(t, err)
	}
	_ = reset("the first unrelated words") // the second takes its place
	w := reset("the second unrelated words")
	secrets := func() (n int64) {
		t.Helper()
		if err := c.db.Reader(t.Context()).Gorm().Table("approvals").Where("secret IS NOT NULL").Count(&n).Error; err != nil {
			t.Fatal(err)
		}
		return n
	}
	if secrets() != 1 {
		t.Errorf("want one waiting hash, got %d", secrets())
	}
	if _, err := c.approve(c.carla, w.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SignIn(t.Context(), "boris@example.org", "the second unrelated words", "office"); err != nil && !errors.Is(err, auth.ErrPasswordChangeNeeded) {
		t.Errorf("want the password entered last, got %v", err)
	}
	if secrets() != 0 || strings.Contains(c.log(), "argon2") || strings.Contains(c.log(), "unrelated words") {
		t.Errorf("want no hash left and none in the log, got %d:\n%s", secrets(), c.log())
	}
}

// TestApprovals_GrantsAreForOneActAndOneHour: an act that is sent again is the approved one, by its proposer, once.
func TestApprovals_GrantsAreForOneActAndOneHour(t *testing.T) {
	c := newCommission(t)
	r := approval.Request{
		Act: approval.IssueKeys, Subject: "election 1", ElectionID: 1, Since: c.clock.Now().Add(-time.Hour), Actor: c.ana.Actor("office"),
		Parameters: map[string]any{"digest": "aa"},
	}
	use := func(r approval.Request) error {
		return c.db.Write(t.Context(), func(tx *database.Tx) error { return c.Approvals().Use(t.Context(), tx, r) })
	}
	w, err := c.ask(r)
	if err != nil || w == nil {
		t.Fatalf("want a proposal, got %v, %v", w, err)
	}
	r.Approval = w.ID
	if _, err := c.ask(r); !errors.Is(err, auth.ErrApprovalMismatch) {
		t.Errorf("want it refused before the approval, got %v", err)
	}
	if a, err := c.approve(c.boris, w.ID); err != nil || a.State != auth.ApprovalGranted {
		t.Fatalf("want it granted, got %+v, %v", a, err)
	}
	other, theirs := r, r
	other.Parameters = map[string]any{"digest": "bb"}
	theirs.Actor = c.carla.Actor("office")
	for name, wrong := range map[string]approval.Request{"another roll": other, "another person": theirs} {
		if _, err := c.ask(wrong); !errors.Is(err, auth.ErrApprovalMismatch) {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
	}
	if w, err := c.ask(r); err != nil || w != nil {
		t.Errorf("want the approved act to happen, got %v, %v", w, err)
	}
	c.clock.Move(time.Hour)
	if err := use(r); !errors.Is(err, auth.ErrApprovalMismatch) {
		t.Errorf("want it refused after an hour, got %v", err)
	}
	c.clock.Move(-time.Minute)
	if err := use(r); err != nil {
		t.Error(err)
	}
	if err := use(r); !errors.Is(err, auth.ErrApprovalMismatch) {
		t.Errorf("want it used once, got %v", err)
	}
}
