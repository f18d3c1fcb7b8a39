package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
)

// commission is a service with administrators whose accounts are some days old.
type commission struct {
	*env

	ana, boris, carla auth.User
}

func newCommission(t *testing.T) *commission {
	t.Helper()
	c := &commission{env: newEnv(t)}
	c.ana = add(t, c.Service, "ana@example.org", auth.Administrator)
	c.boris = add(t, c.Service, "boris@example.org", auth.Administrator)
	c.carla = add(t, c.Service, "carla@example.org", auth.Administrator)
	c.clock.Move(48 * time.Hour)
	return c
}

// proposed returns the approval that an act waits for.
func proposed(t *testing.T, err error) *approval.Waiting {
	t.Helper()
	w, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want an act that waits for a second administrator, got %v", err)
	}
	return w
}

func (c *commission) decide(by auth.User, id int64, d auth.Decision) (auth.Approval, error) {
	return c.Approvals().Decide(c.t.Context(), by.Actor("office"), id, d)
}

func (c *commission) approve(by auth.User, id int64) (auth.Approval, error) {
	return c.decide(by, id, auth.Decision{Approve: true})
}

// ask asks about an act in a transaction of its own.
func (c *commission) ask(r approval.Request) (w *approval.Waiting, err error) {
	err = c.db.Write(c.t.Context(), func(tx *database.Tx) error {
		w, err = c.Approvals().Ask(c.t.Context(), tx, r)
		return err
	})
	return w, err
}

func (c *commission) disable(by, whom auth.User) error {
	yes := true
	_, err := c.ChangeUser(c.t.Context(), by.Actor("office"), whom.ID, auth.UserChange{Disabled: &yes, Reason: "left the commission"})
	return err
}

func (c *commission) disabled(u auth.User) bool {
	c.t.Helper()
	u, err := c.User(c.t.Context(), u.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return u.Disabled
}

// log returns the whole audit log as text.
func (c *commission) log() string {
	c.t.Helper()
	var b strings.Builder
	err := audit.NewReader(c.db.Pool()).Each(c.t.Context(), audit.Filter{}, func(e audit.Event) error {
		b.WriteString(e.Actor.Name + " " + e.Action + " " + e.Subject + " " + e.Detail + "\n")
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return b.String()
}

func TestApprovals_EachActOnAnAdministratorNeedsTwo(t *testing.T) {
	yes, official, fresh := true, auth.Official, "some five unrelated words"
	change := func(in auth.UserChange) func(*commission) error {
		return func(c *commission) error {
			_, err := c.ChangeUser(t.Context(), c.ana.Actor("office"), c.boris.ID, in)
			return err
		}
	}
	for act, do := range map[approval.Act]func(*commission) error{
		approval.DisableUser: change(auth.UserChange{Disabled: &yes}),
		approval.DemoteUser:  change(auth.UserChange{Role: &official}),
		approval.ResetUser:   change(auth.UserChange{Password: &fresh, MustChangePassword: &yes}),
		approval.DeleteUser:  func(c *commission) error { return c.DeleteUser(t.Context(), c.ana.Actor("office"), c.boris.ID, "left") },
		approval.RemoveFactor: func(c *commission) error {
			return c.RemoveSecondFactor(t.Context(), c.ana.Actor("office"), c.boris.ID, "lost phone")
		},
	} {
		t.Run(string(act), func(t *testing.T) {
			c := newCommission(t)
			c.enrol(c.boris.ID)
			before, err := c.User(t.Context(), c.boris.ID)
			if err != nil {
				t.Fatal(err)
			}
			w := proposed(t, do(c))
			if w.ID == 0 || w.Act != act || w.By != c.ana.Actor("").Name || !w.Until.Equal(c.clock.Now().Add(72*time.Hour).Truncate(time.Millisecond)) {
				t.Errorf("want the approval described, got %+v", w)
			}
			if same, err := c.User(t.Context(), c.boris.ID); err != nil || same != before {
				t.Errorf("want the account unchanged before the approval, got %+v, %v", same, err)
			}
			if _, err := c.approve(c.ana, w.ID); !errors.Is(err, auth.ErrOwnApproval) {
				t.Errorf("want the proposer's own approval refused, got %v", err)
			}
			done, err := c.approve(c.carla, w.ID)
			if err != nil || done.State != auth.ApprovalDone || done.Alone != "" || done.ByOperator() {
				t.Fatalf("want it done, got %+v, %v", done, err)
			}
			if now, err := c.User(t.Context(), c.boris.ID); err == nil && now == before {
				t.Error("want the account changed by the approval")
			}
			if _, err := c.approve(c.carla, w.ID); !errors.Is(err, auth.ErrApprovalDecided) {
				t.Errorf("want a second decision refused, got %v", err)
			}
			log := c.log()
			for _, want := range []string{
				"ana@example.org> approval-proposed approval 1", "carla@example.org> approval-given approval 1",
				`"approval":{"approved_by":"Ada Lovelace \u003ccarla@example.org\u003e","id":1,"proposed_by":"Ada Lovelace \u003cana@example.org\u003e"}`,
			} {
				if !strings.Contains(log, want) {
					t.Errorf("want %s in the log:\n%s", want, log)
				}
			}
		})
	}
}

func TestApprovals_OneAdministratorActsAtOnce(t *testing.T) {
	o := newEnv(t)
	ana := add(t, o.Service, "ana@example.org", auth.Administrator)
	official := add(t, o.Service, "mina@example.org", auth.Official)
	if needed, err := o.Approvals().Needed(t.Context(), time.Time{}); err != nil || needed {
		t.Errorf("want no second administrator needed, got %v, %v", needed, err)
	}
	if err := o.DeleteUser(t.Context(), ana.Actor("office"), official.ID, ""); err != nil {
		t.Error(err)
	}
}

// TestApprovals_HoldOnceTwoExisted: disabling the second administrator on the machine does not end the rule.
func TestApprovals_HoldOnceTwoExisted(t *testing.T) {
	c := newCommission(t)
	for _, u := range []auth.User{c.boris, c.carla} {
		if err := c.DeleteUser(t.Context(), audit.Actor{Name: "system account root", From: "command line"}, u.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	dora := add(t, c.Service, "dora@example.org", auth.Administrator)
	w := proposed(t, c.disable(c.ana, dora))
	if _, err := c.approve(dora, w.ID); !errors.Is(err, auth.ErrApproverTooNew) {
		t.Errorf("want a new account to approve nothing, got %v", err)
	}
	list, err := c.Approvals().Approvals(t.Context(), auth.ApprovalFilter{})
	if err != nil || len(list) != 3 || !list[1].ByOperator() || list[1].Act != approval.DeleteUser || list[1].Proposer != "system account root" {
		t.Errorf("want the operator's acts on record, got %+v, %v", list, err)
	}
	if !strings.Contains(c.log(), "system account root done-by-operator approval ") {
		t.Errorf("want the operator's acts in the log:\n%s", c.log())
	}
}

// TestApprovals_NewAccountsApproveNothing: an administrator cannot make a second one to agree with.
func TestApprovals_NewAccountsApproveNothing(t *testing.T) {
	for name, account := range map[string]func(*commission) auth.User{
		"made":    func(c *commission) auth.User { return add(t, c.Service, "dora@example.org", auth.Administrator) },
		"enabled": func(c *commission) auth.User { return c.reenabled(t) },
		"promoted": func(c *commission) auth.User {
			u, role := add(t, c.Service, "dora@example.org", auth.Official), auth.Administrator
			if _, err := c.ChangeUser(t.Context(), c.ana.Actor("office"), u.ID, auth.UserChange{Role: &role}); err != nil {
				t.Fatal(err)
			}
			return u
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCommission(t)
			dora := account(c)
			w := proposed(t, c.disable(c.ana, c.boris))
			if _, err := c.approve(dora, w.ID); !errors.Is(err, auth.ErrApproverTooNew) {
				t.Errorf("want the new account's approval refused, got %v", err)
			}
			theirs := proposed(t, c.disable(dora, c.carla))
			if _, err := c.approve(c.ana, theirs.ID); !errors.Is(err, auth.ErrProposerTooNew) {
				t.Errorf("want the new account's proposal not approved, got %v", err)
			}
			c.clock.Move(24 * time.Hour)
			if _, err := c.approve(dora, w.ID); err != nil || !c.disabled(c.boris) {
				t.Errorf("want the approval taken after a day, got %v", err)
			}
		})
	}
}

// TestApprovals_NotOfAnAccountThatAnotherPersonChanged: a person who set a colleague's password could act as both.
func TestApprovals_NotOfAnAccountThatAnotherPersonChanged(t *testing.T) {
	c := newCommission(t)
	password := "known to another person"
	reset := func(u auth.User) {
		t.Helper()
		if _, err := c.ChangeUser(t.Context(), system, u.ID, auth.UserChange{Password: &password}); err != nil {
			t.Fatal(err)
		}
	}
	w := proposed(t, c.disable(c.ana, c.boris))
	reset(c.carla)
	if _, err := c.approve(c.carla, w.ID); !errors.Is(err, auth.ErrApproverChanged) {
		t.Errorf("want the changed account's approval refused, got %v", err)
	}
	c.clock.Move(24 * time.Hour)
	reset(c.ana)
	if _, err := c.approve(c.carla, w.ID); !errors.Is(err, auth.ErrApproverChanged) {
		t.Errorf("want a changed account's proposal not approved, got %v", err)
	}
	c.clock.Move(24*time.Hour + time.Millisecond)
	if _, err := c.approve(c.carla, w.ID); err != nil || !c.disabled(c.boris) {
		t.Errorf("want the approval taken after a day, got %v", err)
	}
}

// TestApprovals_NotOfAnAccountThatEnded: a proposal of a stolen account is not done once the account was disabled.
func TestApprovals_NotOfAnAccountThatEnded(t *testing.T) {
	c := newCommission(t)
	w := proposed(t, c.disable(c.ana, c.boris))
	disabled := true
	if _, err := c.ChangeUser(t.Context(), system, c.ana.ID, auth.UserChange{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.approve(c.carla, w.ID); !errors.Is(err, auth.ErrProposerGone) || c.disabled(c.boris) {
		t.Errorf("want the proposal of a disabled account not approved, got %v", err)
	}
}

// reenabled returns Carla after her account was disabled and enabled.
func (c *commission) reenabled(t *testing.T) auth.User {
	t.Helper()
	for _, disabled := range []bool{true, false} {
		if _, err := c.ChangeUser(t.Context(), system, c.carla.ID, auth.UserChange{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
	}
	u := c.carla
	c.carla = add(t, c.Service, "emil@example.org", auth.Administrator) // for the proposal of the test
	return u
}

func TestApprovals_AloneAfterADayWithoutObjection(t *testing.T) {
	c := newCommission(t)
	w := proposed(t, c.disable(c.ana, c.boris))
	if n, err := c.Approvals().CountOpen(t.Context()); err != nil || n != 1 {
		t.Errorf("want one act shown to administrators, got %d, %v", n, err)
	}
	c.clock.Move(24*time.Hour - time.Second)
	if _, err := c.approve(c.ana, w.ID); !errors.Is(err, auth.ErrOwnApproval) {
		t.Errorf("want it refused before a day has passed, got %v", err)
	}
	c.clock.Move(time.Second)
	done, err := c.approve(c.ana, w.ID)
	if err != nil || done.Alone != auth.AloneUnopposed || !c.disabled(c.boris) {
		t.Errorf("want it done alone, and marked so, got %+v, %v", done, err)
	}
}

func TestApprovals_AnObjectionEndsIt(t *testing.T) {
	c := newCommission(t)
	w := proposed(t, c.disable(c.ana, c.boris))
	if _, err := c.decide(c.boris, w.ID, auth.Decision{}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("want a refusal without a reason refused, got %v", err)
	}
	refused, err := c.decide(c.boris, w.ID, auth.Decision{Reason: "I am here"})
	if err != nil || refused.State != auth.ApprovalRefused || refused.DecisionReason != "I am here" {
		t.Fatalf("want it refused, got %+v, %v", refused, err)
	}
	c.clock.Move(25 * time.Hour)
	for name, err := range map[string]error{
		"alone":    second(c.approve(c.ana, w.ID)),
		"operator": second(c.Approvals().ApproveOnMachine(t.Context(), system, w.ID, "why")),
	} {
		if !errors.Is(err, auth.ErrApprovalDecided) || c.disabled(c.boris) {
			t.Errorf("%s: want a refused act not done, got %v", name, err)
		}
	}
}

func second(_ auth.Approval, err error) error { return err }

func TestApprovals_WithdrawnAndExpired(t *testing.T) {
	c := newCommission(t)
	w := proposed(t, c.disable(c.ana, c.boris))
	if again := proposed(t, c.disable(c.carla, c.boris)); again.ID != w.ID {
		t.Errorf("want the same act proposed once, got %d and %d", w.ID, again.ID)
	}
	if a, err := c.decide(c.ana, w.ID, auth.Decision{}); err != nil || a.State != auth.ApprovalWithdrawn {
		t.Errorf("want it withdrawn, got %+v, %v", a, err)
	}
	w = proposed(t, c.disable(c.ana, c.boris))
	c.clock.Move(72 * time.Hour)
	if _, err := c.approve(c.carla, w.ID); !errors.Is(err, auth.ErrApprovalDecided) {
		t.Errorf("want an expired proposal refused, got %v", err)
	}
	if a, err := c.Approvals().Approval(t.Context(), w.ID); err != nil || a.State != auth.ApprovalExpired {
		t.Errorf("want it expired, got %+v, %v", a, err)
	}
	if n, err := c.Approvals().CountOpen(t.Context()); err != nil || n != 0 {
		t.Errorf("want nothing open, got %d, %v", n, err)
	}
}

func TestApprovals_OperatorApprovesOnTheMachine(t *testing.T) {
	c := newCommission(t)
	w := proposed(t, c.disable(c.ana, c.boris))
	a, err := c.Approvals().ApproveOnMachine(t.Context(), audit.Actor{Name: "system account root", From: "command line"}, w.ID, "ill")
	if err != nil || a.Alone != auth.AloneByOperator || a.Decider != "system account root" || !c.disabled(c.boris) {
		t.Errorf("want it done by the operator, and marked so, got %+v, %v", a, err)
	}
}
